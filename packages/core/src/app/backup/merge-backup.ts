/**
 * A backup comes into a store of the same identity: what is missing is added, and what is there stays as it is
 * (spec/backup.md §3). So it may be done again, and nothing that was said since is undone, but for this: a contact that was
 * removed since comes back, unless one of its keys was blocked.
 *
 * @module
 */
import type { PeerId } from "../../identity/peer-id.ts";
import type { StoreEntry } from "../../lib/store-entry.ts";
import { WireError } from "../../lib/wire-error.ts";
import { decodeContact } from "../../trust/contact.ts";
import { KEPT_ISSUERS_MAX } from "../../wire/credential-limits.ts";
import { decodeCardEntry } from "../card/card-entry-record.ts";
import type { CardField } from "../card/card-field.ts";
import { photoOfFields } from "../card/card-photo.ts";
import { decodeOwnCard } from "../card/own-card-record.ts";
import { BACKUP_KINDS, type BackupKind, kindOf } from "./backup-kind.ts";

export interface BackupMerge {
  /** For one transaction. */
  readonly puts: readonly StoreEntry[];
  /** Of the backup, those that are here already, or whose key is; or for which there is no room. */
  readonly left: number;
}

/** `present`: what the store has under `BACKUP_PREFIXES`; empty for a new one. `own`: whose backup it is. */
export function mergeBackup(entries: readonly StoreEntry[], present: readonly StoreEntry[], own: PeerId): BackupMerge {
  const room = new Room(present, own);
  const puts: StoreEntry[] = [];
  const photos = new Set<string>(); // that something which comes names: no other would ever be deleted
  for (const entry of entries) {
    const kind = kindOf(entry.key);
    if (kind === undefined || (kind === BACKUP_KINDS.photo && !photos.has(entry.key.slice(kind.prefix.length))))
      continue;
    if (!room.take(kind, entry)) continue;
    for (const hash of photosOf(kind, entry)) photos.add(hash);
    puts.push(entry);
  }
  return { puts, left: entries.length - puts.length };
}

/** What there is, as it fills. */
class Room {
  readonly #keys: Set<string>;
  readonly #counts = new Map<BackupKind, number>();
  /** Those of contacts; of signers of cards. One key belongs to one of each: else nobody could say whom it stands for. */
  readonly #taken = new Set<string>();
  /** Issuers of which facts are held: here, and to come. What is here may be of a later edition. */
  readonly #held = new Set<string>();
  readonly #coming = new Set<string>();

  constructor(present: readonly StoreEntry[], own: PeerId) {
    const { contact, blocked } = BACKUP_KINDS;
    this.#keys = new Set(present.map(({ key }) => key));
    this.#taken.add(contact.prefix + own);
    for (const entry of present) {
      const kind = kindOf(entry.key);
      if (kind === undefined) continue;
      this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
      for (const mark of marksOf(kind, entry)) this.#taken.add(mark);
      if (kind === BACKUP_KINDS.credential) this.#held.add(issuerOf(kind, entry));
      if (kind === blocked) this.#taken.add(contact.prefix + entry.key.slice(blocked.prefix.length));
    }
  }

  take(kind: BackupKind, entry: StoreEntry): boolean {
    const count = this.#counts.get(kind) ?? 0;
    const marks = marksOf(kind, entry);
    if (count >= kind.recordsMax || this.#keys.has(entry.key)) return false;
    if (marks.some((mark) => this.#taken.has(mark))) return false;
    if (kind === BACKUP_KINDS.credential && !this.#takeIssuer(issuerOf(kind, entry))) return false;
    for (const mark of marks) this.#taken.add(mark);
    this.#counts.set(kind, count + 1);
    return true;
  }

  #takeIssuer(issuer: string): boolean {
    if (this.#held.has(issuer)) return false;
    if (!this.#coming.has(issuer) && this.#held.size + this.#coming.size >= KEPT_ISSUERS_MAX) return false;
    this.#coming.add(issuer);
    return true;
  }
}

/** Who signed the facts: the first part of the name. */
const issuerOf = ({ prefix }: BackupKind, { key }: StoreEntry): string =>
  key.slice(prefix.length, key.indexOf("/", prefix.length));

/** Whose keys a record stands for. */
function marksOf(kind: BackupKind, { key, value }: StoreEntry): readonly string[] {
  const name = key.slice(kind.prefix.length);
  const { contact, cardEntry } = BACKUP_KINDS;
  if (kind === contact)
    return (read(() => decodeContact(name, value))?.keys ?? []).map(({ peer }) => contact.prefix + peer);
  const signer = kind === cardEntry ? read(() => decodeCardEntry(name, value))?.signer : undefined;
  return signer === undefined ? [] : [cardEntry.prefix + signer];
}

function photosOf(kind: BackupKind, { key, value }: StoreEntry): readonly string[] {
  const named: (readonly CardField[])[] = [];
  if (kind === BACKUP_KINDS.ownCard) named.push(decodeOwnCard(value).fields.map(({ field }) => field));
  if (kind === BACKUP_KINDS.cardEntry) {
    const { fields, cards } = decodeCardEntry(key.slice(kind.prefix.length), value);
    named.push(fields, ...cards.map(({ card }) => card.content.fields));
  }
  return named.flatMap((fields) => photoOfFields(fields)?.hash ?? []);
}

/** What is damaged where it is stands for nobody. */
function read<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
