/**
 * What makes a guest a member on its own device, in parts that fit messages (spec/room-joining.md §5):
 *
 *     operations   (var operation)*, parents first
 *     epochKey     keys of the epochs that it may read (spec/room-keys.md)
 *     prekeys      (var prekey)*: of the member that lets in and of others that are told of, so that they are recognised
 *     hints        (32 B member · u8 count · (text hint)*)*: where others are met
 *
 * @module
 */
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import {
  HINT_BYTES_MAX,
  HINTS_PER_KEY_MAX,
  JOIN_PART_BYTES_MAX,
  JOIN_PREKEY_BYTES_MAX,
  OPERATION_BYTES_MAX,
  PACKAGE_HINTS_MAX,
} from "../wire/limits.ts";
import type { JoinPart } from "./join-message.ts";
import type { Operation } from "./operation.ts";

export type RoomHints = ReadonlyMap<PeerId, readonly string[]>;

const LENGTH_BYTES_MAX = 3;

export interface RoomPackage {
  readonly operations: Iterable<Operation>;
  readonly epochKey: Uint8Array;
  /** Those beyond `PACKAGE_HINTS_MAX` stay behind: of them and of hints. */
  readonly prekeys: readonly Uint8Array[];
  readonly hints: RoomHints;
}

export function packRoom({ operations, epochKey, prekeys, hints }: RoomPackage): JoinPart[] {
  const parts: JoinPart[] = [];
  let writer = new Writer(JOIN_PART_BYTES_MAX);
  const flush = (): void => {
    if (writer.length > 0) parts.push({ kind: "operations", bytes: writer.finish() });
    writer = new Writer(JOIN_PART_BYTES_MAX);
  };
  for (const { bytes } of operations) {
    if (writer.length + bytes.length + LENGTH_BYTES_MAX > JOIN_PART_BYTES_MAX) flush();
    writer.varBytes(bytes);
  }
  flush();
  if (epochKey.length > 0) parts.push({ kind: "epochKey", bytes: epochKey });
  const known = new Writer();
  for (const prekey of prekeys.slice(0, PACKAGE_HINTS_MAX)) known.varBytes(prekey);
  if (known.length > 0) parts.push({ kind: "prekeys", bytes: known.finish() });
  const told = new Writer();
  for (const [peer, all] of [...hints].slice(0, PACKAGE_HINTS_MAX)) {
    const some = all.slice(0, HINTS_PER_KEY_MAX);
    told.bytes(peerIdToBytes(peer)).u8(some.length);
    for (const hint of some) told.text(hint);
  }
  if (told.length > 0) parts.push({ kind: "hints", bytes: told.finish() });
  return parts;
}

export interface ReadPart {
  readonly operations: readonly Uint8Array[];
  readonly epochKey: Uint8Array | undefined;
  readonly prekeys: readonly Uint8Array[];
  readonly hints: RoomHints;
}

/** @throws {WireError} on anything that {@link packRoom} does not make. */
export function readPart({ kind, bytes }: JoinPart): ReadPart {
  const operations: Uint8Array[] = [];
  const prekeys: Uint8Array[] = [];
  const hints = new Map<PeerId, readonly string[]>();
  const reader = new Reader(bytes);
  switch (kind) {
    case "operations":
      while (reader.left > 0) operations.push(reader.varBytes(OPERATION_BYTES_MAX));
      break;
    case "hints":
      while (reader.left > 0) readHints(reader, hints);
      break;
    case "epochKey":
      return { operations, epochKey: bytes, prekeys, hints };
    case "prekeys":
      while (reader.left > 0) prekeys.push(reader.varBytes(JOIN_PREKEY_BYTES_MAX).slice());
      if (prekeys.length > PACKAGE_HINTS_MAX) throw new WireError("ERR_LIMIT", "prekeys of members");
      break;
  }
  return { operations, epochKey: undefined, prekeys, hints };
}

function readHints(reader: Reader, hints: Map<PeerId, readonly string[]>): void {
  const peer = peerIdFromBytes(reader.bytes(32));
  const count = reader.u8();
  if (hints.size >= PACKAGE_HINTS_MAX || count > HINTS_PER_KEY_MAX)
    throw new WireError("ERR_LIMIT", "hints of members");
  hints.set(
    peer,
    Array.from({ length: count }, () => reader.text(HINT_BYTES_MAX)),
  );
}
