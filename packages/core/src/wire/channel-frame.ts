/**
 * Frames of channels inside an opened record (spec/channels.md §2).
 *
 *     open     = 0x03 · varint channel · u8 class · varint length · protocol · varint credit
 *     accept   = 0x04 · varint channel · varint credit
 *     data     = 0x05 · varint channel · varint offset · varint length · bytes
 *     credit   = 0x06 · varint channel · varint limit
 *     finish   = 0x07 · varint channel · varint offset
 *     reset    = 0x08 · varint channel · u8 code
 *     received = 0x0c · varint count · (varint channel · varint offset)*
 *     channels = 0x0d · varint limit
 *
 * As the stream frames of QUIC (RFC 9000 §19), with the protocol named in `open` and one reset for both
 * directions. Meaning and order are the business of `channel/`; here only the form is checked.
 *
 * @module
 */
import { assert, unreachable } from "../lib/assert.ts";
import type { Reader } from "../lib/reader.ts";
import { textToBytes } from "../lib/utf8.ts";
import { putVarint } from "../lib/varint.ts";
import { WireError } from "../lib/wire-error.ts";
import { varintBytes } from "../lib/writer.ts";
import { CHANNELS_MAX, PACKET_BYTES_MAX, PROTOCOL_NAME_BYTES_MAX } from "./limits.ts";
import { FRAME } from "./registry.ts";

/** One direction's progress on one channel: every byte below `offset` has arrived. */
export interface ChannelOffset {
  readonly channel: number;
  readonly offset: number;
}

export type OpenFrame = {
  readonly type: "open";
  readonly channel: number;
  readonly class: 0 | 1;
  readonly protocol: string;
  readonly credit: number;
};

/** At least one byte; decoded, `bytes` is a view into the opened record. */
export type DataFrame = {
  readonly type: "data";
  readonly channel: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
};

/** Everything but bytes. */
export type ChannelControlFrame =
  | OpenFrame
  | { readonly type: "accept"; readonly channel: number; readonly credit: number }
  | { readonly type: "credit"; readonly channel: number; readonly limit: number }
  | { readonly type: "finish"; readonly channel: number; readonly offset: number }
  | { readonly type: "reset"; readonly channel: number; readonly code: number }
  | { readonly type: "received"; readonly offsets: readonly ChannelOffset[] }
  | { readonly type: "channels"; readonly limit: number };

export type ChannelFrame = ChannelControlFrame | DataFrame;

/** What a record carried of channels: enough to send it again, never the bytes. */
export type CarriedFrame =
  | ChannelControlFrame
  | { readonly type: "data"; readonly channel: number; readonly offset: number; readonly length: number };

/** Largest channel id on the wire. */
export const CHANNEL_ID_MAX: number = 2 ** 32 - 1;

/** Entries of one `received` frame: every channel that both sides may have open. */
export const RECEIVED_OFFSETS_MAX: number = 2 * CHANNELS_MAX;

/** Names of protocols: no spaces, no look-alikes, so that they compare as bytes. */
const PROTOCOL_NAME = /^[a-z0-9][a-z0-9._/-]*$/;

export const isProtocolName = (text: string): boolean =>
  text.length <= PROTOCOL_NAME_BYTES_MAX && PROTOCOL_NAME.test(text);

/** Whether {@link decodeChannelFrame} knows frames that begin with `type`. */
export function isChannelFrame(type: number): boolean {
  return (type >= FRAME.open && type <= FRAME.reset) || type === FRAME.received || type === FRAME.channels;
}

/** Bytes of a data frame before its `length` bytes. */
export function dataFrameOverhead(channel: number, offset: number, length: number): number {
  return 1 + varintBytes(channel) + varintBytes(offset) + varintBytes(length);
}

/** Writes the head of a data frame at `target[at]`; returns where its `length` bytes go. */
export function putDataFrameHead(
  target: Uint8Array,
  at: number,
  channel: number,
  offset: number,
  length: number,
): number {
  target[at] = FRAME.data;
  return putVarint(target, putVarint(target, putVarint(target, at + 1, channel), offset), length);
}

/** Size of `frame` when encoded, type byte included. */
export function channelFrameBytes(frame: ChannelFrame): number {
  switch (frame.type) {
    case "data":
      return dataFrameOverhead(frame.channel, frame.offset, frame.bytes.length) + frame.bytes.length;
    case "open": {
      const name = frame.protocol.length; // ASCII: isProtocolName
      return 2 + varintBytes(frame.channel) + varintBytes(name) + name + varintBytes(frame.credit);
    }
    case "accept":
      return 1 + varintBytes(frame.channel) + varintBytes(frame.credit);
    case "credit":
      return 1 + varintBytes(frame.channel) + varintBytes(frame.limit);
    case "finish":
      return 1 + varintBytes(frame.channel) + varintBytes(frame.offset);
    case "reset":
      return 2 + varintBytes(frame.channel);
    case "channels":
      return 1 + varintBytes(frame.limit);
    case "received": {
      let size = 1 + varintBytes(frame.offsets.length);
      for (const { channel, offset } of frame.offsets) size += varintBytes(channel) + varintBytes(offset);
      return size;
    }
    default:
      return unreachable(frame);
  }
}

/**
 * Writes `frame` at `target[at]`, where {@link channelFrameBytes} must be free; returns where the next one goes.
 * Copies: `target` shares nothing with the frame.
 */
export function encodeChannelFrame(frame: ChannelFrame, target: Uint8Array, at: number): number {
  switch (frame.type) {
    case "data": {
      const start = putDataFrameHead(target, at, frame.channel, frame.offset, frame.bytes.length);
      target.set(frame.bytes, start);
      return start + frame.bytes.length;
    }
    case "open": {
      assert(isProtocolName(frame.protocol), `protocol name ${frame.protocol}`);
      const name = textToBytes(frame.protocol);
      target[at] = FRAME.open;
      let next = putVarint(target, at + 1, frame.channel);
      target[next] = frame.class;
      next = putVarint(target, next + 1, name.length);
      target.set(name, next);
      return putVarint(target, next + name.length, frame.credit);
    }
    case "accept":
      target[at] = FRAME.accept;
      return putVarint(target, putVarint(target, at + 1, frame.channel), frame.credit);
    case "credit":
      target[at] = FRAME.credit;
      return putVarint(target, putVarint(target, at + 1, frame.channel), frame.limit);
    case "finish":
      target[at] = FRAME.finish;
      return putVarint(target, putVarint(target, at + 1, frame.channel), frame.offset);
    case "reset": {
      target[at] = FRAME.reset;
      const next = putVarint(target, at + 1, frame.channel);
      target[next] = frame.code;
      return next + 1;
    }
    case "channels":
      target[at] = FRAME.channels;
      return putVarint(target, at + 1, frame.limit);
    case "received": {
      target[at] = FRAME.received;
      let next = putVarint(target, at + 1, frame.offsets.length);
      for (const { channel, offset } of frame.offsets) {
        next = putVarint(target, putVarint(target, next, channel), offset);
      }
      return next;
    }
    default:
      return unreachable(frame);
  }
}

/**
 * Reads the rest of a frame whose first byte was `type`. The bytes of `data` are a view into the reader's array.
 * @throws {WireError} `ERR_UNKNOWN_TYPE` if `type` is no channel frame, and what {@link Reader} throws.
 */
export function decodeChannelFrame(type: number, reader: Reader): ChannelFrame {
  switch (type) {
    case FRAME.data: {
      const channel = readChannel(reader);
      const offset = reader.varint();
      const bytes = reader.varBytes(PACKET_BYTES_MAX);
      if (bytes.length === 0) throw new WireError("ERR_VALUE", "data frame without data");
      if (!Number.isSafeInteger(offset + bytes.length)) throw new WireError("ERR_VALUE", "offset over 2^53 - 1");
      return { type: "data", channel, offset, bytes };
    }
    case FRAME.open: {
      const channel = readChannel(reader);
      const channelClass = reader.u8();
      if (channelClass !== 0 && channelClass !== 1) throw new WireError("ERR_VALUE", `class ${channelClass}`);
      const protocol = reader.text(PROTOCOL_NAME_BYTES_MAX);
      if (!isProtocolName(protocol)) throw new WireError("ERR_TEXT", "Cannot read protocol name");
      return { type: "open", channel, class: channelClass, protocol, credit: reader.varint() };
    }
    case FRAME.accept:
      return { type: "accept", channel: readChannel(reader), credit: reader.varint() };
    case FRAME.credit:
      return { type: "credit", channel: readChannel(reader), limit: reader.varint() };
    case FRAME.finish:
      return { type: "finish", channel: readChannel(reader), offset: reader.varint() };
    case FRAME.reset: {
      const channel = readChannel(reader);
      const code = reader.u8();
      if (code === 0) throw new WireError("ERR_VALUE", "reset code 0");
      return { type: "reset", channel, code };
    }
    case FRAME.received: {
      const count = reader.varint();
      if (count > RECEIVED_OFFSETS_MAX) throw new WireError("ERR_LIMIT", `${count} received offsets`);
      const offsets: ChannelOffset[] = [];
      for (let i = 0; i < count; i++) offsets.push({ channel: readChannel(reader), offset: reader.varint() });
      return { type: "received", offsets };
    }
    case FRAME.channels:
      return { type: "channels", limit: reader.varint() };
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `frame type ${type}`);
  }
}

function readChannel(reader: Reader): number {
  const channel = reader.varint();
  if (channel > CHANNEL_ID_MAX) throw new WireError("ERR_VALUE", "channel id over 2^32 - 1");
  return channel;
}
