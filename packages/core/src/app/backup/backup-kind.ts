/**
 * What of a store belongs in a backup, and how each record is judged before it is written anywhere
 * (spec/backup.md §2).
 *
 * Not in it: chats, rooms, files and their keys, which live where they are; sessions; prekeys, whose loss is what makes
 * old items unreadable; grants and how much of them is used, because a copy would revive what ended since; the audit
 * log, which is a chain of one device; links to cards, which end by themselves; whom an issuer of facts vouches for. What
 * denies is in it: who is blocked, and which grants were revoked.
 *
 * @module
 */
import type { Bbs } from "../../crypto/bbs.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { parsePeerId } from "../../identity/peer-id.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import type { StoreEntry } from "../../lib/store-entry.ts";
import { WireError } from "../../lib/wire-error.ts";
import { isRelayHost } from "../../relay/relay-host.ts";
import { decodeBlocked } from "../../trust/block-list.ts";
import { decodeContact } from "../../trust/contact.ts";
import { isCleanName } from "../../trust/display-name.ts";
import { BACKUP_PHOTOS_MAX, BACKUP_RELAYS_MAX, BACKUP_VALUE_BYTES_MAX } from "../../wire/backup-limits.ts";
import { CARD_ENTRIES_MAX, OWN_CARDS_MAX } from "../../wire/card-limits.ts";
import { EPOCHS_AHEAD_MAX, KEPT_ISSUERS_MAX, PINNED_ISSUERS_MAX } from "../../wire/credential-limits.ts";
import { BLOCKED_MAX, CONTACTS_MAX, REVOKED_GRANTS_MAX } from "../../wire/limits.ts";
import { decodeCardEntry } from "../card/card-entry-record.ts";
import { photoField } from "../card/card-photo.ts";
import { decodeOwnCard } from "../card/own-card-record.ts";
import { decodeCredential } from "../credential/credential.ts";
import { readStatement } from "../credential/statement.ts";

export interface BackupKind {
  /** In the file; the order of the kinds. */
  readonly number: number;
  /** In a store. What follows it is the record's name. */
  readonly prefix: string;
  readonly recordsMax: number;
  /** The version of the file that first had it. */
  readonly since: number;
  /** @throws {WireError} if it is nothing that an endpoint wrote */
  readonly check: (name: string, value: Uint8Array, provider: CryptoProvider) => void;
}

export type BackupKindName =
  | "contact"
  | "blocked"
  | "revokedGrant"
  | "ownCard"
  | "cardEntry"
  | "photo"
  | "relayPin"
  | "credential"
  | "issuer";

const KEY_BYTES = 32;
/** Those of the present and of those that an issuer gives ahead, by its clock or ours. */
const EPOCHS_KEPT_MAX = EPOCHS_AHEAD_MAX + 2;

const FIRST = { since: 1 };
const SECOND = { since: 2 };

export const BACKUP_KINDS: Readonly<Record<BackupKindName, BackupKind>> = {
  contact: { ...FIRST, number: 1, prefix: "trust/contact/", recordsMax: CONTACTS_MAX, check: checkContact },
  blocked: { ...FIRST, number: 2, prefix: "trust/blocked/", recordsMax: BLOCKED_MAX, check: checkBlocked },
  revokedGrant: { ...FIRST, number: 3, prefix: "trust/revoked/", recordsMax: REVOKED_GRANTS_MAX, check: checkRevoked },
  ownCard: { ...FIRST, number: 4, prefix: "cards/own/", recordsMax: OWN_CARDS_MAX, check: checkOwnCard },
  cardEntry: { ...FIRST, number: 5, prefix: "cards/entry/", recordsMax: CARD_ENTRIES_MAX, check: checkCardEntry },
  photo: { ...FIRST, number: 6, prefix: "cards/photo/", recordsMax: BACKUP_PHOTOS_MAX, check: checkPhoto },
  relayPin: { ...SECOND, number: 7, prefix: "relay/", recordsMax: BACKUP_RELAYS_MAX, check: checkRelayPin },
  credential: {
    ...{ ...SECOND, number: 8, prefix: "credential/kept/", check: checkCredential },
    recordsMax: KEPT_ISSUERS_MAX * EPOCHS_KEPT_MAX,
  },
  issuer: { ...SECOND, number: 9, prefix: "credential/issuer/", recordsMax: PINNED_ISSUERS_MAX, check: checkIssuer },
};

/** As they stand in a file. */
export const KINDS: readonly BackupKind[] = Object.values(BACKUP_KINDS);

/** The prefixes under which a store has what belongs in a backup. */
export const BACKUP_PREFIXES: readonly string[] = KINDS.map(({ prefix }) => prefix);

export const kindOf = (key: string): BackupKind | undefined => KINDS.find(({ prefix }) => key.startsWith(prefix));

/** Whether an endpoint would take it back. */
export function isSound(provider: CryptoProvider, { prefix, check }: BackupKind, { key, value }: StoreEntry): boolean {
  try {
    if (value.length > BACKUP_VALUE_BYTES_MAX) return false;
    check(key.slice(prefix.length), value, provider);
    return true;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return false;
  }
}

function checkContact(name: string, value: Uint8Array): void {
  checkId(name);
  const contact = decodeContact(name, value);
  // A name is cleaned when it is pinned; whoever wrote the file may not have.
  if (!isCleanName(contact.name)) throw new WireError("ERR_TEXT", "name of a contact");
}

function checkBlocked(name: string, value: Uint8Array): void {
  if (parsePeerId(name) === undefined) throw new WireError("ERR_VALUE", "PeerId that is blocked");
  decodeBlocked(value);
}

function checkRevoked(name: string, value: Uint8Array): void {
  checkId(name);
  if (value.length !== 8) throw new WireError("ERR_VALUE", "end of a revoked grant");
}

function checkOwnCard(name: string, value: Uint8Array): void {
  if (decodeOwnCard(value).id !== name) throw new WireError("ERR_VALUE", "name of a card");
}

function checkCardEntry(name: string, value: Uint8Array): void {
  if (!/^[\w-]{1,64}$/.test(name)) throw new WireError("ERR_VALUE", "name of an entry");
  decodeCardEntry(name, value);
}

/** By its first bytes and its header, as when it came; nobody decodes it here. */
function checkPhoto(name: string, value: Uint8Array, provider: CryptoProvider): void {
  const field = photoField(provider, value);
  if (typeof field === "string" || field.hash !== name) throw new WireError("ERR_VALUE", "photo of a card");
}

/** The key by which a relay is known, and the one of when it was first met unless it is the same. */
function checkRelayPin(host: string, value: Uint8Array): void {
  if (!isRelayHost(host) || host !== host.toLowerCase()) throw new WireError("ERR_VALUE", "host of a relay");
  const [now, first] = [value.subarray(0, KEY_BYTES), value.subarray(KEY_BYTES)];
  const isTwo = first.length === KEY_BYTES && !bytesEqual(now, first);
  if (now.length < KEY_BYTES || (first.length > 0 && !isTwo)) throw new WireError("ERR_VALUE", "key of a relay");
}

/** That an issuer's key is a point of its group the endpoint asks whenever it starts: the curve is not loaded for this. */
const ANY_POINT: Pick<Bbs, "isPublicKey"> = { isPublicKey: () => true };

function checkCredential(name: string, value: Uint8Array, provider: CryptoProvider): void {
  const { statement, epoch } = decodeCredential(provider, ANY_POINT, value);
  if (name !== `${statement.issuer}/${epoch}`) throw new WireError("ERR_VALUE", "name of a credential");
}

function checkIssuer(name: string, value: Uint8Array, provider: CryptoProvider): void {
  if (readStatement(provider, ANY_POINT, value).issuer !== name) throw new WireError("ERR_VALUE", "name of an issuer");
}

function checkId(name: string): void {
  if (!/^[0-9a-f]{32}$/.test(name)) throw new WireError("ERR_VALUE", "id of 16 bytes");
}
