/**
 * One exchange with one member over a channel (spec/app-doc.md §4): each says where it stands, each gets what
 * it lacks, and that was all.
 *
 *     vector ▶ ◀ vector        diff ▶ ◀ diff
 *
 * @module
 */
import type { PeerId } from "../../identity/peer-id.ts";
import type { Instant } from "../../lib/time.ts";
import { after } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { DOC_EXCHANGE_TIMEOUT } from "../../wire/room-app-limits.ts";
import { BlobAssembler, type DocMessage, isTooLarge, OutgoingBlob } from "./doc-message.ts";

/** What came whole. */
export interface ExchangedBlob {
  readonly type: "vector" | "diff";
  readonly blob: Uint8Array;
}

export class DocExchange {
  readonly peer: PeerId;
  readonly isOurs: boolean; // we opened the channel
  isFull = false;
  /** Their diff is merged. */
  isMerged = false;
  #deadline: Instant;
  readonly #assembler = new BlobAssembler();
  readonly #outgoing: OutgoingBlob[] = [];
  #serial = 0;
  #isVectorHere = false;
  #isDiffHere = false;
  #isDiffSaid = false;

  constructor(peer: PeerId, isOurs: boolean, now: Instant) {
    [this.peer, this.isOurs, this.#deadline] = [peer, isOurs, after(now, DOC_EXCHANGE_TIMEOUT)];
  }

  /** Everything was said, and what they said is merged. */
  get isDone(): boolean {
    return this.isMerged && this.#isDiffSaid && this.#outgoing.length === 0;
  }

  get deadline(): Instant {
    return this.#deadline;
  }

  /** False if it is larger than an exchange carries. */
  say(type: "vector" | "diff", blob: Uint8Array): boolean {
    if (isTooLarge(type, blob)) return false;
    this.#outgoing.push(new OutgoingBlob(type, this.#serial++, blob));
    if (type === "diff") this.#isDiffSaid = true;
    return true;
  }

  /** The next message for the channel, if that takes one. */
  take(): Uint8Array | undefined {
    const [first] = this.#outgoing;
    if (first === undefined || this.isFull) return undefined;
    const message = first.take();
    if (first.isDone) this.#outgoing.shift();
    return message;
  }

  /** The channel took something: the other side is there. */
  touch(now: Instant): void {
    this.#deadline = after(now, DOC_EXCHANGE_TIMEOUT);
  }

  /** @throws {WireError} unless it is the vector first and then the diff, each once. */
  handleMessage(message: DocMessage, now: Instant): ExchangedBlob | undefined {
    const isDue =
      (message.type === "vector" && !this.#isVectorHere) ||
      (message.type === "diff" && this.#isVectorHere && !this.#isDiffHere);
    if (!isDue || (message.type !== "vector" && message.type !== "diff")) {
      throw new WireError("ERR_UNEXPECTED", `${message.type} in an exchange`);
    }
    this.touch(now);
    const { blob, isLost } = this.#assembler.add(message);
    if (isLost) throw new WireError("ERR_VALUE", "pieces that are not in order");
    if (blob === undefined) return undefined;
    if (message.type === "vector") this.#isVectorHere = true;
    else this.#isDiffHere = true;
    return { type: message.type, blob };
  }
}
