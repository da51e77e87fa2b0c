/**
 * Takes one card from one peer (spec/app-card.md §10): shows that one is offered, and how much, takes it when our person
 * said yes, checks it whole before anybody sees it, and says what became of it.
 *
 *     waiting ──offer──▶ offered ──accept()──▶ taking ──card, photo…──▶ shown ──keep(), discard()──▶ ended
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { assert } from "../../lib/assert.ts";
import { after, type Instant } from "../../lib/time.ts";
import {
  CARD_ANSWER_TIMEOUT,
  CARD_KEEP_TIMEOUT,
  CARD_PHOTO_PART_BYTES,
  CARD_STEP_TIMEOUT,
} from "../../wire/card-limits.ts";
import { CardHandover, unexpected } from "./card-handover.ts";
import type { CardMessage, CardOffer } from "./card-message.ts";
import { photoFault, photoOfFields } from "./card-photo.ts";
import { readCard, type SignedCard } from "./signed-card.ts";

type Phase =
  | { readonly at: "waiting" | "shown"; readonly deadline: Instant }
  | { readonly at: "offered"; readonly offer: CardOffer; readonly deadline: Instant }
  | {
      readonly at: "taking";
      readonly offer: CardOffer;
      readonly wantsPhoto: boolean;
      readonly card: SignedCard | undefined;
      /** As large as was offered, which is at most `CARD_PHOTO_BYTES_MAX`. */
      readonly photo: Uint8Array;
      readonly filled: number;
      readonly deadline: Instant;
    };

export class CardTaker extends CardHandover {
  readonly #provider: CryptoProvider;
  #phase: Phase;

  constructor(provider: CryptoProvider, now: Instant) {
    super();
    this.#provider = provider;
    this.#phase = { at: "waiting", deadline: after(now, CARD_STEP_TIMEOUT) };
  }

  get phase(): Phase["at"] | "ended" {
    return this.end === undefined ? this.#phase.at : "ended";
  }

  nextTimeout(): Instant | undefined {
    return this.end === undefined ? this.#phase.deadline : undefined;
  }

  handleTimeout(now: Instant): void {
    if (this.end === undefined && now >= this.#phase.deadline) this.stop("timeout");
  }

  /** Our person says yes; with `wantsPhoto` to the photo as well, if one is offered. */
  accept(wantsPhoto: boolean, now: Instant): void {
    if (this.end !== undefined) return;
    assert(this.#phase.at === "offered", "accepting what is offered");
    const { offer } = this.#phase;
    const isPhotoWanted = wantsPhoto && offer.photoBytes > 0;
    const photo = new Uint8Array(isPhotoWanted ? offer.photoBytes : 0);
    const deadline = after(now, CARD_STEP_TIMEOUT);
    this.#phase = { at: "taking", offer, wantsPhoto: isPhotoWanted, card: undefined, photo, filled: 0, deadline };
    this.send({ type: "accept", wantsPhoto: isPhotoWanted });
  }

  decline(): void {
    this.stop("declined");
  }

  /** Our person, or our program, gives up after a yes. */
  cancel(): void {
    this.stop("cancelled");
  }

  /** Call it when it is stored. */
  keep(): void {
    this.#answer(true);
  }

  discard(): void {
    this.#answer(false);
  }

  #answer(isKept: boolean): void {
    if (this.end !== undefined) return;
    assert(this.#phase.at === "shown", "answering for a card that came");
    this.send({ type: "receipt", isKept });
    this.finish(isKept ? "kept" : "not-kept");
  }

  protected override receive(message: CardMessage, now: Instant): void {
    const phase = this.#phase;
    if (message.type === "offer" && phase.at === "waiting") {
      const { level, bytes, photoBytes } = message;
      const offer = { level, bytes, photoBytes };
      this.#phase = { at: "offered", offer, deadline: after(now, CARD_ANSWER_TIMEOUT) };
      this.tell({ type: "offered", offer });
    } else if (message.type === "card" && phase.at === "taking" && phase.card === undefined) {
      const card = readCard(this.#provider, message.bytes);
      const named = photoOfFields(card.content.fields);
      const isAsOffered = card.content.level === phase.offer.level && card.bytes.length === phase.offer.bytes;
      const isPhotoAsOffered = phase.offer.photoBytes === 0 || named?.bytes === phase.offer.photoBytes;
      if (!isAsOffered || !isPhotoAsOffered) return this.stop("unfit");
      this.#phase = { ...phase, card, deadline: after(now, CARD_STEP_TIMEOUT) };
      if (!phase.wantsPhoto) this.#show(card, undefined, now);
    } else if (message.type === "photo" && phase.at === "taking" && phase.card !== undefined) {
      this.#takePhoto(phase, phase.card, message, now);
    } else throw unexpected(message);
  }

  #takePhoto(
    phase: Phase & { readonly at: "taking" },
    card: SignedCard,
    { offset, content }: { readonly offset: number; readonly content: Uint8Array },
    now: Instant,
  ): void {
    const left = phase.photo.length - phase.filled;
    if (offset !== phase.filled || content.length !== Math.min(left, CARD_PHOTO_PART_BYTES)) return this.stop("unfit");
    phase.photo.set(content, offset);
    const filled = offset + content.length;
    if (filled < phase.photo.length) {
      this.#phase = { ...phase, filled, deadline: after(now, CARD_STEP_TIMEOUT) };
      return;
    }
    const named = photoOfFields(card.content.fields);
    if (named === undefined || photoFault(this.#provider, named, phase.photo) !== undefined) return this.stop("unfit");
    this.#show(card, phase.photo, now);
  }

  #show(card: SignedCard, photo: Uint8Array | undefined, now: Instant): void {
    this.#phase = { at: "shown", deadline: after(now, CARD_KEEP_TIMEOUT) };
    this.tell({ type: "received", card, photo });
  }
}
