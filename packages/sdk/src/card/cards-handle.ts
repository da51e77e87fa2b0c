/**
 * Contact cards as the SDK gives them out, once their code and what is kept of them is there.
 *
 * @module
 */
import type { Duration, PeerId } from "@kith/core";
import { type CameBy, type CardId, type CardLevel, cardCode, type VcardImport } from "@kith/core/card";
import type { Channel, Waiting } from "../channel-api.ts";
import { MemoryStore } from "../memory-store.ts";
import { CardEntries } from "./card-entries.ts";
import { CardGivings } from "./card-givings.ts";
import type { CardSubjects, CardsGround } from "./card-ground.ts";
import { CardLinks } from "./card-links.ts";
import { CardOffers } from "./card-offers.ts";
import { CardReader } from "./card-reader.ts";
import { CardShelf } from "./card-shelf.ts";
import type {
  CardCodeView,
  CardFieldAt,
  CardFieldInput,
  CardLinkOptions,
  CardPreview,
  CardReading,
  Cards,
  CardTermsOptions,
  GivenLinkView,
  OwnCardView,
  WalletPass,
  WalletPassOptions,
} from "./cards-api.ts";
import { CardsInHand } from "./cards-in-hand.ts";

import { OwnCards } from "./own-cards.ts";
import type { CardEntryView, CardTwin, CardView, MergePreview } from "./received-api.ts";
import type { PassLinks } from "./wallet-pass.ts";

export class CardsHandle implements Omit<Cards, keyof CardSubjects | "open"> {
  readonly #ground: CardsGround;
  readonly #subjects: CardSubjects;
  readonly #shelf: CardShelf;
  readonly #own: OwnCards;
  readonly #entries: CardEntries;
  readonly #hands: CardsInHand;
  readonly #offers: CardOffers;
  readonly #givings: CardGivings;
  readonly #links: CardLinks;
  readonly #reader: CardReader;
  #cancelTimer: () => void = () => {};
  #isOver = false;

  constructor(ground: CardsGround, subjects: CardSubjects) {
    [this.#ground, this.#subjects] = [ground, subjects];
    this.#shelf = new CardShelf(ground.store ?? new MemoryStore(), () => this.#shelved());
    this.#own = new OwnCards(ground, this.#shelf);
    this.#entries = new CardEntries(ground, this.#shelf);
    this.#hands = new CardsInHand(ground, this.#shelf);
    this.#links = new CardLinks(ground, this.#shelf);
    this.#reader = new CardReader(ground, this.#hands);
    this.#offers = new CardOffers(ground, this.#hands, () => subjects.offers.setLater(() => this.#offers.views));
    this.#givings = new CardGivings(ground, () => subjects.givings.setLater(() => this.#givings.views));
  }

  load(): Promise<void> {
    return this.#shelf.load((code) => this.#ground.note(code, undefined));
  }

  handleChannel(channel: Channel): boolean {
    return this.#offers.handleChannel(channel);
  }

  end(): void {
    this.#isOver = true;
    this.#cancelTimer();
    this.#offers.end();
    this.#givings.end();
  }

  // --- ours -----------------------------------------------------------------------------------

  async create(card: { readonly label: string; readonly fields?: readonly CardFieldAt[] }): Promise<OwnCardView> {
    return this.#own.create(card.label, card.fields ?? []);
  }

  async edit(
    id: CardId,
    change: { readonly label?: string; readonly fields?: readonly CardFieldAt[] },
  ): Promise<OwnCardView> {
    return this.#own.edit(id, change);
  }

  async setPhoto(id: CardId, photo: Uint8Array | undefined, level: CardLevel = "personal"): Promise<OwnCardView> {
    return this.#own.setPhoto(id, photo, level);
  }

  delete(id: CardId): Promise<void> {
    return this.#own.delete(id);
  }

  async preview(id: CardId, level: CardLevel): Promise<CardPreview> {
    return this.#own.preview(id, level);
  }

  async photo(hash: string): Promise<Uint8Array | undefined> {
    return this.#hands.photo(hash) ?? this.#shelf.photo(hash);
  }

  exportCard(id: CardId, level: CardLevel, version: "3.0" | "4.0"): Promise<string> {
    return this.#own.export(id, level, version);
  }

  async importOwn(file: Uint8Array): Promise<readonly OwnCardView[]> {
    return this.#own.import(file);
  }

  // --- giving ---------------------------------------------------------------------------------

  async give(peer: PeerId, id: CardId, level: CardLevel, options: CardTermsOptions & Waiting = {}): Promise<string> {
    const card = this.#own.sign(id, level, options);
    return this.#givings.give(peer, card, await this.#own.photoOf(card.content), options);
  }

  async cancelGiving(id: string): Promise<void> {
    this.#givings.cancel(id);
  }

  async code(id: CardId, level: CardLevel, options: CardTermsOptions = {}): Promise<CardCodeView> {
    const code = cardCode(this.#ground.provider, this.#own.sign(id, level, options));
    return code.type === "single"
      ? { isAnimated: false, frames: [code.frame] }
      : { isAnimated: true, frames: code.frames };
  }

  async link(id: CardId, level: CardLevel, options: CardLinkOptions & Waiting = {}): Promise<GivenLinkView> {
    const card = this.#own.sign(id, level, options);
    return this.#links.make(card, await this.#own.photoOf(card.content), options);
  }

  async pass(id: CardId, level: CardLevel, options: WalletPassOptions & Waiting): Promise<WalletPass> {
    const { walletPass } = await import("./wallet-pass.ts"); // for the few who make one
    const card = this.#own.sign(id, level, options);
    const links: PassLinks = {
      make: async (linkOptions) => this.#links.make(card, await this.#own.photoOf(card.content), linkOptions),
      takeBack: (made, waiting) => this.#links.revoke(made, waiting).then(() => this.#links.forget(made)),
    };
    return walletPass({ ...this.#ground, links }, card, options);
  }

  async revokeLink(id: string, options: Waiting = {}): Promise<void> {
    return this.#links.revoke(id, options);
  }

  forgetLink(id: string): Promise<void> {
    return this.#links.forget(id);
  }

  // --- taking ---------------------------------------------------------------------------------

  async accept(offer: string, options: { readonly photo?: boolean } = {}): Promise<CardView> {
    return this.#offers.accept(offer, options.photo ?? true);
  }

  async decline(offer: string): Promise<void> {
    this.#offers.decline(offer);
  }

  async read(text: string, cameBy: CameBy = "code"): Promise<CardReading> {
    return this.#reader.read(text, cameBy);
  }

  async fetch(link: string, options: Waiting = {}): Promise<CardReading> {
    return this.#reader.fetch(link, options);
  }

  async readFile(file: Uint8Array, imported?: VcardImport): Promise<CardReading> {
    return this.#reader.readFile(file, imported);
  }

  async save(card: string, options: { readonly into?: string } = {}): Promise<CardEntryView> {
    const saved = await this.#entries.save(this.#hands.get(card), this.#hands, options.into);
    this.#hands.kept(card);
    return saved;
  }

  async discard(card: string): Promise<void> {
    this.#hands.drop(card);
  }

  async saveContacts(reading: string, indices?: readonly number[]): Promise<readonly CardEntryView[]> {
    const saved = await this.#entries.saveContacts(this.#reader.contacts(reading, indices));
    this.#reader.done(reading);
    return saved;
  }

  // --- what we keep ---------------------------------------------------------------------------

  async search(query: string): Promise<readonly CardEntryView[]> {
    return this.#entries.search(query);
  }

  async annotate(
    entry: string,
    words: { readonly notes?: string; readonly tags?: readonly string[] },
  ): Promise<CardEntryView> {
    return this.#entries.annotate(entry, words);
  }

  async addContact(fields: readonly CardFieldInput[]): Promise<CardEntryView> {
    return this.#entries.addContact(fields);
  }

  async editContact(entry: string, fields: readonly CardFieldInput[]): Promise<CardEntryView> {
    return this.#entries.editContact(entry, fields);
  }

  async twins(entry: string): Promise<readonly CardTwin[]> {
    return this.#entries.twins(entry);
  }

  async previewMerge(first: string, second: string): Promise<MergePreview> {
    return this.#entries.previewMerge(first, second);
  }

  async merge(first: string, second: string): Promise<CardEntryView> {
    return this.#entries.merge(first, second);
  }

  forget(entry: string): Promise<void> {
    return this.#entries.forget(entry);
  }

  async exportReceived(version: "3.0" | "4.0"): Promise<string> {
    return this.#entries.export(version);
  }

  /** Views are made anew when what is kept changes, and when a card ends. */
  #shelved(): void {
    const { own, received, links } = this.#subjects;
    own.setLater(() => this.#own.views);
    received.setLater(() => this.#entries.views);
    links.setLater(() => this.#links.views);
    this.#cancelTimer();
    const { clock } = this.#ground;
    const next = this.#entries.nextEnd;
    if (next === undefined || this.#isOver) return;
    this.#cancelTimer = clock.schedule(Math.max(1, next - clock.wall()) as Duration, () => this.#shelved());
  }
}
