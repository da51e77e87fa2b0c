/**
 * Messages between a page and the node that served it, by which the page reaches the LAN (spec/lan.md §3). One WebSocket
 * message each. Packets of links are opaque here and at the node: what is in them is between the page and the far peer.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { Reader } from "../lib/reader.ts";
import { type WallTime, wallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import {
  LAN_ADDRESS_BYTES_MAX,
  LAN_ADDRESSES_MAX,
  LAN_HINT_BYTES,
  LAN_HINTS_MAX,
  LAN_KEY_BYTES_MAX,
  LAN_MESSAGE_BYTES_MAX,
  LAN_NAME_BYTES_MAX,
  LAN_PACKET_HEAD_BYTES,
} from "./lan-limits.ts";
import { LAN_END, LAN_MESSAGE } from "./lan-registry.ts";

/** The one path of this protocol, version 1. */
export const LAN_PATH = "/kith/lan/1";

/** Why a link is over, or never came up. */
export type LanEnd = keyof typeof LAN_END;

/** Either side: of a link that is up. `packet` is a view into the message. */
export type LanFlow =
  | { readonly type: "packet"; readonly link: number; readonly packet: Uint8Array }
  /** So many bytes more may be sent on it. */
  | { readonly type: "credit"; readonly link: number; readonly bytes: number }
  | { readonly type: "end"; readonly link: number; readonly by: LanEnd };

/** What a page says. An empty name is none. */
export type PageMessage =
  | LanFlow
  | { readonly type: "listen" | "unlisten" | "hush" | "refresh" | "ping" }
  | { readonly type: "announce"; readonly name: string; readonly hints: readonly Uint8Array[] }
  | { readonly type: "doubt"; readonly key: string }
  /** `addresses`: `host:port`, best first. */
  | { readonly type: "dial"; readonly link: number; readonly addresses: readonly string[] }
  | { readonly type: "authenticated"; readonly link: number };

export interface LanSighting {
  readonly key: string;
  readonly addresses: readonly string[];
  readonly presence: readonly Uint8Array[];
  /** Empty: none. */
  readonly name: string;
  readonly seenAt: WallTime;
}

/** What a node says. */
export type NodeMessage =
  | LanFlow
  | { readonly type: "pong" }
  | { readonly type: "seen"; readonly sighting: LanSighting }
  | { readonly type: "lost"; readonly key: string }
  /** Where others reach the page: hosts, best first, all at one port. */
  | { readonly type: "listening"; readonly port: number; readonly hosts: readonly string[] }
  /** `address`: which one of the dialled answered; empty for a link that another began. */
  | { readonly type: "up"; readonly link: number; readonly remote: string; readonly address: string };

/** Which of a page's links is which: it numbers those it dials, the node those that come in. */
export const isPagesLink = (link: number): boolean => link % 2 === 1;

export function encodePageMessage(message: PageMessage): Uint8Array {
  const writer = new Writer(64).u8(LAN_MESSAGE[message.type]);
  switch (message.type) {
    case "announce":
      return writeHints(writer.text(message.name), message.hints).take();
    case "doubt":
      return writer.text(message.key).take();
    case "dial":
      return writeTexts(writer.u32(message.link), message.addresses).take();
    case "authenticated":
      return writer.u32(message.link).take();
    case "packet":
      return encodeLanPacket(message.link, [message.packet]);
    case "credit":
    case "end":
      return writeFlow(writer, message).take();
    default:
      return writer.take();
  }
}

export function encodeNodeMessage(message: NodeMessage): Uint8Array {
  const writer = new Writer(64).u8(LAN_MESSAGE[message.type]);
  switch (message.type) {
    case "seen": {
      const { key, addresses, presence, name, seenAt } = message.sighting;
      return writeHints(writeTexts(writer.text(key), addresses).text(name).u64(seenAt), presence).take();
    }
    case "lost":
      return writer.text(message.key).take();
    case "listening":
      return writeTexts(writer.u16(message.port), message.hosts).take();
    case "up":
      return writer.u32(message.link).text(message.remote).text(message.address).take();
    case "packet":
      return encodeLanPacket(message.link, [message.packet]);
    case "credit":
    case "end":
      return writeFlow(writer, message).take();
    default:
      return writer.take();
  }
}

/** A *packet* of what `parts` are put together: a new array. */
export function encodeLanPacket(link: number, parts: readonly Uint8Array[]): Uint8Array {
  let length = LAN_PACKET_HEAD_BYTES;
  for (const part of parts) length += part.length;
  assert(length > LAN_PACKET_HEAD_BYTES && length <= LAN_MESSAGE_BYTES_MAX, `a message of ${length} bytes`);
  const bytes = new Uint8Array(length);
  const head = new Writer(LAN_PACKET_HEAD_BYTES).u8(LAN_MESSAGE.packet).u32(link);
  bytes.set(head.take());
  let at = LAN_PACKET_HEAD_BYTES;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** @throws {WireError} */
export function decodePageMessage(bytes: Uint8Array): PageMessage {
  return decode(bytes, readPageMessage);
}

/** @throws {WireError} */
export function decodeNodeMessage(bytes: Uint8Array): NodeMessage {
  return decode(bytes, readNodeMessage);
}

function readPageMessage(type: number, reader: Reader): PageMessage {
  switch (type) {
    case LAN_MESSAGE.listen:
      return { type: "listen" };
    case LAN_MESSAGE.unlisten:
      return { type: "unlisten" };
    case LAN_MESSAGE.announce:
      return { type: "announce", name: reader.text(LAN_NAME_BYTES_MAX), hints: readHints(reader) };
    case LAN_MESSAGE.hush:
      return { type: "hush" };
    case LAN_MESSAGE.refresh:
      return { type: "refresh" };
    case LAN_MESSAGE.doubt:
      return { type: "doubt", key: reader.text(LAN_KEY_BYTES_MAX) };
    case LAN_MESSAGE.ping:
      return { type: "ping" };
    case LAN_MESSAGE.dial:
      return { type: "dial", link: reader.u32(), addresses: readAddresses(reader) };
    case LAN_MESSAGE.authenticated:
      return { type: "authenticated", link: reader.u32() };
    default:
      return readFlow(type, reader);
  }
}

function readNodeMessage(type: number, reader: Reader): NodeMessage {
  switch (type) {
    case LAN_MESSAGE.seen: {
      const [key, addresses] = [reader.text(LAN_KEY_BYTES_MAX), readAddresses(reader)];
      const [name, seenAt] = [reader.text(LAN_NAME_BYTES_MAX), wallTime(reader.u64())];
      return { type: "seen", sighting: { key, addresses, presence: readHints(reader), name, seenAt } };
    }
    case LAN_MESSAGE.lost:
      return { type: "lost", key: reader.text(LAN_KEY_BYTES_MAX) };
    case LAN_MESSAGE.listening:
      return { type: "listening", port: reader.u16(), hosts: readAddresses(reader) };
    case LAN_MESSAGE.pong:
      return { type: "pong" };
    case LAN_MESSAGE.up: {
      const [link, remote] = [reader.u32(), reader.text(LAN_ADDRESS_BYTES_MAX)];
      return { type: "up", link, remote, address: reader.text(LAN_ADDRESS_BYTES_MAX) };
    }
    default:
      return readFlow(type, reader);
  }
}

function readFlow(type: number, reader: Reader): LanFlow {
  switch (type) {
    case LAN_MESSAGE.packet: {
      const [link, packet] = [reader.u32(), reader.rest()];
      if (packet.length === 0) throw new WireError("ERR_FRAME_EMPTY", "packet of no bytes");
      return { type: "packet", link, packet };
    }
    case LAN_MESSAGE.credit:
      return { type: "credit", link: reader.u32(), bytes: reader.u32() };
    case LAN_MESSAGE.end:
      return { type: "end", link: reader.u32(), by: readEnd(reader) };
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `message ${type} between page and node`);
  }
}

function decode<Message>(bytes: Uint8Array, read: (type: number, reader: Reader) => Message): Message {
  if (bytes.length > LAN_MESSAGE_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `message of ${bytes.length} bytes`);
  const reader = new Reader(bytes);
  const message = read(reader.u8(), reader);
  reader.end();
  return message;
}

const writeFlow = (writer: Writer, message: Exclude<LanFlow, { type: "packet" }>): Writer =>
  message.type === "credit"
    ? writer.u32(message.link).u32(message.bytes)
    : writer.u32(message.link).u8(LAN_END[message.by]);

function writeTexts(writer: Writer, texts: readonly string[]): Writer {
  writer.u8(texts.length);
  for (const text of texts) writer.text(text);
  return writer;
}

function writeHints(writer: Writer, hints: readonly Uint8Array[]): Writer {
  writer.u8(hints.length);
  for (const hint of hints) writer.bytes(hint);
  return writer;
}

function readAddresses(reader: Reader): string[] {
  const count = reader.u8();
  if (count > LAN_ADDRESSES_MAX) throw new WireError("ERR_TOO_LARGE", `${count} addresses`);
  return Array.from({ length: count }, () => reader.text(LAN_ADDRESS_BYTES_MAX));
}

/** Copies: they outlive the message. */
function readHints(reader: Reader): Uint8Array[] {
  const count = reader.u8();
  if (count > LAN_HINTS_MAX) throw new WireError("ERR_TOO_LARGE", `${count} hints`);
  return Array.from({ length: count }, () => reader.bytes(LAN_HINT_BYTES).slice());
}

const ENDS = Object.entries(LAN_END) as readonly (readonly [LanEnd, number])[];

function readEnd(reader: Reader): LanEnd {
  const code = reader.u8();
  const end = ENDS.find(([, number]) => number === code);
  if (end === undefined) throw new WireError("ERR_VALUE", `end ${code}`);
  return end[0];
}
