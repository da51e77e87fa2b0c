/**
 * Backups of what a store has (spec/backup.md): made, opened, put back. Loaded when somebody wants one.
 *
 * @module
 */
import type { CryptoProvider, LocalIdentity, RandomSource } from "@kith/core";
import {
  BACKUP_BYTES_MAX,
  BACKUP_KINDS,
  BACKUP_PREFIXES,
  type BackupFault,
  looksLikeBackup,
  mergeBackup,
  openBackup,
  sealBackup,
} from "@kith/core/backup";
import type { BackupFile } from "./backup-api.ts";
import type { Driver } from "./driver.ts";
import { EndpointError } from "./endpoint-error.ts";
import type { EndpointParts } from "./endpoint-parts.ts";
import type { KeyValueStore, StoreEntry } from "./storage.ts";

export { looksLikeBackup };

/** Who is in a backup, and what would come with them. Nothing is kept of it, and the identity is the caller's to wipe. */
export interface OpenedBackup {
  readonly identity: LocalIdentity;
  /** Any text: show it as one shows a stranger's. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly entries: readonly StoreEntry[];
}

/** What a store has that belongs in a backup. */
export const backupEntries = async (store: KeyValueStore): Promise<readonly StoreEntry[]> =>
  (await Promise.all(BACKUP_PREFIXES.map((prefix) => store.list(prefix)))).flat();

/** Of an endpoint; its log says that there is a copy. @throws {EndpointError} as `Endpoint.backup` */
export async function backUp(parts: EndpointParts, driver: Driver, passphrase: string): Promise<BackupFile> {
  const { store, identity } = parts;
  if (identity.isOneTime) throw new EndpointError("ERR_IDENTITY", "Cannot back up: a one-time identity is not kept");
  if (store === undefined) throw new EndpointError("ERR_STORAGE", "Cannot back up: nothing is kept");
  driver.core.trust.audit({ event: "identityExported", detail: "backup" }, driver.moment());
  driver.touch();
  const entries = await backupEntries(store);
  return makeBackup({ ...parts, passphrase, entries, madeAt: driver.moment().wall });
}

/** Of an identity that is kept. @throws {EndpointError} `ERR_TOO_LARGE` */
export function makeBackup(options: {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly passphrase: string;
  readonly entries: readonly StoreEntry[];
  readonly madeAt: number;
}): BackupFile {
  const sealed = sealBackup(options);
  if (sealed === undefined)
    throw new EndpointError("ERR_TOO_LARGE", `Cannot back up: more than ${BACKUP_BYTES_MAX} bytes`);
  return sealed;
}

const FAULTS: Readonly<Record<Exclude<BackupFault, "passphrase">, string>> = {
  "no-backup": "this is no backup of Kith",
  newer: "it is of a newer version of Kith",
  damaged: "the file is damaged, or not whole",
};

/** @throws {EndpointError} `ERR_BACKUP`: no backup, damaged, or newer; `ERR_IDENTITY`: wrong passphrase */
export function readBackup(provider: CryptoProvider, file: Uint8Array, passphrase: string): OpenedBackup {
  const backup = openBackup({ provider, file, passphrase });
  if (typeof backup !== "string") return backup;
  if (backup === "passphrase")
    throw new EndpointError("ERR_IDENTITY", "Cannot open the backup: the passphrase is another; the file is whole");
  throw new EndpointError("ERR_BACKUP", `Cannot open the backup: ${FAULTS[backup]}`);
}

/** What is added to a store that has `present` of the same identity, or nothing; and what stays out. */
export const backupChange = (
  { identity, entries }: Pick<OpenedBackup, "identity" | "entries">,
  present: readonly StoreEntry[],
): ReturnType<typeof mergeBackup> => mergeBackup(entries, present, identity.peerId);

/** How many of each, for a person to see before they say yes. */
export function backupCounts(entries: readonly StoreEntry[]): { contacts: number; cards: number; people: number } {
  const count = (prefix: string): number => entries.filter(({ key }) => key.startsWith(prefix)).length;
  const { contact, ownCard, cardEntry } = BACKUP_KINDS;
  return { contacts: count(contact.prefix), cards: count(ownCard.prefix), people: count(cardEntry.prefix) };
}
