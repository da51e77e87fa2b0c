/**
 * What a member says of itself: whom it is linked to now (spec/topology.md §2). It signs each once and never
 * anew, so that two of one incarnation and sequence are two statements.
 *
 *     list = u8 1 · 16 B room tag · 32 B member · 16 B incarnation · u32 sequence · u64 date · u16 period in s
 *            · u8 flags · 32 B roster digest · u8 count · (32 B neighbour)*, ascending
 *            · u8 count · (text hint)* · 64 B signature of the member over label "room neighbours" and all before
 *
 * Decoding makes views and no texts: of a list that was heard already, nothing is left to collect.
 *
 * @module
 */
import { LABEL } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import { PEER_ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { LabelledVerifier, SIGNATURE_BYTES, signLabelled } from "../identity/signed.ts";
import { assert } from "../lib/assert.ts";
import { concatBytes } from "../lib/bytes.ts";
import { Reader } from "../lib/reader.ts";
import { type Duration, seconds, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import {
  HINT_BYTES_MAX,
  LIST_BYTES_MAX,
  LIST_HINTS_MAX,
  LIST_NEIGHBOURS_MAX,
  LIST_PERIOD_MAX,
  LIST_PERIOD_MIN,
} from "../wire/limits.ts";

const VERSION = 1;
const FLAG_LEAVING = 0x01;

export const ROOM_TAG_BYTES = 16;
export const INCARNATION_BYTES = 16;
export const ROSTER_DIGEST_BYTES = 32;

/** Where a list says whose it is, and which: so one that is known is recognised before it is decoded. */
export const LIST_MEMBER_AT: number = 1 + ROOM_TAG_BYTES;
export const LIST_INCARNATION_AT: number = LIST_MEMBER_AT + PEER_ID_BYTES;
export const LIST_SEQUENCE_AT: number = LIST_INCARNATION_AT + INCARNATION_BYTES;
export const LIST_NAME_END: number = LIST_SEQUENCE_AT + 4;

export interface NeighbourListFields {
  readonly roomTag: Uint8Array;
  readonly incarnation: Uint8Array;
  readonly sequence: number;
  readonly date: WallTime;
  /** The next list comes within this time, in whole seconds. */
  readonly period: Duration;
  /** Says goodbye: there will be no more of this incarnation. */
  readonly isLeaving: boolean;
  readonly rosterDigest: Uint8Array;
  readonly neighbours: readonly PeerId[];
  /** Addresses where it may be dialed: printable ASCII, nothing but claims. */
  readonly hints: readonly string[];
}

/** A list as it came. All arrays are views into `bytes`. */
export interface NeighbourList {
  readonly bytes: Uint8Array;
  readonly roomTag: Uint8Array;
  /** 32 bytes, as all members' names here. */
  readonly member: Uint8Array;
  readonly incarnation: Uint8Array;
  readonly sequence: number;
  readonly date: WallTime;
  readonly period: Duration;
  readonly isLeaving: boolean;
  readonly rosterDigest: Uint8Array;
  /** One behind the other, ascending. */
  readonly neighbours: Uint8Array;
  /** Count and texts as they stand in the list, checked: see {@link readHints}. */
  readonly hints: Uint8Array;
  readonly signature: Uint8Array;
}

/** Signs a list. Fields that no decoder would take are our bug. */
export function signNeighbourList(
  provider: CryptoProvider,
  identity: LocalIdentity,
  fields: NeighbourListFields,
): Uint8Array {
  assert(fields.roomTag.length === ROOM_TAG_BYTES, "room tag");
  assert(fields.incarnation.length === INCARNATION_BYTES, "incarnation");
  assert(fields.rosterDigest.length === ROSTER_DIGEST_BYTES, "roster digest");
  const neighbours = [...fields.neighbours].sort();
  assert(neighbours.length <= LIST_NEIGHBOURS_MAX, `${neighbours.length} neighbours`);
  const writer = new Writer(512)
    .u8(VERSION)
    .bytes(fields.roomTag)
    .bytes(peerIdToBytes(identity.peerId))
    .bytes(fields.incarnation)
    .u32(fields.sequence)
    .u64(fields.date)
    .u16(fields.period / 1_000)
    .u8(fields.isLeaving ? FLAG_LEAVING : 0)
    .bytes(fields.rosterDigest)
    .u8(neighbours.length);
  for (const peer of neighbours) writer.bytes(peerIdToBytes(peer));
  writer.u8(fields.hints.length);
  for (const hint of fields.hints) writer.text(hint);
  const body = writer.finish();
  return concatBytes(body, signLabelled(provider, identity, LABEL.roomNeighbours, body));
}

/** @throws {WireError} on a form that no member of ours makes. Says nothing about the signature. Keeps views of `bytes`. */
export function decodeNeighbourList(bytes: Uint8Array): NeighbourList {
  if (bytes.length > LIST_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `neighbour list of ${bytes.length} bytes`);
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "neighbour list");
  const roomTag = reader.bytes(ROOM_TAG_BYTES);
  const member = reader.bytes(PEER_ID_BYTES);
  const incarnation = reader.bytes(INCARNATION_BYTES);
  const sequence = reader.u32();
  const date = reader.u64() as WallTime;
  const period = seconds(reader.u16());
  const flags = reader.u8();
  const rosterDigest = reader.bytes(ROSTER_DIGEST_BYTES);
  const neighbours = readNeighbours(reader, member);
  const hintsAt = reader.offset;
  checkHints(reader);
  const hints = bytes.subarray(hintsAt, reader.offset);
  const signature = reader.bytes(SIGNATURE_BYTES);
  reader.end();
  if (period < LIST_PERIOD_MIN || period > LIST_PERIOD_MAX) throw new WireError("ERR_VALUE", `period of ${period} ms`);
  if (flags > FLAG_LEAVING) throw new WireError("ERR_VALUE", `list flags ${flags}`);
  const isLeaving = flags === FLAG_LEAVING;
  if (isLeaving && neighbours.length > 0) throw new WireError("ERR_VALUE", "neighbours of somebody who leaves");
  return {
    ...{ bytes, roomTag, member, incarnation, sequence, date, period },
    ...{ isLeaving, rosterDigest, neighbours, hints, signature },
  };
}

/** Whether its member signed it: one check for many lists. */
export function listCheck(provider: CryptoProvider): (list: NeighbourList) => boolean {
  const verifier = new LabelledVerifier(provider, LABEL.roomNeighbours, LIST_BYTES_MAX);
  return ({ bytes, member, signature }) =>
    verifier.verify(member, signature, bytes.subarray(0, bytes.length - SIGNATURE_BYTES));
}

/** The members of {@link NeighbourList.neighbours}. */
export function readPeers(bytes: Uint8Array): PeerId[] {
  const peers: PeerId[] = [];
  for (let at = 0; at < bytes.length; at += PEER_ID_BYTES)
    peers.push(peerIdFromBytes(bytes.subarray(at, at + PEER_ID_BYTES)));
  return peers;
}

/** The texts of {@link NeighbourList.hints}. */
export function readHints(bytes: Uint8Array): string[] {
  const reader = new Reader(bytes);
  return Array.from({ length: reader.u8() }, () => reader.text(HINT_BYTES_MAX));
}

function readNeighbours(reader: Reader, member: Uint8Array): Uint8Array {
  const count = reader.u8();
  if (count > LIST_NEIGHBOURS_MAX) throw new WireError("ERR_LIMIT", `${count} neighbours`);
  const bytes = reader.bytes(count * PEER_ID_BYTES);
  for (let at = 0; at < bytes.length; at += PEER_ID_BYTES) {
    if (at > 0 && compareAt(bytes, at - PEER_ID_BYTES, bytes, at) >= 0)
      throw new WireError("ERR_VALUE", "neighbours not ascending");
    if (compareAt(bytes, at, member, 0) === 0) throw new WireError("ERR_VALUE", "its own neighbour");
  }
  return bytes;
}

function compareAt(a: Uint8Array, atA: number, b: Uint8Array, atB: number): number {
  for (let i = 0; i < PEER_ID_BYTES; i++) {
    const difference = (a[atA + i] ?? 0) - (b[atB + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a list may carry it. */
export const isHint = (hint: string): boolean => hint.length <= HINT_BYTES_MAX && /^[\x21-\x7e]+$/.test(hint);

/** What drives a terminal or turns text around has no place in an address. */
function checkHints(reader: Reader): void {
  const count = reader.u8();
  if (count > LIST_HINTS_MAX) throw new WireError("ERR_LIMIT", `${count} hints`);
  for (let i = 0; i < count; i++) {
    const hint = reader.varBytes(HINT_BYTES_MAX);
    if (hint.length === 0) throw new WireError("ERR_VALUE", "empty hint");
    for (const byte of hint) if (byte <= 0x20 || byte >= 0x7f) throw new WireError("ERR_TEXT", "hint");
  }
}
