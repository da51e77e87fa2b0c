/**
 * A backup comes into a home (spec/backup.md §3).
 *
 * @module
 */
import { bytesEqual, cleanName, fingerprint, shortFingerprint, textToBytes, wipeIdentity } from "@kith/core";
import { backupChange, backupCounts, backupEntries, readBackup } from "../backup.ts";
import { EndpointError } from "../endpoint-error.ts";
import { openHome, settingKey } from "./home.ts";
import { openKeyVault } from "./key-vault.ts";
import { nodeProvider } from "./node-crypto.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

/** What was put back, of the backup and in the home. */
export interface RestoredHome {
  readonly name: string;
  readonly fingerprint: string;
  /** False: the home was this identity already, and has more now. */
  readonly isNew: boolean;
  readonly added: { readonly contacts: number; readonly cards: number; readonly people: number };
  /** Records that were here already, or had no place. */
  readonly left: number;
}

/**
 * Puts a backup into a home without an identity, or with the same: then what is missing is added, and what is there stays.
 * @throws {EndpointError} `ERR_BACKUP`, `ERR_IDENTITY`: wrong passphrase of the backup or the home, or the home has
 * another identity; `ERR_HOME_IN_USE`, `ERR_STORAGE`
 */
export async function restoreIntoHome(
  home: string,
  file: Uint8Array,
  passphrases: { readonly backup: string; readonly home?: string | undefined },
): Promise<RestoredHome> {
  await using opened = await openHome(home);
  const backup = readBackup(nodeProvider, file, passphrases.backup);
  const { identity } = backup;
  const name = cleanName(backup.name) || shortFingerprint(nodeProvider, identity.peerId);
  try {
    const { home: passphrase } = passphrases;
    const options = { path: opened.key, provider: nodeProvider, random };
    const vault = await openKeyVault({ ...options, ...(passphrase !== undefined && { passphrase }) });
    const before = await vault.load();
    const isNew = before === undefined;
    if (!isNew && !bytesEqual(before, identity.seed.reveal()))
      throw new EndpointError(
        "ERR_IDENTITY",
        `Cannot restore: ${opened.directory} has another identity; choose another home`,
      );
    // The key first: with what a crash leaves then, the same backup is put in again.
    if (isNew) await vault.save(identity.seed.reveal());
    await using store = openSqliteStore(opened.store);
    const { puts, left } = backupChange(backup, await backupEntries(store));
    const isNamed = (await store.get(settingKey("name"))) !== undefined;
    const named = isNamed ? [] : [{ key: settingKey("name"), value: textToBytes(name) }];
    await store.batch([...named, ...puts], []);
    const shown = fingerprint(nodeProvider, identity.peerId);
    return { name, fingerprint: shown, isNew, added: backupCounts(puts), left };
  } finally {
    wipeIdentity(identity);
  }
}
