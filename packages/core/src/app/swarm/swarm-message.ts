/**
 * Messages of `swarm/1` (spec/app-swarm.md §2, §4). The layouts stand in `wire/registry.ts`.
 *
 *     to all       offers: I have these     seek: I fetch this one
 *     to a member  want, unwant ▶           ◀ have, got: what I have, or show you
 *                  askList ▶                ◀ list
 *                  ask, drop ▶              ◀ chunk, cannot
 *                  plea ▶                     busy ▶ the last one before the channel closes
 *
 * A chunk is made in place: its header is written before the content in the array it was read into.
 *
 * @module
 */
import { LABEL, labelBytes } from "../../crypto/labels.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../../identity/peer-id.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { Reader } from "../../lib/reader.ts";
import type { WallTime } from "../../lib/time.ts";
import { wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { FILE_CHUNK_BYTES, FILE_NAME_BYTES_MAX } from "../../wire/limits.ts";
import { SWARM_EXTENT, SWARM_MESSAGE } from "../../wire/registry.ts";
import {
  SWARM_CHUNKS_MAX,
  SWARM_GOT_MAX,
  SWARM_LIST_LEAVES_MAX,
  SWARM_OFFERS_PER_MEMBER_MAX,
  SWARM_PARTNERS_MAX,
} from "../../wire/room-app-limits.ts";
import { FILE_HASH_BYTES } from "../file/file-hash.ts";

declare const brand: unique symbol;

/** 64 lower-case hexadecimal digits: the hash over a file's size and the root of its hash tree. */
export type SwarmFileId = string & { readonly [brand]: "SwarmFileId" };

export interface SwarmOffer {
  readonly bytes: number;
  /** Of the file, as its first sender said. */
  readonly modified: WallTime;
  readonly root: Uint8Array;
  /** A label, never a path: `safeFileName` makes one of it. */
  readonly name: string;
}

export type SwarmBroadcast =
  | { readonly type: "offers"; readonly offers: readonly SwarmOffer[] }
  /** `attempt` counts from 0: the more often somebody asked, the more members answer. */
  | { readonly type: "seek"; readonly file: SwarmFileId; readonly attempt: number };

export type SwarmMessage =
  | { readonly type: "want" | "unwant" | "plea"; readonly file: SwarmFileId }
  /** `chunks`: the encoded set, not looked at, if the extent is `some`. */
  | {
      readonly type: "have";
      readonly file: SwarmFileId;
      readonly extent: keyof typeof SWARM_EXTENT;
      readonly chunks: Uint8Array;
    }
  | { readonly type: "got"; readonly file: SwarmFileId; readonly chunks: readonly number[] }
  | { readonly type: "askList"; readonly file: SwarmFileId; readonly first: number }
  | { readonly type: "list"; readonly file: SwarmFileId; readonly first: number; readonly leaves: Uint8Array }
  | { readonly type: "ask" | "cannot" | "drop"; readonly file: SwarmFileId; readonly chunk: number }
  | { readonly type: "chunk"; readonly file: SwarmFileId; readonly chunk: number; readonly content: Uint8Array }
  | { readonly type: "busy"; readonly others: readonly PeerId[] };

/** Bytes before the content of a chunk: type, file, chunk. */
export const SWARM_CHUNK_HEADER_BYTES: number = 1 + FILE_HASH_BYTES + 4;

/** Largest file, in bytes. */
export const SWARM_BYTES_MAX: number = SWARM_CHUNKS_MAX * FILE_CHUNK_BYTES;

const DATE_MAX = 8_640_000_000_000_000; // ECMA-262 §21.4.1.1: what a date can say

/** The size belongs to the name, so that nobody can announce the same tree with other chunks in it. */
export function swarmFileId(provider: CryptoProvider, bytes: number, root: Uint8Array): SwarmFileId {
  const hash = provider.sha256(labelBytes(LABEL.swarmFile), new Writer(8).u64(bytes).finish(), root);
  return bytesToHex(hash) as SwarmFileId;
}

/** Reads what a {@link SwarmFileId} prints; `undefined` for anything else. */
export function parseSwarmFileId(text: string): SwarmFileId | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? (text as SwarmFileId) : undefined;
}

export function encodeSwarmBroadcast(message: SwarmBroadcast): Uint8Array {
  const writer = new Writer(64).u8(SWARM_MESSAGE[message.type]);
  if (message.type === "seek") return writer.bytes(hexToBytes(message.file)).u8(message.attempt).finish();
  writer.varint(message.offers.length);
  for (const offer of message.offers) encodeOffer(writer, offer);
  return writer.finish();
}

export function encodeOffer(writer: Writer, offer: SwarmOffer): void {
  writer
    .u64(offer.bytes)
    .u64(Math.min(Math.max(0, offer.modified), DATE_MAX))
    .bytes(offer.root)
    .text(offer.name);
}

/** What comes out holds copies. @throws {WireError} */
export function decodeSwarmBroadcast(bytes: Uint8Array): SwarmBroadcast {
  const reader = new Reader(bytes);
  const message = decodeBroadcast(reader.u8(), reader);
  reader.end();
  return message;
}

function decodeBroadcast(type: number, reader: Reader): SwarmBroadcast {
  if (type === SWARM_MESSAGE.seek) return { type: "seek", file: fileId(reader), attempt: reader.u8() };
  if (type !== SWARM_MESSAGE.offers) throw new WireError("ERR_UNKNOWN_TYPE", `swarm broadcast 0x${type.toString(16)}`);
  const count = countUpTo(reader, SWARM_OFFERS_PER_MEMBER_MAX);
  return { type: "offers", offers: Array.from({ length: count }, () => decodeOffer(reader)) };
}

/** @throws {WireError} */
export function decodeOffer(reader: Reader): SwarmOffer {
  const bytes = reader.u64();
  if (bytes > SWARM_BYTES_MAX) throw new WireError("ERR_VALUE", `offer of ${bytes} bytes`);
  const modified = reader.u64();
  if (modified > DATE_MAX) throw new WireError("ERR_VALUE", "date beyond dates");
  const root = reader.bytes(FILE_HASH_BYTES).slice();
  const name = reader.text(FILE_NAME_BYTES_MAX);
  if (name === "") throw new WireError("ERR_VALUE", "empty name");
  return { bytes, modified: wallTime(modified), root, name };
}

/** Any message but a chunk, for which see {@link writeSwarmChunkHeader}. */
export function encodeSwarmMessage(message: Exclude<SwarmMessage, { type: "chunk" }>): Uint8Array {
  const writer = new Writer(64).u8(SWARM_MESSAGE[message.type]);
  if (message.type === "busy") {
    writer.varint(message.others.length);
    for (const peer of message.others) writer.bytes(peerIdToBytes(peer));
    return writer.finish();
  }
  writer.bytes(hexToBytes(message.file));
  switch (message.type) {
    case "want":
    case "unwant":
    case "plea":
      return writer.finish();
    case "have":
      return writer.u8(SWARM_EXTENT[message.extent]).bytes(message.chunks).finish();
    case "got":
      writer.varint(message.chunks.length);
      for (const chunk of message.chunks) writer.u32(chunk);
      return writer.finish();
    case "askList":
      return writer.u32(message.first).finish();
    case "list":
      return writer.u32(message.first).bytes(message.leaves).finish();
    case "ask":
    case "cannot":
    case "drop":
      return writer.u32(message.chunk).finish();
  }
}

/** Makes `message`, whose content stands after {@link SWARM_CHUNK_HEADER_BYTES} bytes of room, into a chunk message. */
export function writeSwarmChunkHeader(message: Uint8Array, file: SwarmFileId, chunk: number): void {
  message[0] = SWARM_MESSAGE.chunk;
  message.set(hexToBytes(file), 1);
  new DataView(message.buffer, message.byteOffset, message.byteLength).setUint32(1 + FILE_HASH_BYTES, chunk);
}

/** What comes out holds views of `bytes`. @throws {WireError} */
export function decodeSwarmMessage(bytes: Uint8Array): SwarmMessage {
  const reader = new Reader(bytes);
  const message = decodeBody(reader.u8(), reader);
  reader.end();
  return message;
}

function decodeBody(code: number, reader: Reader): SwarmMessage {
  const type = MESSAGE_TYPES.get(code);
  switch (type) {
    case "want":
    case "unwant":
    case "plea":
      return { type, file: fileId(reader) };
    case "have":
      return decodeHave(reader);
    case "got": {
      const file = fileId(reader);
      const count = countUpTo(reader, SWARM_GOT_MAX);
      return { type, file, chunks: Array.from({ length: count }, () => chunkNumber(reader)) };
    }
    case "askList":
      return { type, file: fileId(reader), first: chunkNumber(reader) };
    case "list": {
      const [file, first, leaves] = [fileId(reader), chunkNumber(reader), reader.rest()];
      const count = leaves.length / FILE_HASH_BYTES;
      if (count < 1 || !Number.isInteger(count)) throw new WireError("ERR_VALUE", "list of parts of leaves");
      if (count > SWARM_LIST_LEAVES_MAX) throw new WireError("ERR_LIMIT", `list of ${count} leaves`);
      return { type, file, first, leaves };
    }
    case "ask":
    case "cannot":
    case "drop":
      return { type, file: fileId(reader), chunk: chunkNumber(reader) };
    case "chunk": {
      const [file, chunk, content] = [fileId(reader), chunkNumber(reader), reader.rest()];
      if (content.length === 0) throw new WireError("ERR_VALUE", "empty chunk");
      if (content.length > FILE_CHUNK_BYTES) throw new WireError("ERR_TOO_LARGE", "chunk");
      return { type, file, chunk, content };
    }
    case "busy": {
      const count = countUpTo(reader, SWARM_PARTNERS_MAX, 0);
      return { type, others: Array.from({ length: count }, () => peerIdFromBytes(reader.bytes(FILE_HASH_BYTES))) };
    }
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `swarm message 0x${code.toString(16)}`);
  }
}

function decodeHave(reader: Reader): SwarmMessage {
  const file = fileId(reader);
  const code = reader.u8();
  if (code === SWARM_EXTENT.some) return { type: "have", file, extent: "some", chunks: reader.rest() };
  const extent = code === SWARM_EXTENT.none ? "none" : code === SWARM_EXTENT.all ? "all" : undefined;
  if (extent === undefined) throw new WireError("ERR_VALUE", `extent ${code}`);
  return { type: "have", file, extent, chunks: new Uint8Array() };
}

const fileId = (reader: Reader): SwarmFileId => bytesToHex(reader.bytes(FILE_HASH_BYTES)) as SwarmFileId;

function chunkNumber(reader: Reader): number {
  const chunk = reader.u32();
  if (chunk >= SWARM_CHUNKS_MAX) throw new WireError("ERR_VALUE", `chunk ${chunk}`);
  return chunk;
}

function countUpTo(reader: Reader, max: number, min = 1): number {
  const count = reader.varint();
  if (count < min) throw new WireError("ERR_VALUE", "none");
  if (count > max) throw new WireError("ERR_LIMIT", `${count} entries, at most ${max}`);
  return count;
}

type ChannelType = SwarmMessage["type"];

const MESSAGE_TYPES: ReadonlyMap<number, ChannelType> = new Map(
  (["want", "unwant", "have", "got", "askList", "list", "ask", "chunk", "cannot", "drop", "plea", "busy"] as const).map(
    (type) => [SWARM_MESSAGE[type], type],
  ),
);
