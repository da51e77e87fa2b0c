/**
 * How far the peer's channels have come in, as it travels in the answer to a resumption: one
 * `received` frame, or nothing (spec/resume.md §4).
 *
 * @module
 */
import { Reader } from "../lib/reader.ts";
import {
  type ChannelOffset,
  channelFrameBytes,
  decodeChannelFrame,
  encodeChannelFrame,
} from "../wire/channel-frame.ts";
import { RESUME_RECEIVED_BYTES_MAX } from "../wire/limits.ts";

export function encodeReceivedOffsets(all: readonly ChannelOffset[]): Uint8Array {
  const offsets = [...all];
  const frame = { type: "received", offsets } as const;
  // What does not fit is sent again and recognised as a repeat.
  while (offsets.length > 0 && channelFrameBytes(frame) > RESUME_RECEIVED_BYTES_MAX) offsets.pop();
  if (offsets.length === 0) return new Uint8Array(0);
  const bytes = new Uint8Array(channelFrameBytes(frame));
  encodeChannelFrame(frame, bytes, 0);
  return bytes;
}

/** @throws {WireError} */
export function decodeReceivedOffsets(bytes: Uint8Array): readonly ChannelOffset[] {
  if (bytes.length === 0) return [];
  const reader = new Reader(bytes);
  const frame = decodeChannelFrame(reader.u8(), reader);
  reader.end();
  return frame.type === "received" ? frame.offsets : [];
}
