/** A record for tests of channels: encodes like the session's, remembers what it carried, reads it back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "../lib/bytes.ts";
import { Reader } from "../lib/reader.ts";
import type { RecordBuilder } from "../session/record-builder.ts";
import {
  type CarriedFrame,
  type ChannelControlFrame,
  type ChannelFrame,
  channelFrameBytes,
  decodeChannelFrame,
  encodeChannelFrame,
} from "../wire/channel-frame.ts";

export class FakeRecord implements RecordBuilder {
  readonly carried: CarriedFrame[] = [];
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 65_000) {
    this.#bytes = new Uint8Array(capacity);
  }

  get room(): number {
    return this.#bytes.length - this.#length;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  data(channel: number, offset: number, ...parts: readonly Uint8Array[]): void {
    const bytes = concatBytes(...parts);
    this.#put({ type: "data", channel, offset, bytes });
    this.carried.push({ type: "data", channel, offset, length: bytes.length });
  }

  frame(frame: ChannelControlFrame): void {
    this.#put(frame);
    this.carried.push(frame);
  }

  /** What the other side decodes; each time from a new array, as each opened record is one. */
  frames(): ChannelFrame[] {
    const reader = new Reader(this.#bytes.slice(0, this.#length));
    const frames: ChannelFrame[] = [];
    while (reader.left > 0) frames.push(decodeChannelFrame(reader.u8(), reader));
    return frames;
  }

  #put(frame: ChannelFrame): void {
    const size = channelFrameBytes(frame);
    assert.ok(size <= this.room, "the frame fits");
    const end = encodeChannelFrame(frame, this.#bytes, this.#length);
    assert.equal(end - this.#length, size, "channelFrameBytes tells the size");
    this.#length = end;
  }
}

test("FakeRecord gives back the frames that were put in", () => {
  const record = new FakeRecord(64);
  record.frame({ type: "credit", channel: 3, limit: 300 });
  record.data(3, 5, Uint8Array.of(1, 2));
  assert.deepEqual(record.frames(), [
    { type: "credit", channel: 3, limit: 300 },
    { type: "data", channel: 3, offset: 5, bytes: Uint8Array.of(1, 2) },
  ]);
});
