/**
 * Gives one card to one peer (spec/app-card.md §10): offers it, and sends it when their person said yes on this channel.
 * There is no other way from here to the card: nothing is sent by itself.
 *
 *     offered ──accept──▶ giving ──the last piece left──▶ given ──receipt──▶ ended
 *
 * @module
 */
import { assert } from "../../lib/assert.ts";
import { after, type Instant } from "../../lib/time.ts";
import {
  CARD_ANSWER_TIMEOUT,
  CARD_KEEP_TIMEOUT,
  CARD_PHOTO_PART_BYTES,
  CARD_STEP_TIMEOUT,
} from "../../wire/card-limits.ts";
import { CardHandover, unexpected } from "./card-handover.ts";
import type { CardMessage } from "./card-message.ts";
import { photoOfFields } from "./card-photo.ts";
import type { SignedCard } from "./signed-card.ts";

type Phase = { readonly at: "offered" | "giving" | "given"; readonly deadline: Instant };

export class CardGiver extends CardHandover {
  readonly #card: SignedCard;
  readonly #photo: Uint8Array | undefined;
  #phase: Phase;

  /** Made when its person chose peer and level. `photo`: the one that the card names, or none at all. */
  constructor(card: SignedCard, photo: Uint8Array | undefined, now: Instant) {
    super();
    const named = photoOfFields(card.content.fields);
    assert(photo === undefined || photo.length === named?.bytes, "the photo that the card names");
    [this.#card, this.#photo] = [card, photo];
    this.#phase = { at: "offered", deadline: after(now, CARD_ANSWER_TIMEOUT) };
    const photoBytes = photo?.length ?? 0;
    this.send({ type: "offer", level: card.content.level, bytes: card.bytes.length, photoBytes });
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

  /** Our person thought better of it. What they have, they have. */
  cancel(): void {
    this.stop("cancelled");
  }

  protected override receive(message: CardMessage, now: Instant): void {
    if (message.type === "accept" && this.#phase.at === "offered") {
      this.#phase = { at: "giving", deadline: after(now, CARD_STEP_TIMEOUT) };
      this.tell({ type: "accepted" });
      this.send({ type: "card", bytes: this.#card.bytes });
      const photo = message.wantsPhoto ? this.#photo : undefined;
      for (let offset = 0; photo !== undefined && offset < photo.length; offset += CARD_PHOTO_PART_BYTES)
        this.send({ type: "photo", offset, content: photo.subarray(offset, offset + CARD_PHOTO_PART_BYTES) });
    } else if (message.type === "receipt" && this.#phase.at === "given")
      this.finish(message.isKept ? "kept" : "not-kept");
    else throw unexpected(message);
  }

  protected override sent(isLast: boolean, now: Instant): void {
    this.#phase = isLast
      ? { at: "given", deadline: after(now, CARD_KEEP_TIMEOUT) }
      : { at: "giving", deadline: after(now, CARD_STEP_TIMEOUT) };
  }
}
