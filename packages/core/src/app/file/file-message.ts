/**
 * Messages of a `file/1` channel (spec/app-file.md §2). The layouts stand in `wire/registry.ts`.
 *
 *     sender ──▶ offer, entries…           chunk…, fileEnd, …           ──▶ receiver
 *            ◀── accept, or stop           written…            complete ◀──
 *
 * A chunk is made in place: its header is written before the content in the array it was read into.
 *
 * @module
 */
import { assert } from "../../lib/assert.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import type { RandomSource } from "../../lib/random.ts";
import { Reader } from "../../lib/reader.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import {
  FILE_BYTES_MAX,
  FILE_CHUNK_BYTES,
  FILE_CLAIMS_MAX,
  FILE_MANIFEST_PART_BYTES_MAX,
  FILES_PER_OFFER_MAX,
} from "../../wire/limits.ts";
import { FILE_MESSAGE, FILE_STOP } from "../../wire/registry.ts";
import { FILE_HASH_BYTES, peakEnds } from "./file-hash.ts";

declare const brand: unique symbol;

/** 128 random bits as 32 lower-case hexadecimal digits, chosen by the sender. */
export type TransferId = string & { readonly [brand]: "TransferId" };

export const TRANSFER_ID_BYTES = 16;

/** Bytes before the content of a chunk: type, file, chunk, leaf. */
export const CHUNK_HEADER_BYTES: number = 1 + 4 + 4 + FILE_HASH_BYTES;

/** Why a transfer stopped before it was complete. */
export type FileStop = keyof typeof FILE_STOP;

/** What a receiver says it holds of a file: the peaks over its first `chunks` chunks, at least one. */
export interface FileClaim {
  readonly file: number;
  readonly chunks: number;
  readonly peaks: readonly Uint8Array[];
}

export interface FileOffer {
  readonly type: "offer";
  readonly id: TransferId;
  readonly entries: number;
  readonly bytes: number;
  readonly manifestHash: Uint8Array;
}

export type FileMessage =
  | FileOffer
  /** `encoded`: so many manifest entries, not looked at. */
  | { readonly type: "entries"; readonly count: number; readonly encoded: Uint8Array }
  | {
      readonly type: "chunk";
      readonly file: number;
      readonly chunk: number;
      readonly leaf: Uint8Array;
      readonly content: Uint8Array;
    }
  | { readonly type: "fileEnd"; readonly file: number; readonly root: Uint8Array }
  | { readonly type: "accept"; readonly first: number; readonly claims: readonly FileClaim[] }
  | { readonly type: "written"; readonly file: number; readonly chunk: number }
  | { readonly type: "complete" }
  | { readonly type: "stop"; readonly reason: FileStop };

/** Any message but a chunk, for which see {@link writeChunkHeader}. */
export function encodeFileMessage(message: Exclude<FileMessage, { type: "chunk" }>): Uint8Array {
  const writer = new Writer(64).u8(FILE_MESSAGE[message.type]);
  switch (message.type) {
    case "offer":
      writer.bytes(transferIdToBytes(message.id)).varint(message.entries).u64(message.bytes);
      return writer.bytes(message.manifestHash).finish();
    case "entries":
      return writer.varint(message.count).bytes(message.encoded).finish();
    case "fileEnd":
      return writer.u32(message.file).bytes(message.root).finish();
    case "accept":
      assert(message.claims.length <= FILE_CLAIMS_MAX, `${message.claims.length} claims`);
      writer.u32(message.first).varint(message.claims.length);
      for (const claim of message.claims) {
        writer.u32(claim.file).varint(claim.chunks);
        for (const peak of claim.peaks) writer.bytes(peak);
      }
      return writer.finish();
    case "written":
      return writer.u32(message.file).u32(message.chunk).finish();
    case "complete":
      return writer.finish();
    case "stop":
      return writer.u8(FILE_STOP[message.reason]).finish();
  }
}

/** Makes `message`, whose content stands after {@link CHUNK_HEADER_BYTES} bytes of room, into a chunk message. */
export function writeChunkHeader(message: Uint8Array, file: number, chunk: number, leaf: Uint8Array): void {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  view.setUint8(0, FILE_MESSAGE.chunk);
  view.setUint32(1, file);
  view.setUint32(5, chunk);
  message.set(leaf, 9);
}

/** What comes out holds views of `bytes`. @throws {WireError} */
export function decodeFileMessage(bytes: Uint8Array): FileMessage {
  const reader = new Reader(bytes);
  const message = decodeBody(reader.u8(), reader);
  reader.end();
  return message;
}

function decodeBody(type: number, reader: Reader): FileMessage {
  switch (type) {
    case FILE_MESSAGE.offer:
      return decodeOffer(reader);
    case FILE_MESSAGE.entries: {
      const count = reader.varint();
      if (count === 0) throw new WireError("ERR_VALUE", "no entries");
      if (reader.left > FILE_MANIFEST_PART_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", "manifest part");
      return { type: "entries", count, encoded: reader.rest() };
    }
    case FILE_MESSAGE.chunk: {
      const [file, chunk, leaf, content] = [reader.u32(), reader.u32(), reader.bytes(FILE_HASH_BYTES), reader.rest()];
      if (content.length === 0) throw new WireError("ERR_VALUE", "empty chunk");
      if (content.length > FILE_CHUNK_BYTES) throw new WireError("ERR_TOO_LARGE", "chunk");
      return { type: "chunk", file, chunk, leaf, content };
    }
    case FILE_MESSAGE.fileEnd:
      return { type: "fileEnd", file: reader.u32(), root: reader.bytes(FILE_HASH_BYTES) };
    case FILE_MESSAGE.accept:
      return decodeAccept(reader);
    case FILE_MESSAGE.written:
      return { type: "written", file: reader.u32(), chunk: reader.u32() };
    case FILE_MESSAGE.complete:
      return { type: "complete" };
    case FILE_MESSAGE.stop: {
      const reason = STOPS.get(reader.u8());
      if (reason === undefined) throw new WireError("ERR_VALUE", "stop code");
      return { type: "stop", reason };
    }
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `file message 0x${type.toString(16)}`);
  }
}

function decodeOffer(reader: Reader): FileOffer {
  const id = bytesToHex(reader.bytes(TRANSFER_ID_BYTES)) as TransferId;
  const entries = reader.varint();
  if (entries === 0) throw new WireError("ERR_VALUE", "offer of nothing");
  if (entries > FILES_PER_OFFER_MAX) throw new WireError("ERR_LIMIT", `offer of ${entries} files`);
  const bytes = reader.u64();
  if (bytes > FILE_BYTES_MAX) throw new WireError("ERR_VALUE", `offer of ${bytes} bytes`);
  return { type: "offer", id, entries, bytes, manifestHash: reader.bytes(FILE_HASH_BYTES) };
}

function decodeAccept(reader: Reader): FileMessage {
  const first = reader.u32();
  const count = reader.varint();
  if (count > FILE_CLAIMS_MAX) throw new WireError("ERR_LIMIT", `${count} claims`);
  const claims: FileClaim[] = [];
  let lowest = first;
  for (let i = 0; i < count; i++) {
    const [file, chunks] = [reader.u32(), reader.varint()];
    if (file < lowest) throw new WireError("ERR_VALUE", "claims out of order");
    if (chunks === 0 || chunks > FILE_BYTES_MAX / FILE_CHUNK_BYTES) throw new WireError("ERR_VALUE", "claimed chunks");
    claims.push({ file, chunks, peaks: peakEnds(chunks).map(() => reader.bytes(FILE_HASH_BYTES)) });
    lowest = file + 1;
  }
  return { type: "accept", first, claims };
}

const STOPS: ReadonlyMap<number, FileStop> = new Map(
  (Object.keys(FILE_STOP) as FileStop[]).map((reason) => [FILE_STOP[reason], reason]),
);

/**
 * Whose transfer the first message of a channel is about, to find the machine for it.
 * @throws {WireError} if it is not an offer.
 */
export function offeredTransferId(firstMessage: Uint8Array): TransferId {
  const message = decodeFileMessage(firstMessage);
  if (message.type !== "offer") throw new WireError("ERR_UNEXPECTED", `${message.type} before the offer`);
  return message.id;
}

export const newTransferId = (random: RandomSource): TransferId => bytesToHex(random(TRANSFER_ID_BYTES)) as TransferId;
export const transferIdToBytes = (id: TransferId): Uint8Array => hexToBytes(id);

/** Reads what a {@link TransferId} prints; `undefined` for anything else. */
export function parseTransferId(text: string): TransferId | undefined {
  return /^[0-9a-f]{32}$/.test(text) ? (text as TransferId) : undefined;
}
