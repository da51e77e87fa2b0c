/** Whatever was scanned, pasted or opened, told apart and judged. Nothing of it is saved. */
import { bytesToHex, WireError } from "@kith/core";
import {
  CARD_READINGS_MAX,
  type CameBy,
  type CardLink,
  type CardShare,
  cardTime,
  contactsOf,
  FrameAssembler,
  fieldTexts,
  type ImportedCard,
  openShare,
  photoField,
  type ReadCardText,
  readCardText,
  type SignedCard,
  shareId,
  VCARD_FILE_BYTES_MAX,
  type VcardImport,
} from "@kith/core/card";
import type { Waiting } from "../channel-api.ts";
import { EndpointError } from "../endpoint-error.ts";
import { takeShare } from "../relay-shares.ts";
import { type CardsGround, unknownCard } from "./card-ground.ts";
import type { CardReading, ContactView } from "./cards-api.ts";
import type { CardsInHand } from "./cards-in-hand.ts";

export class CardReader {
  readonly #ground: CardsGround;
  readonly #hands: CardsInHand;
  readonly #frames: FrameAssembler;
  readonly #contacts = new Map<string, readonly ImportedCard[]>(); // at most CARD_READINGS_MAX: then the oldest goes

  constructor(ground: CardsGround, hands: CardsInHand) {
    [this.#ground, this.#hands] = [ground, hands];
    this.#frames = new FrameAssembler(ground.provider);
  }

  read(text: string, cameBy: CameBy): CardReading {
    return this.#told(readCardText(this.#ground.provider, text), cameBy);
  }

  /** The one place that goes anywhere: where a person was told it leads. */
  async fetch(text: string, waiting: Waiting): Promise<CardReading> {
    const { provider } = this.#ground;
    const read = readCardText(provider, text);
    if (read.type !== "link" || read.link.kind !== "kept")
      throw new EndpointError("ERR_ARGUMENT", "Cannot follow: that is no link to a card that somebody keeps");
    const { host, secret } = read.link;
    // A link to a page says that there is TLS, which of a private address cannot be told.
    const relay = text.trim().startsWith("https:") ? `wss://${host}` : host;
    const taken = await takeShare(relay, shareId(provider, secret), waiting);
    if (taken.state !== "given")
      return { type: "broken", code: taken.state === "ended" ? "ERR_CARD_STATE" : "ERR_CARD_UNKNOWN" };
    try {
      const { share, photo } = openShare(provider, { secret, host }, taken.sealed);
      return this.#share(share, photo);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return { type: "broken", code: error.code };
    }
  }

  readFile(file: Uint8Array, imported?: VcardImport): CardReading {
    if (file.length > VCARD_FILE_BYTES_MAX) return { type: "broken", code: "ERR_TOO_LARGE" };
    const read = contactsOf(this.#ground.provider, file, imported);
    return read.type === "contacts" && read.contacts.length === 0 ? { type: "unknown" } : this.#told(read, "file");
  }

  /** Those of a reading; all of them without `indices`. */
  contacts(reading: string, indices: readonly number[] | undefined): readonly ImportedCard[] {
    const contacts = this.#contacts.get(reading);
    if (contacts === undefined) throw unknownCard("reading");
    return indices === undefined ? contacts : contacts.filter((_, index) => indices.includes(index));
  }

  done(reading: string): void {
    this.#contacts.delete(reading);
  }

  #told(read: ReadCardText, cameBy: CameBy): CardReading {
    switch (read.type) {
      case "card":
        return this.#card(read.card, cameBy);
      case "contacts":
        return this.#unsigned(read.contacts, read.isChanged);
      case "part": {
        const seen = this.#frames.handlePart(read.part);
        if (seen.type === "card") return this.#card(seen.card, cameBy);
        return seen.type === "broken" ? { type: "broken", code: "ERR_CRYPTO" } : { ...seen };
      }
      case "link":
        return this.#link(read.link);
      default:
        return read;
    }
  }

  #card(card: SignedCard, cameBy: CameBy, photo?: Uint8Array): CardReading {
    const view = this.#hands.take({ card, photo, cameBy, giver: undefined, answer: () => {} });
    return { type: "card", card: view };
  }

  #link(link: CardLink): CardReading {
    if (link.kind === "kept") return { type: "kept", host: link.host };
    return this.#share(link.share, undefined);
  }

  #share(share: CardShare, photo: Uint8Array | undefined): CardReading {
    const time = cardTime({ signedAt: share.madeAt, endsAt: share.endsAt }, this.#ground.clock.wall());
    if (time !== "valid") return { type: "broken", code: time === "expired" ? "ERR_EXPIRED" : "ERR_NOT_YET" };
    return this.#card(share.card, "link", photo);
  }

  #unsigned(contacts: readonly ImportedCard[], isChanged: boolean): CardReading {
    const id = bytesToHex(this.#ground.random(8));
    this.#contacts.set(id, contacts);
    const [oldest] = this.#contacts.keys();
    if (this.#contacts.size > CARD_READINGS_MAX && oldest !== undefined) this.#contacts.delete(oldest);
    return { type: "contacts", id, contacts: contacts.map((each) => this.#contact(each)), isChanged };
  }

  #contact({ fields, photo, left }: ImportedCard): ContactView {
    const named =
      fields.find(({ kind }) => kind === "name") ?? fields.find(({ kind }) => kind === "company") ?? fields[0];
    const name =
      named === undefined || named.kind === "photo" ? "" : (fieldTexts(named).find((text) => text !== "") ?? "");
    const isFit = photo === undefined || typeof photoField(this.#ground.provider, photo) === "object";
    return {
      ...{ name, fields, photoBytes: isFit ? (photo?.length ?? 0) : 0 },
      left: isFit ? left : [...left, { property: "PHOTO", why: "too-long" }],
    };
  }
}
