/**
 * One operation of a room's log: what a member did, signed, and what it knew when it did it
 * (spec/rooms.md §2).
 *
 *     operation = u8 1 · u8 kind · 32 B room (not in `found`) · 32 B author · 16 B incarnation · u32 sequence
 *               · u8 count · count × 32 B parent, ascending · u32 depth · u64 date · body · 64 B signature
 *     id        = SHA-256 of everything before the signature; the room's id is that of its `found`
 *     signature = Ed25519 by the author over "kith/1 room operation" ‖ 0 ‖ everything before it
 *
 * Decoding checks the form alone. That the signature holds, {@link verifyOperation} says; that the parents are
 * there and fit, `OperationLog`; whether it counts, `resolve`.
 *
 * @module
 */
import { LABEL } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { SIGNATURE_BYTES, signLabelled, verifyLabelled } from "../identity/signed.ts";
import { AssertionError, assert } from "../lib/assert.ts";
import { concatBytes } from "../lib/bytes.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { Reader } from "../lib/reader.ts";
import type { WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { OPERATION_BYTES_MAX, OPERATION_DEPTH_MAX, OPERATION_PARENTS_MAX } from "../wire/limits.ts";
import { ROOM_OPERATION } from "../wire/registry.ts";
import { verifyInvitation } from "./invitation.ts";
import { encodeOperationBody, type OperationBody, type OperationKind, readOperationBody } from "./operation-body.ts";
import { ROOM_ID_BYTES, type RoomId, roomIdFromBytes, roomIdToBytes } from "./room-id.ts";

const VERSION = 1;
const INCARNATION_BYTES = 16;
export const OPERATION_ID_BYTES = 32;

declare const brand: unique symbol;

/** 64 lower-case hexadecimal digits; sorts as its bytes do. */
export type OperationId = string & { readonly [brand]: "OperationId" };

export const operationIdFromBytes = (bytes: Uint8Array): OperationId => bytesToHex(bytes) as OperationId;
export const operationIdToBytes = (id: OperationId): Uint8Array => hexToBytes(id);

/** What its author writes. Of `found` there are no parents, and sequence and depth are 0. */
export interface OperationFields {
  /** `undefined` for `found` alone. */
  readonly room: RoomId | undefined;
  /** 32 hexadecimal digits: of the author's process. Two operations of one process never have one sequence. */
  readonly incarnation: string;
  readonly sequence: number;
  /** What the author knew: 1 to 16, none an ancestor of another. */
  readonly parents: readonly OperationId[];
  /** One more than the deepest parent's. */
  readonly depth: number;
  readonly date: WallTime;
  readonly body: OperationBody;
}

export interface Operation extends OperationFields {
  readonly id: OperationId;
  readonly room: RoomId;
  readonly author: PeerId;
  /** As received, signature included. */
  readonly bytes: Uint8Array;
}

/** @throws {AssertionError} for fields that {@link decodeOperation} would not take */
export function signOperation(provider: CryptoProvider, identity: LocalIdentity, fields: OperationFields): Operation {
  const { room, body, parents } = fields;
  assert((room === undefined) === (body.kind === "found"), "only found has no room");
  const writer = new Writer(1_024).u8(VERSION).u8(ROOM_OPERATION[body.kind]);
  if (room !== undefined) writer.bytes(roomIdToBytes(room));
  writer.bytes(peerIdToBytes(identity.peerId)).bytes(hexToBytes(fields.incarnation)).u32(fields.sequence);
  writer.u8(parents.length);
  for (const parent of [...parents].sort()) writer.bytes(operationIdToBytes(parent));
  const content = writer.u32(fields.depth).u64(fields.date).bytes(encodeOperationBody(body)).finish();
  const signature = signLabelled(provider, identity, LABEL.roomOperation, content);
  try {
    return decodeOperation(provider, concatBytes(content, signature));
  } catch (error) {
    throw error instanceof WireError ? new AssertionError(`operation of ours: ${error.code} ${error.message}`) : error;
  }
}

/** Checks the form, no signatures. Copies `bytes`. */
export function decodeOperation(provider: CryptoProvider, bytes: Uint8Array): Operation {
  if (bytes.length > OPERATION_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `operation of ${bytes.length} bytes`);
  const copy = bytes.slice();
  const reader = new Reader(copy);
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "operation");
  const kind = kindOf(reader.u8());
  const named = kind === "found" ? undefined : roomIdFromBytes(reader.bytes(ROOM_ID_BYTES));
  const author = peerIdFromBytes(reader.bytes(32));
  const incarnation = bytesToHex(reader.bytes(INCARNATION_BYTES));
  const sequence = reader.u32();
  const parents = readParents(reader);
  const depth = reader.u32();
  const date = reader.u64() as WallTime;
  const body = readOperationBody(kind, reader);
  const content = copy.subarray(0, reader.offset);
  reader.bytes(SIGNATURE_BYTES);
  reader.end();
  if (kind === "found" ? sequence + depth + parents.length > 0 : parents.length === 0 || depth === 0)
    throw new WireError("ERR_VALUE", "operation without a place in the log");
  if (depth > OPERATION_DEPTH_MAX) throw new WireError("ERR_LIMIT", `operation of depth ${depth}`);
  if ("subject" in body && body.subject === author && body.kind !== "role")
    throw new WireError("ERR_VALUE", `${kind} of oneself`);
  const id = operationIdFromBytes(provider.sha256(content));
  const room = named ?? roomIdFromBytes(operationIdToBytes(id));
  return { id, room, author, incarnation, sequence, parents, depth, date, body, bytes: copy };
}

/** Whether its author signed it and, of an admission by invitation, whether the invitation's seed did. */
export function verifyOperation(provider: CryptoProvider, { author, room, body, bytes }: Operation): boolean {
  const end = bytes.length - SIGNATURE_BYTES;
  if (!verifyLabelled(provider, author, LABEL.roomOperation, bytes.subarray(end), bytes.subarray(0, end))) return false;
  if (body.kind !== "admit" || body.how.by !== "invitation") return true;
  return verifyInvitation(provider, hexToBytes(body.how.publicKey), room, body.subject, body.how.signature);
}

/** Order in which operations are judged: whatever an operation is an ancestor of comes later. */
export function compareRank(a: Operation, b: Operation): number {
  if (a.depth !== b.depth) return a.depth - b.depth;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function readParents(reader: Reader): readonly OperationId[] {
  const count = reader.u8();
  if (count > OPERATION_PARENTS_MAX) throw new WireError("ERR_LIMIT", `${count} parents`);
  const parents: OperationId[] = [];
  for (let i = 0; i < count; i++) {
    const parent = operationIdFromBytes(reader.bytes(OPERATION_ID_BYTES));
    if (parent <= (parents.at(-1) ?? "")) throw new WireError("ERR_VALUE", "parents not ascending");
    parents.push(parent);
  }
  return parents;
}

function kindOf(number: number): OperationKind {
  const kind = KINDS.get(number);
  if (kind === undefined) throw new WireError("ERR_UNKNOWN_TYPE", `operation ${number}`);
  return kind;
}

const KINDS: ReadonlyMap<number, OperationKind> = new Map(
  (Object.keys(ROOM_OPERATION) as OperationKind[]).map((kind) => [ROOM_OPERATION[kind], kind]),
);
