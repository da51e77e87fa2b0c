/**
 * The door through which channels put frames into a record that is being made. A session begins
 * the record with its own frames, hands this to the channels, and seals what they left
 * (spec/session.md §4).
 *
 * @module
 */
import type { ChannelFrame } from "../wire/channel-frame.ts";

export interface RecordBuilder {
  /** Plaintext bytes that still fit, headers of frames included. 0 when only the session may send now. */
  readonly room: number;
  /** Appends a data frame with a copy of `parts`, one after the other. The whole frame must fit {@link room}. */
  data(channel: number, offset: number, ...parts: readonly Uint8Array[]): void;
  /** Appends any other channel frame. It must fit {@link room}. */
  frame(frame: Exclude<ChannelFrame, { type: "data" }>): void;
}
