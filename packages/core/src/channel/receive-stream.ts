/**
 * The incoming half of a channel: pieces of a byte stream, in any order and repeated, become messages in
 * order and once (spec/channels.md §4, §5). Nothing is kept beyond the credit that was given.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { WireError } from "../lib/wire-error.ts";
import { CHANNEL_WINDOW_BYTES } from "../wire/limits.ts";
import { EarlyBytes } from "./early-bytes.ts";
import { MessageAssembler } from "./message-assembler.ts";

/**
 * Credit is renewed once so much of the window was consumed. A quarter: even unrenewed, three quarters are
 * open when all is consumed, so that the largest message fits with its prefix; a half would not do.
 */
const CREDIT_STEP_BYTES: number = CHANNEL_WINDOW_BYTES / 4;

export class ReceiveStream {
  #offset = 0; //   everything below has come, and went into the assembler
  #highest = 0; //  one past the highest byte that came
  #limit = 0; //    the credit given
  #consumed = 0; // bytes that the application is done with
  #delivered = 0; // bytes of whole messages given out
  #final: number | undefined;
  #early: EarlyBytes | undefined;
  readonly #assembler = new MessageAssembler();

  get offset(): number {
    return this.#offset;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Whether bytes are kept that wait for bytes before them. */
  get isGapped(): boolean {
    return this.#early !== undefined;
  }

  /** Whether the peer has finished and every byte has come. */
  get isFinished(): boolean {
    return this.#offset === this.#final;
  }

  /** Whether messages given out since the last call are views of what was handed in. */
  takeHasSharedViews(): boolean {
    const hasShared = this.#assembler.hasSharedViews;
    this.#assembler.hasSharedViews = false;
    return hasShared;
  }

  /** Grants the window, first or again, from what was consumed; returns the new limit. */
  grant(): number {
    this.#limit = this.#consumed + CHANNEL_WINDOW_BYTES;
    return this.#limit;
  }

  /** Whether enough was consumed for new credit to be worth a frame. */
  get isGrantDue(): boolean {
    const renewable = this.#consumed + CHANNEL_WINDOW_BYTES - this.#limit;
    return this.#final === undefined && this.#limit > 0 && renewable >= CREDIT_STEP_BYTES;
  }

  /** The application is done with `bytes` of what was delivered, prefixes included. */
  consume(bytes: number): void {
    assert(bytes >= 0 && this.#consumed + bytes <= this.#delivered, "consumed more than was delivered");
    this.#consumed += bytes;
  }

  /**
   * Takes a piece; appends the messages it completes to `messages` and returns their bytes in the stream.
   * Keeps views of `bytes` or of copies: nobody may write it again.
   * @throws {WireError} `ERR_CREDIT` over the credit, `ERR_VALUE` beyond the finish, what the assembler throws.
   */
  handleData(offset: number, bytes: Uint8Array, messages: Uint8Array[]): number {
    const end = offset + bytes.length;
    if (end > this.#limit) throw new WireError("ERR_CREDIT", `data to ${end}, credit to ${this.#limit}`);
    if (this.#final !== undefined && end > this.#final) throw new WireError("ERR_VALUE", "data beyond the finish");
    if (end > this.#highest) this.#highest = end;
    if (end <= this.#offset) return 0; // a repeat
    if (offset > this.#offset) {
      this.#early ??= new EarlyBytes();
      this.#early.put(offset, bytes);
      return 0;
    }
    this.#push(offset === this.#offset ? bytes : bytes.subarray(this.#offset - offset), messages);
    if (this.#early !== undefined) this.#pushEarly(this.#early, messages);
    this.#checkFinish();
    const before = this.#delivered;
    this.#delivered = this.#offset - this.#assembler.pendingBytes;
    return this.#delivered - before;
  }

  /**
   * The peer's stream ends at `offset`.
   * @throws {WireError} if that contradicts what came before, or cuts a message.
   */
  handleFinish(offset: number): void {
    if (offset > this.#limit) throw new WireError("ERR_CREDIT", `finish at ${offset}, credit to ${this.#limit}`);
    if (offset < this.#highest) throw new WireError("ERR_VALUE", "finish below data");
    if (this.#final !== undefined && this.#final !== offset) throw new WireError("ERR_VALUE", "two finishes");
    this.#final = offset;
    this.#checkFinish();
  }

  #push(bytes: Uint8Array, messages: Uint8Array[]): void {
    this.#offset += bytes.length;
    this.#assembler.push(bytes, messages);
  }

  #pushEarly(early: EarlyBytes, messages: Uint8Array[]): void {
    for (let bytes = early.take(this.#offset); bytes !== undefined; bytes = early.take(this.#offset)) {
      this.#push(bytes, messages);
    }
    early.forgetBelow(this.#offset, this.#highest);
    if (early.isEmpty) this.#early = undefined;
  }

  #checkFinish(): void {
    if (this.isFinished && !this.#assembler.isBetweenMessages) {
      throw new WireError("ERR_TRUNCATED", "finish inside a message");
    }
  }
}
