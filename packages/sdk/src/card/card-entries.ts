/** Whose cards we keep: saved with a yes, annotated, searched, exported; and contacts that nobody signed. */
import { bytesToHex, CLOCK_SKEW, type WallTime } from "@kith/core";
import {
  annotate,
  CARD_ENTRIES_MAX,
  type CardEntry,
  type CardField,
  cardFaults,
  cardTime,
  entryFields,
  entryName,
  entryOf,
  entryTwins,
  exportEntries,
  type ImportedCard,
  type MergedEntry,
  mergeEntries,
  photoField,
  plainEntry,
  searchEntries,
  sortEntries,
  takeCard,
} from "@kith/core/card";
import { EndpointError } from "../endpoint-error.ts";
import { type CardsGround, unknownCard } from "./card-ground.ts";
import type { CardShelf, ShelvedPhoto } from "./card-shelf.ts";
import type { CardFieldInput } from "./cards-api.ts";
import type { CardInHand, CardsInHand } from "./cards-in-hand.ts";
import { cleaned } from "./own-cards.ts";
import type { CardEntryView, CardTwin, MergePreview } from "./received-api.ts";

export class CardEntries {
  readonly #ground: CardsGround;
  readonly #shelf: CardShelf;

  constructor(ground: CardsGround, shelf: CardShelf) {
    [this.#ground, this.#shelf] = [ground, shelf];
  }

  get views(): readonly CardEntryView[] {
    return sortEntries([...this.#shelf.entries.values()], this.#wall).map((entry) => this.#view(entry));
  }

  search(query: string): readonly CardEntryView[] {
    return searchEntries([...this.#shelf.entries.values()], query, this.#wall).map((entry) => this.#view(entry));
  }

  export(version: "3.0" | "4.0"): string {
    return exportEntries(sortEntries([...this.#shelf.entries.values()], this.#wall), version, this.#wall);
  }

  /** When next a card says nothing any more. */
  get nextEnd(): number | undefined {
    const ends = [...this.#shelf.entries.values()].flatMap(({ cards }) => cards.map(({ card }) => card.content.endsAt));
    const next = ends.filter((end) => end + CLOCK_SKEW >= this.#wall).reduce((a, b) => Math.min(a, b), Infinity);
    return next === Infinity ? undefined : next + CLOCK_SKEW + 1;
  }

  save(hand: CardInHand, hands: CardsInHand, into: string | undefined): Promise<CardEntryView> {
    const { card, cameBy, photo } = hand;
    return this.#shelf.change(() => {
      const { offer, doubts } = hands.judge(hand); // as things are now: it may have waited
      if (offer === "none")
        throw new EndpointError(
          "ERR_CARD",
          `Cannot save the card: ${doubts[0] ?? "what is kept says as much, or more"}`,
        );
      const known = entryOf([...this.#shelf.entries.values()], card.signer);
      if (into !== undefined && known !== undefined && known.id !== into)
        throw new EndpointError("ERR_ARGUMENT", "Cannot save the card there: its signer's cards are kept elsewhere");
      const entry = into === undefined ? known : this.#get(into);
      if (entry?.signer !== undefined && entry.signer !== card.signer)
        throw new EndpointError("ERR_ARGUMENT", "Cannot save the card there: that is another signer's");
      if (entry === undefined) this.#assertRoom(1);
      const value = takeCard(entry, entry?.id ?? this.#newId(), { card, cameBy, receivedAt: this.#wall });
      const named = card.content.fields.find((field) => field.kind === "photo");
      const photos = named === undefined || photo === undefined ? [] : [{ hash: named.hash, bytes: photo }];
      return { changes: [{ kind: "entry", id: value.id, value }], photos, result: this.#view(value) };
    });
  }

  /** Contacts of vCards, each an entry of its own. */
  saveContacts(contacts: readonly ImportedCard[]): Promise<readonly CardEntryView[]> {
    const photos: ShelvedPhoto[] = [];
    const entries = contacts
      .filter(({ fields }) => fields.length > 0)
      .map(({ fields, photo }) => {
        const field = photo === undefined ? undefined : photoField(this.#ground.provider, photo);
        if (photo === undefined || typeof field !== "object") return plainEntry(this.#newId(), fields);
        photos.push({ hash: field.hash, bytes: photo.slice() });
        return plainEntry(this.#newId(), [...fields, field]);
      });
    return this.#shelf.change(() => {
      this.#assertRoom(entries.length);
      const changes = entries.map((value) => ({ kind: "entry" as const, id: value.id, value }));
      return { changes, photos, result: entries.map((entry) => this.#view(entry)) };
    });
  }

  addContact(fields: readonly CardFieldInput[]): Promise<CardEntryView> {
    const typed = checked(fields);
    return this.#shelf.change(() => {
      this.#assertRoom(1);
      const value = plainEntry(this.#newId(), typed, true);
      return { changes: [{ kind: "entry", id: value.id, value }], result: this.#view(value) };
    });
  }

  editContact(id: string, fields: readonly CardFieldInput[]): Promise<CardEntryView> {
    const typed = fields.length === 0 ? [] : checked(fields);
    return this.#change(id, (entry) => {
      const photo = entry.fields.filter(({ kind }) => kind === "photo");
      const next = [...typed, ...photo];
      if (entry.signer === undefined && typed.length === 0)
        throw new EndpointError("ERR_ARGUMENT", "Cannot keep a contact of whom nothing is said");
      return { ...entry, fields: next, isTyped: true };
    });
  }

  twins(id: string): readonly CardTwin[] {
    return entryTwins(this.#shelf.entries.values(), this.#get(id)).map(({ entry, hint }) => ({
      entry: entry.id,
      hint,
    }));
  }

  previewMerge(first: string, second: string): MergePreview {
    const { entry, dropped } = this.#merged(first, second);
    return { entry: this.#view(entry), ...(dropped !== undefined && { dropped: dropped.hash }) };
  }

  merge(first: string, second: string): Promise<CardEntryView> {
    return this.#shelf.change(() => {
      const { entry } = this.#merged(first, second);
      const changes = [
        { kind: "entry" as const, id: first, value: entry },
        { kind: "entry" as const, id: second, value: undefined },
      ];
      return { changes, result: this.#view(entry) };
    });
  }

  #merged(first: string, second: string): MergedEntry {
    const merged = mergeEntries(this.#get(first), this.#get(second));
    if (merged === "too-much")
      throw new EndpointError("ERR_LIMIT", "Cannot merge: that is more than one contact can hold");
    if (typeof merged === "string")
      throw new EndpointError(
        "ERR_ARGUMENT",
        `Cannot merge: ${merged === "same" ? "it is one contact" : "cards of two keys stay apart"}`,
      );
    return merged;
  }

  annotate(id: string, words: { readonly notes?: string; readonly tags?: readonly string[] }): Promise<CardEntryView> {
    return this.#change(id, (entry) => annotate(entry, words.notes ?? entry.notes, words.tags ?? entry.tags));
  }

  forget(id: string): Promise<void> {
    return this.#shelf.change(() => {
      this.#get(id);
      return { changes: [{ kind: "entry", id, value: undefined }], result: undefined };
    });
  }

  #change(id: string, edit: (entry: CardEntry) => CardEntry): Promise<CardEntryView> {
    return this.#shelf.change(() => {
      const value = edit(this.#get(id));
      return { changes: [{ kind: "entry", id, value }], result: this.#view(value) };
    });
  }

  #get(id: string): CardEntry {
    const entry = this.#shelf.entries.get(id);
    if (entry === undefined) throw unknownCard("entry");
    return entry;
  }

  #assertRoom(count: number): void {
    if (this.#shelf.entries.size + count > CARD_ENTRIES_MAX)
      throw new EndpointError("ERR_LIMIT", `Cannot keep more than ${CARD_ENTRIES_MAX} contacts`);
  }

  #newId(): string {
    return bytesToHex(this.#ground.random(16));
  }

  get #wall(): WallTime {
    return this.#ground.clock.wall();
  }

  #view(entry: CardEntry): CardEntryView {
    const wall = this.#wall;
    const { id, signer, notes, tags } = entry;
    return {
      ...{ id, name: entryName(entry, wall), fields: entryFields(entry, wall), typed: entry.fields, notes, tags },
      isTyped: entry.isTyped,
      ...(signer !== undefined && { signer }),
      cards: entry.cards.map(({ card: { content }, cameBy, receivedAt }) => ({
        ...{ card: content.id, level: content.level, signedAt: content.signedAt, endsAt: content.endsAt },
        ...{ isEnded: cardTime(content, wall) !== "valid", isPrivate: content.isPrivate, cameBy, receivedAt },
        fields: content.fields,
      })),
    };
  }
}

function checked(fields: readonly CardFieldInput[]): readonly CardField[] {
  const typed = fields.map(cleaned);
  if (typed.length === 0) throw new EndpointError("ERR_ARGUMENT", "Cannot keep a contact of whom nothing is said");
  // Several names: what they were called before a merge.
  if (cardFaults(typed).some((each) => each.fault === "too-many" && each.kind !== "name"))
    throw new EndpointError("ERR_ARGUMENT", "Cannot keep more than 64 fields, 32 of a kind");
  return typed;
}
