/**
 * What a backup holds, before it is sealed (spec/backup.md §2). Canonical: the same contents are the same bytes.
 *
 *     body   = varint made at, s | 32 B seed | text name | varint count | record… | zeros, to a multiple of 4,096 with the tag
 *     record = u8 kind | text name | var value         ascending by kind, then name
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { Secret } from "../../crypto/secret.ts";
import { SEED_BYTES } from "../../identity/keys.ts";
import { Reader } from "../../lib/reader.ts";
import type { StoreEntry } from "../../lib/store-entry.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { BACKUP_NAME_BYTES_MAX, BACKUP_STEP_BYTES, BACKUP_VALUE_BYTES_MAX } from "../../wire/backup-limits.ts";
import { NAME_BYTES_MAX } from "../../wire/limits.ts";
import { type BackupKind, isSound, KINDS, kindOf } from "./backup-kind.ts";

const TAG_BYTES = 16;

export interface BackupBody {
  /** Seconds since 1970. */
  readonly madeAt: number;
  readonly seed: Secret;
  /** What its owner called itself: any text. Show it as one shows a stranger's. */
  readonly name: string;
  /** As a store has them, in the order of the file. */
  readonly entries: readonly StoreEntry[];
}

/** The seed apart, because the reader makes an identity of it at once. */
export type ReadBody = Omit<BackupBody, "seed"> & { readonly seed: Uint8Array };

/** Those of `entries` that belong in a backup, in its order; `damaged` cannot be read, or are more than a reader takes. */
export function chooseEntries(
  provider: CryptoProvider,
  entries: readonly StoreEntry[],
): {
  readonly chosen: readonly StoreEntry[];
  readonly damaged: number;
} {
  const known = entries.filter(({ key }) => kindOf(key) !== undefined);
  const chosen = known.filter((entry) => {
    const kind = kindOf(entry.key);
    return kind !== undefined && isSound(provider, kind, entry);
  });
  const counts = new Map<BackupKind | undefined, number>();
  const taken = chosen.toSorted(byKindAndName).filter(({ key }) => {
    const kind = kindOf(key);
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return kind !== undefined && count <= kind.recordsMax;
  });
  return { chosen: taken, damaged: known.length - taken.length };
}

/** A new array. `entries` as {@link chooseEntries} gave them. */
export function encodeBody({ madeAt, seed, name, entries }: BackupBody): Uint8Array {
  const writer = new Writer(BACKUP_STEP_BYTES).varint(madeAt).bytes(seed.reveal()).text(name).varint(entries.length);
  for (const { key, value } of entries) {
    const kind = kindOf(key);
    if (kind !== undefined) writer.u8(kind.number).text(key.slice(kind.prefix.length)).varBytes(value);
  }
  return writer.bytes(new Uint8Array(fillOf(writer.length))).finish();
}

/** @throws {WireError} on anything that no {@link encodeBody} of that version made, and on records that no endpoint wrote */
export function decodeBody(provider: CryptoProvider, version: number, bytes: Uint8Array): ReadBody {
  const reader = new Reader(bytes);
  const madeAt = reader.varint();
  const seed = reader.bytes(SEED_BYTES).slice();
  const name = reader.text(NAME_BYTES_MAX);
  const count = reader.varint();
  if (count > KINDS.reduce((sum, { recordsMax }) => sum + recordsMax, 0))
    throw new WireError("ERR_LIMIT", `${count} records`);
  const entries: StoreEntry[] = [];
  const counts = new Map<BackupKind, number>();
  for (let left = count; left > 0; left--) {
    const [kind, entry] = readRecord(provider, version, reader);
    const before = entries.at(-1);
    if (before !== undefined && byKindAndName(before, entry) >= 0) throw new WireError("ERR_VALUE", "order of records");
    const of = (counts.get(kind) ?? 0) + 1;
    if (of > kind.recordsMax) throw new WireError("ERR_LIMIT", `over ${kind.recordsMax} records of a kind`);
    counts.set(kind, of);
    entries.push(entry);
  }
  if (reader.left !== fillOf(reader.offset)) throw new WireError("ERR_TRAILING", "filling of another length");
  if (reader.rest().some((byte) => byte !== 0)) throw new WireError("ERR_VALUE", "filling that is not zeros");
  return { madeAt, seed, name, entries };
}

function readRecord(provider: CryptoProvider, version: number, reader: Reader): readonly [BackupKind, StoreEntry] {
  const number = reader.u8();
  const name = reader.text(BACKUP_NAME_BYTES_MAX);
  const value = reader.varBytes(BACKUP_VALUE_BYTES_MAX).slice();
  const kind = KINDS.find((each) => each.number === number && each.since <= version);
  if (kind === undefined) throw new WireError("ERR_UNKNOWN_TYPE", `record of kind ${number}`);
  const entry = { key: kind.prefix + name, value };
  if (!isSound(provider, kind, entry)) throw new WireError("ERR_VALUE", `record of kind ${number}`);
  return [kind, entry];
}

const fillOf = (length: number): number =>
  Math.ceil((length + TAG_BYTES) / BACKUP_STEP_BYTES) * BACKUP_STEP_BYTES - TAG_BYTES - length;

function byKindAndName(a: StoreEntry, b: StoreEntry): number {
  const order = (kindOf(a.key)?.number ?? 0) - (kindOf(b.key)?.number ?? 0);
  return order !== 0 ? order : a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
