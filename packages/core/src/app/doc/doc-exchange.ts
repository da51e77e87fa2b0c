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
import { BlobAssembler, type DocMessage, type DocPiece, isTooLarge, OutgoingBlob } from "./doc-message.ts";

/** What came whole. */
export interface ExchangedBlob {
  readonly type: "vector" | "draft" | "diff";
  readonly blob: Uint8Array;
}

export class DocExchange {
  readonly peer: PeerId;
  readonly isOurs: boolean; // we opened the channel
  isFull = false;
  /** Their diff is merged. */
  isMerged = false;
  /** Their document is the room's: so is ours, once their diff is merged. */
  isTheirsReady = false;
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
  say(type: "vector" | "draft" | "diff", blob: Uint8Array): boolean {
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
    if (!this.#isDue(message)) throw new WireError("ERR_UNEXPECTED", `${message.type} in an exchange`);
    this.touch(now);
    const { blob, isLost } = this.#assembler.add(message);
    if (isLost) throw new WireError("ERR_VALUE", "pieces that are not in order");
    if (blob === undefined) return undefined;
    if (message.type === "diff") this.#isDiffHere = true;
    else [this.#isVectorHere, this.isTheirsReady] = [true, message.type === "vector"];
    return { type: message.type, blob };
  }

  #isDue(message: DocMessage): message is DocPiece & { readonly type: ExchangedBlob["type"] } {
    switch (message.type) {
      case "vector":
      case "draft":
        return !this.#isVectorHere;
      case "diff":
        return this.#isVectorHere && !this.#isDiffHere;
      default:
        return false;
    }
  }
}
