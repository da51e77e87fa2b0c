/**
 * How far the peer's channels have come in, as it travels in the answer to a resumption: one
 * `received` frame, or nothing (spec/resume.md §4).
 *
 * @module
 */
import { Reader } from "../lib/reader.ts";
import type { Instant } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import {
  type ChannelOffset,
  channelFrameBytes,
  decodeChannelFrame,
  encodeChannelFrame,
} from "../wire/channel-frame.ts";
import { RESUME_RECEIVED_BYTES_MAX } from "../wire/limits.ts";
import { CLOSE } from "../wire/registry.ts";
import type { SessionStack } from "./session-stack.ts";

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

/** Authenticated by the resumption; a peer that lies about it breaks its own session. */
export function takeReceivedOffsets(
  stack: Pick<SessionStack, "handleReceivedOffsets" | "close">,
  received: Uint8Array,
  now: Instant,
): void {
  try {
    const offsets = decodeReceivedOffsets(received);
    if (offsets.length > 0) stack.handleReceivedOffsets(offsets, now);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    stack.close(CLOSE.protocolError, now);
  }
}
