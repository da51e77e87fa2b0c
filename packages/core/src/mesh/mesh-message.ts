/**
 * Messages between two neighbours that are not envelopes (spec/mesh.md §3). One channel message each.
 *
 *     lists    0x33 · varint count · (var neighbour list)*
 *     greet    0x34 · u8 links · u8 1 if an answer is wanted, else 0 · 32 × 8 B digest
 *     full     0x35 · varint count · (32 B member)*
 *     have     0x36 · varint count · (u8 hops · stream name · varint sequence)*
 *     graft    0x37 · varint count · (stream name · varint sequence)*
 *     prune    0x38
 *     vector   0x39 · varint count · (stream key · u64 lowest · u64 one past the highest)*
 *     pull     0x3a · varint count · (stream key · u64 from · u64 to)*
 *     gone     0x3b · as pull
 *
 * A stream key is 32 B origin · 16 B stream; a stream name is 8 B of its hash (envelope.ts).
 *
 * @module
 */
import { PEER_ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { varintBytes, Writer } from "../lib/writer.ts";
import {
  BROADCAST_HOPS_MAX,
  HAVE_IDS_MAX,
  MESH_SUGGESTIONS_MAX,
  NEIGHBOUR_LISTS_PER_MESSAGE_MAX,
  PULL_RANGES_MAX,
  VECTOR_STREAMS_MAX,
} from "../wire/mesh-limits.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";
import { STREAM_KEY_BYTES, STREAM_NAME_BYTES } from "./envelope.ts";

export const DIGEST_BUCKETS = 32;
export const DIGEST_BYTES: number = 8 * DIGEST_BUCKETS;
const LIST_BYTES_MAX = 4_096;

/** One envelope by name. `stream` is a view of {@link STREAM_NAME_BYTES}. */
export interface EnvelopeName {
  readonly stream: Uint8Array;
  readonly sequence: number;
}

export interface Announcement extends EnvelopeName {
  /** By how many members it would have been passed on when it came to us. */
  readonly hops: number;
}

/** What is announced: its hops are those by which it came here. */
export interface Announceable {
  readonly stream: { readonly name: Uint8Array };
  readonly sequence: number;
  readonly hops: number;
}

/** `from` to `to - 1` of a stream; never empty. */
export interface StreamRange {
  readonly key: Uint8Array;
  readonly from: number;
  readonly to: number;
}

export type MeshMessage =
  | { readonly type: "lists"; readonly lists: readonly Uint8Array[] }
  | { readonly type: "greet"; readonly links: number; readonly wantsAnswer: boolean; readonly digest: Uint8Array }
  | { readonly type: "full"; readonly members: readonly PeerId[] }
  | { readonly type: "have"; readonly ids: readonly Announcement[] }
  | { readonly type: "graft"; readonly ids: readonly EnvelopeName[] }
  | { readonly type: "prune" }
  | { readonly type: "vector" | "pull" | "gone"; readonly ranges: readonly StreamRange[] };

export function encodeMeshMessage(message: MeshMessage): Uint8Array {
  const writer = new Writer(1 + bodyBytes(message)).u8(MESH_MESSAGE[message.type]);
  switch (message.type) {
    case "lists":
      writer.varint(message.lists.length);
      for (const list of message.lists) writer.varBytes(list);
      break;
    case "greet":
      writer
        .u8(message.links)
        .u8(message.wantsAnswer ? 1 : 0)
        .bytes(message.digest);
      break;
    case "full":
      writer.varint(message.members.length);
      for (const member of message.members) writer.bytes(peerIdToBytes(member));
      break;
    case "have":
      writer.varint(message.ids.length);
      for (const { hops, stream, sequence } of message.ids) writer.u8(hops).bytes(stream).varint(sequence);
      break;
    case "graft":
      writer.varint(message.ids.length);
      for (const { stream, sequence } of message.ids) writer.bytes(stream).varint(sequence);
      break;
    case "prune":
      break;
    default:
      writer.varint(message.ranges.length);
      for (const { key, from, to } of message.ranges) writer.bytes(key).u64(from).u64(to);
  }
  return writer.take();
}

/** A *have* of such entries; most messages of a large room are these, so they are written straight. */
export function encodeHave(entries: readonly Announceable[]): Uint8Array {
  let bodyLength = 0;
  for (const { sequence } of entries) bodyLength += 1 + STREAM_NAME_BYTES + varintBytes(sequence);
  const writer = new Writer(1 + varintBytes(entries.length) + bodyLength).u8(MESH_MESSAGE.have).varint(entries.length);
  for (const { stream, sequence, hops } of entries)
    writer
      .u8(Math.min(hops + 1, BROADCAST_HOPS_MAX))
      .bytes(stream.name)
      .varint(sequence);
  return writer.take();
}

/** So that the writer neither grows nor has too much; of ids, a little too many. */
function bodyBytes(message: MeshMessage): number {
  const many = (count: number, each: number): number => varintBytes(count) + count * each;
  switch (message.type) {
    case "lists":
      return message.lists.reduce(
        (sum, { length }) => sum + varintBytes(length) + length,
        many(message.lists.length, 0),
      );
    case "greet":
      return 2 + DIGEST_BYTES;
    case "full":
      return many(message.members.length, PEER_ID_BYTES);
    case "have":
    case "graft":
      return many(message.ids.length, 1 + STREAM_NAME_BYTES + 8);
    case "prune":
      return 0;
    default:
      return many(message.ranges.length, STREAM_KEY_BYTES + 16);
  }
}

/** Keys, names, lists and the digest are views into `bytes`. @throws {WireError} */
export function decodeMeshMessage(bytes: Uint8Array): MeshMessage {
  const reader = new Reader(bytes);
  const message = decodeBody(reader.u8(), reader);
  reader.end();
  return message;
}

function decodeBody(type: number, reader: Reader): MeshMessage {
  switch (type) {
    case MESH_MESSAGE.lists:
      return {
        type: "lists",
        lists: readMany(reader, NEIGHBOUR_LISTS_PER_MESSAGE_MAX, () => reader.varBytes(LIST_BYTES_MAX)),
      };
    case MESH_MESSAGE.greet:
      return { type: "greet", links: reader.u8(), wantsAnswer: readFlag(reader), digest: reader.bytes(DIGEST_BYTES) };
    case MESH_MESSAGE.full:
      return { type: "full", members: readMany(reader, MESH_SUGGESTIONS_MAX, () => readPeer(reader)) };
    case MESH_MESSAGE.have:
      return {
        type: "have",
        ids: readMany(reader, HAVE_IDS_MAX, () => ({ hops: readHops(reader), ...readName(reader) })),
      };
    case MESH_MESSAGE.graft:
      return { type: "graft", ids: readMany(reader, HAVE_IDS_MAX, () => readName(reader)) };
    case MESH_MESSAGE.prune:
      return { type: "prune" };
    case MESH_MESSAGE.vector:
      return { type: "vector", ranges: readMany(reader, VECTOR_STREAMS_MAX, () => readRange(reader)) };
    case MESH_MESSAGE.pull:
      return { type: "pull", ranges: readMany(reader, PULL_RANGES_MAX, () => readRange(reader)) };
    case MESH_MESSAGE.gone:
      return { type: "gone", ranges: readMany(reader, PULL_RANGES_MAX, () => readRange(reader)) };
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `mesh message 0x${type.toString(16)}`);
  }
}

function readMany<Item>(reader: Reader, max: number, readOne: () => Item): Item[] {
  const count = reader.varint();
  if (count > max) throw new WireError("ERR_TOO_LARGE", `${count} items, at most ${max}`);
  const items: Item[] = [];
  for (let i = 0; i < count; i++) items.push(readOne());
  return items;
}

const readPeer = (reader: Reader): PeerId => peerIdFromBytes(reader.bytes(PEER_ID_BYTES));

const readName = (reader: Reader): EnvelopeName => ({
  stream: reader.bytes(STREAM_NAME_BYTES),
  sequence: reader.varint(),
});

function readRange(reader: Reader): StreamRange {
  const range = { key: reader.bytes(STREAM_KEY_BYTES), from: reader.u64(), to: reader.u64() };
  if (range.from >= range.to) throw new WireError("ERR_VALUE", `empty range ${range.from} to ${range.to}`);
  return range;
}

function readHops(reader: Reader): number {
  const hops = reader.u8();
  if (hops > BROADCAST_HOPS_MAX) throw new WireError("ERR_VALUE", `${hops} hops`);
  return hops;
}

function readFlag(reader: Reader): boolean {
  const flag = reader.u8();
  if (flag > 1) throw new WireError("ERR_VALUE", `flag of ${flag}`);
  return flag === 1;
}
