/**
 * One record being made: frames go into a slab that its path reuses, and what they were is
 * remembered for acknowledgement and loss. Frames of the session first, then those of channels.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import {
  type CarriedFrame,
  type ChannelControlFrame,
  channelFrameBytes,
  dataFrameOverhead,
  encodeChannelFrame,
  putDataFrameHead,
} from "../wire/channel-frame.ts";
import { encodeSessionFrame, type SessionFrame, sessionFrameBytes } from "../wire/session-frame.ts";
import type { RecordBuilder } from "./record-builder.ts";

export class RecordAssembly implements RecordBuilder {
  readonly path: number;
  readonly #slab: Uint8Array;
  #phase: "made" | "building" | "finished" = "made";
  #length = 0;
  #end = 0; //         of the slab, for this record
  #channelEnd = 0; //  the same, or 0 when channels may not send now
  #carried: CarriedFrame[] = [];
  #session: SessionFrame[] = [];

  /** `bytesMax`: of plaintext, in any record of this path. */
  constructor(path: number, bytesMax: number) {
    this.path = path;
    this.#slab = new Uint8Array(bytesMax);
  }

  /** Starts over, for at most `bytes` of plaintext. Whatever was made before must be sealed by now. */
  begin(bytes: number, channelsMaySend: boolean): void {
    this.#phase = "building";
    this.#length = 0;
    this.#end = Math.min(bytes, this.#slab.length);
    this.#channelEnd = channelsMaySend ? this.#end : 0;
    this.#carried = [];
    this.#session = [];
  }

  get room(): number {
    return Math.max(0, this.#channelEnd - this.#length);
  }

  /** The channel frames in it, without their bytes. */
  get carried(): readonly CarriedFrame[] {
    return this.#carried;
  }

  /** The session's own frames in it. */
  get session(): readonly SessionFrame[] {
    return this.#session;
  }

  get length(): number {
    return this.#length;
  }

  data(channel: number, offset: number, ...parts: readonly Uint8Array[]): void {
    let length = 0;
    for (const part of parts) length += part.length;
    assert(length > 0 && dataFrameOverhead(channel, offset, length) + length <= this.room, "data frame does not fit");
    let at = putDataFrameHead(this.#slab, this.#take(), channel, offset, length);
    for (const part of parts) {
      this.#slab.set(part, at);
      at += part.length;
    }
    this.#length = at;
    this.#carried.push({ type: "data", channel, offset, length });
  }

  frame(frame: ChannelControlFrame): void {
    assert(channelFrameBytes(frame) <= this.room, `${frame.type} frame does not fit`);
    this.#length = encodeChannelFrame(frame, this.#slab, this.#take());
    this.#carried.push(frame);
  }

  /** Appends a frame of the session's own, which needs no credit and no open path. */
  sessionFrame(frame: SessionFrame): void {
    assert(sessionFrameBytes(frame) <= this.#end - this.#length, `${frame.type} frame does not fit`);
    this.#length = encodeSessionFrame(frame, this.#slab, this.#take());
    this.#session.push(frame);
  }

  /** The plaintext, a view of the slab; nothing can be added any more. */
  finish(): Uint8Array {
    this.#take();
    this.#phase = "finished";
    return this.#slab.subarray(0, this.#length);
  }

  #take(): number {
    assert(this.#phase === "building", "record is not being built");
    return this.#length;
  }
}
