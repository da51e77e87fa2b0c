/**
 * A backup: who we are and whom we know in one file, useless without its passphrase (spec/backup.md §1).
 *
 *     file   = "kith backup" LF | u8 version (2) | 87 B key, sealed by passphrase | sealed body | 32 B SHA-256 of all before
 *     key    = passphrase seal (identity.md §8, label "kith/1 backup") of 32 random bytes
 *     sealed = AES-256-GCM(key, nonce of zeros, associated data = label ‖ 0 ‖ all before, body)
 *
 * The sum at the end proves nothing against who means harm: it tells a damaged file from a wrong passphrase, before
 * anybody types one.
 *
 * @module
 */
import { LABEL, labelBytes } from "../../crypto/labels.ts";
import { openWithPassphrase, PASSPHRASE_OVERHEAD_BYTES, sealWithPassphrase } from "../../crypto/passphrase-seal.ts";
import type { Argon2Cost, CryptoProvider } from "../../crypto/provider.ts";
import { Secret } from "../../crypto/secret.ts";
import { identityFromSeed, type LocalIdentity } from "../../identity/keys.ts";
import { assert } from "../../lib/assert.ts";
import { bytesEqual, concatBytes } from "../../lib/bytes.ts";
import type { RandomSource } from "../../lib/random.ts";
import type { StoreEntry } from "../../lib/store-entry.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { WireError } from "../../lib/wire-error.ts";
import { BACKUP_BYTES_MAX, BACKUP_STEP_BYTES } from "../../wire/backup-limits.ts";
import { chooseEntries, decodeBody, encodeBody } from "./backup-body.ts";
import { BACKUP_KINDS } from "./backup-kind.ts";

const MAGIC = textToBytes("kith backup\n");
/** The first had fewer kinds of records, and is read. */
const VERSION = 2;
const VERSION_FIRST = 1;
const KEY_BYTES = 32;
const SUM_BYTES = 32;
const HEAD_BYTES = MAGIC.length + 1;
const SEALED_KEY_BYTES = KEY_BYTES + PASSPHRASE_OVERHEAD_BYTES;
/** All but the records: what is around the body, its first fields, and what it is filled up with. */
const OTHER_BYTES_MAX = HEAD_BYTES + SEALED_KEY_BYTES + SUM_BYTES + 256 + BACKUP_STEP_BYTES;
/** Of a record, but its name and value: its kind and two lengths. */
const RECORD_BYTES_MAX = 1 + 2 + 3;
const ONCE = new Uint8Array(12); // the key is for this file alone

/** Why a file cannot be opened. */
export type BackupFault =
  /** Something else. */
  | "no-backup"
  /** Of a version that is not known here. */
  | "newer"
  /** Changed or cut short on its way; or rightly sealed, and still nothing that is ours. */
  | "damaged"
  /** It does not open. The file is whole. */
  | "passphrase";

export interface Backup {
  readonly identity: LocalIdentity;
  /** Any text: show it as one shows a stranger's. */
  readonly name: string;
  /** Milliseconds since 1970, in whole seconds. */
  readonly madeAt: number;
  /** For a store, each judged by who reads it there. */
  readonly entries: readonly StoreEntry[];
}

export interface SealedBackup {
  readonly bytes: Uint8Array;
  readonly records: number;
  /** Records that could not be read, and are not in it. */
  readonly damaged: number;
  /** Photos for which there was no room. */
  readonly photosLeft: number;
}

/** `entries`: of a store; what does not belong in a backup is left out. `undefined` if it is too large without photos, too. */
export function sealBackup(options: {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly entries: readonly StoreEntry[];
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly passphrase: string;
  readonly cost?: Argon2Cost;
}): SealedBackup | undefined {
  const { provider, random, identity, name, passphrase, cost } = options;
  assert(!identity.isOneTime, "a one-time identity is never stored");
  const { chosen, damaged } = chooseEntries(provider, options.entries);
  const entries = fitting(chosen);
  if (entries === undefined) return undefined;
  const body = encodeBody({ madeAt: Math.floor(options.madeAt / 1_000), seed: identity.seed, name, entries });
  const key = random(KEY_BYTES).slice();
  const sealing = { provider, random, passphrase, label: LABEL.backup, ...(cost !== undefined && { cost }) };
  const head = concatBytes(MAGIC, Uint8Array.of(VERSION), sealWithPassphrase(sealing, key));
  const sealed = provider.seal(provider.importAeadKey(key), ONCE, associatedData(head), body);
  const file = concatBytes(head, ...sealed);
  body.fill(0);
  key.fill(0);
  const photosLeft = chosen.length - entries.length;
  return { bytes: concatBytes(file, provider.sha256(file)), records: entries.length, damaged, photosLeft };
}

/** As many as a file holds; the last photos yield. `undefined`: it is too large without them. */
function fitting(chosen: readonly StoreEntry[]): readonly StoreEntry[] | undefined {
  const isPhoto = ({ key }: StoreEntry): boolean => key.startsWith(BACKUP_KINDS.photo.prefix);
  const bytesOf = ({ key, value }: StoreEntry): number => key.length + value.length + RECORD_BYTES_MAX;
  let bytes = chosen.reduce((sum, entry) => sum + (isPhoto(entry) ? 0 : bytesOf(entry)), OTHER_BYTES_MAX);
  if (bytes > BACKUP_BYTES_MAX) return undefined;
  return chosen.filter((entry) => {
    if (!isPhoto(entry)) return true;
    bytes += bytesOf(entry);
    return bytes <= BACKUP_BYTES_MAX;
  });
}

/** What is wrong with a file as far as that shows without the passphrase; `undefined`: nothing. */
export function backupFault(
  provider: CryptoProvider,
  file: Uint8Array,
): Exclude<BackupFault, "passphrase"> | undefined {
  if (file.length < HEAD_BYTES || !bytesEqual(file.subarray(0, MAGIC.length), MAGIC)) return "no-backup";
  const version = file[MAGIC.length] ?? 0;
  if (version < VERSION_FIRST || version > VERSION) return "newer";
  const sumAt = file.length - SUM_BYTES;
  if (file.length > BACKUP_BYTES_MAX || sumAt < HEAD_BYTES + SEALED_KEY_BYTES + 16) return "damaged";
  return bytesEqual(provider.sha256(file.subarray(0, sumAt)), file.subarray(sumAt)) ? undefined : "damaged";
}

/** Whether it begins as a backup does: told from an exported identity, which is text. */
export const looksLikeBackup = (file: Uint8Array): boolean =>
  file.length >= MAGIC.length && bytesEqual(file.subarray(0, MAGIC.length), MAGIC);

/** Nothing is kept anywhere. The identity is the caller's to wipe. */
export function openBackup(options: {
  readonly provider: CryptoProvider;
  readonly file: Uint8Array;
  readonly passphrase: string;
}): Backup | BackupFault {
  const { provider, file, passphrase } = options;
  const fault = backupFault(provider, file);
  if (fault !== undefined) return fault;
  const headEnd = HEAD_BYTES + SEALED_KEY_BYTES;
  const head = file.subarray(0, headEnd);
  try {
    const key = openWithPassphrase({ provider, passphrase, label: LABEL.backup }, file.subarray(HEAD_BYTES, headEnd));
    const handle = provider.importAeadKey(key);
    key.fill(0);
    const body = provider.open(handle, ONCE, associatedData(head), file.subarray(headEnd, -SUM_BYTES));
    if (body === undefined) return "damaged";
    const { seed, name, madeAt, entries } = decodeBody(provider, file[MAGIC.length] ?? 0, body);
    body.fill(0);
    return { identity: identityFromSeed(provider, new Secret(seed)), name, madeAt: madeAt * 1_000, entries };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return error.code === "ERR_CRYPTO" ? "passphrase" : "damaged";
  }
}

const associatedData = (head: Uint8Array): Uint8Array => concatBytes(labelBytes(LABEL.backup), Uint8Array.of(0), head);
