/**
 * The trust book: whom we know by which key, and the loud stop when a key has changed
 * (spec/trust.md §2). Names and addresses lead to a warning, never to trust: only a pinned key does.
 *
 * At {@link CONTACTS_MAX} contacts nobody is added and nobody forgotten.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import type { WallTime } from "../lib/time.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import {
  CONTACTS_MAX,
  HINT_BYTES_MAX,
  HINTS_PER_KEY_MAX,
  KEYS_PER_CONTACT_MAX,
  NOTES_BYTES_MAX,
} from "../wire/limits.ts";
import { type Contact, decodeContact, encodeContact, type PinnedKey, VERIFIED_BY, type VerifiedBy } from "./contact.ts";
import { cleanName, nameKey } from "./display-name.ts";
import type { Role } from "./roles.ts";
import {
  type AuditOutput,
  type DamagedOutput,
  entriesUnder,
  type RevokedOutput,
  type StoreOutput,
  storeOutput,
} from "./stored.ts";

const PREFIX = "trust/contact/";

export type TrustBookOutput = StoreOutput | AuditOutput | RevokedOutput | DamagedOutput;

/** A key to pin, as pairing or a program found it. */
export interface NewPin {
  readonly peer: PeerId;
  /** Cleaned here. Empty: the contact's own stays. */
  readonly name: string;
  readonly contactKey?: Uint8Array;
  readonly verifiedBy: VerifiedBy;
  readonly vouchedBy?: PeerId;
  readonly role: Role;
  readonly hint?: string;
}

/** Where a pin goes, if not to a contact of its own. */
export interface PinPlace {
  /** Another device of this contact. */
  readonly contact?: string;
  /** The key that the new one stands for from now on: a person said that the change is right. */
  readonly replaces?: PeerId;
}

/** Who stands before us. */
export type Meeting =
  | { readonly at: "known"; readonly contact: Contact; readonly key: PinnedKey }
  /** Nobody we know. `resembles` has the same name or address: say so before any pairing. */
  | { readonly at: "stranger"; readonly resembles?: Contact }
  /** Loud stop: we expected a pinned key here, and this is another. */
  | { readonly at: "changed"; readonly contact: Contact; readonly pinned: readonly PeerId[] };

export interface Encounter {
  readonly peer: PeerId;
  /** Whom we dialled. */
  readonly expected?: PeerId;
  /** The address where we met. */
  readonly hint?: string;
  /** What it calls itself: a claim. */
  readonly name?: string;
}

export class TrustBook {
  readonly #random: RandomSource;
  readonly #contacts = new Map<string, Contact>();
  readonly #idByPeer = new Map<PeerId, string>();
  readonly #outputs: TrustBookOutput[] = [];

  constructor(options: { readonly random: RandomSource; readonly restored: Iterable<StoreEntry> }) {
    this.#random = options.random;
    for (const { key, value } of entriesUnder(options.restored, PREFIX)) {
      try {
        this.#keep(decodeContact(key, value));
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.#outputs.push({ type: "damaged", key: PREFIX + key });
      }
    }
  }

  get contacts(): readonly Contact[] {
    return [...this.#contacts.values()];
  }

  contactOf(peer: PeerId): Contact | undefined {
    const id = this.#idByPeer.get(peer);
    return id === undefined ? undefined : this.#contacts.get(id);
  }

  keyOf(peer: PeerId): PinnedKey | undefined {
    return this.contactOf(peer)?.keys.find((key) => key.peer === peer);
  }

  roleOf(peer: PeerId): Role | undefined {
    return this.contactOf(peer)?.role;
  }

  /** Judges who stands before us, whose key was already proven by a handshake. A changed key goes to the log. */
  meet(encounter: Encounter): Meeting {
    const { peer, expected, hint, name } = encounter;
    const contact = this.contactOf(peer);
    const awaited = expected === undefined || expected === peer ? undefined : this.contactOf(expected);
    // A second device of the same contact is no change: it is pinned too.
    if (awaited !== undefined && awaited !== contact) return this.#changed(awaited, peer);
    if (contact !== undefined) {
      const key = contact.keys.find((each) => each.peer === peer);
      assert(key !== undefined, "index and contact disagree");
      return { at: "known", contact, key };
    }
    const named = name === undefined || name === "" ? [] : this.#named(name);
    const here = hint === undefined ? [] : this.contacts.filter(({ keys }) => keys.some((key) => isAt(key, hint)));
    // Both together are what a person would take for proof; each alone may be chance.
    const both = named.find((each) => here.includes(each));
    if (both !== undefined) return this.#changed(both, peer);
    const resembles = named[0] ?? here[0];
    return { at: "stranger", ...(resembles !== undefined && { resembles }) };
  }

  /**
   * Pins a key. One that is pinned already keeps its contact, its strongest verification and our
   * name for it. `undefined`, and a line in the log, if the book or the contact is full.
   */
  pin(pin: NewPin, wall: WallTime, place: PinPlace = {}): Contact | undefined {
    const old = this.contactOf(pin.peer);
    const id = old?.id ?? place.contact ?? (place.replaces && this.#idByPeer.get(place.replaces));
    const contact = id === undefined ? undefined : this.#contacts.get(id);
    assert(place.contact === undefined || contact !== undefined, "no such contact");
    const others = (contact?.keys ?? []).filter(({ peer }) => peer !== pin.peer && peer !== place.replaces);
    const isNew = contact === undefined;
    if (isNew ? this.#contacts.size >= CONTACTS_MAX : others.length >= KEYS_PER_CONTACT_MAX) {
      this.#audit({ event: "limitHit", peer: pin.peer, detail: isNew ? "contacts" : "keys of a contact" });
      return undefined;
    }
    const before = contact?.keys.find(({ peer }) => peer === pin.peer);
    const name = contact?.name || cleanName(pin.name);
    const next: Contact = {
      id: contact?.id ?? bytesToHex(this.#random(16)),
      name,
      notes: contact?.notes ?? "",
      role: pin.role,
      keys: [...others, pinnedKey(pin, before, wall)],
    };
    const replaced = place.replaces === pin.peer ? undefined : place.replaces;
    const isInPlace = replaced !== undefined && this.#idByPeer.get(replaced) === next.id;
    this.#save(next); // one transaction: the old key leaves and the new one comes
    if (replaced !== undefined && isInPlace) {
      this.#idByPeer.delete(replaced);
      this.#outputs.push({ type: "revoked", peer: replaced });
    } else if (replaced !== undefined) this.#forgetKey(replaced);
    this.#audit({ event: "trusted", peer: pin.peer, detail: `${pin.verifiedBy} ${pin.role}` });
    return next;
  }

  rename(peer: PeerId, name: string): void {
    const contact = this.#known(peer);
    this.#save({ ...contact, name: cleanName(name) });
  }

  /** Cuts nothing: over {@link NOTES_BYTES_MAX} bytes is the caller's bug. */
  annotate(peer: PeerId, notes: string): void {
    assert(textToBytes(notes).length <= NOTES_BYTES_MAX, "notes too long");
    this.#save({ ...this.#known(peer), notes });
  }

  setRole(peer: PeerId, role: Role): void {
    const contact = this.#known(peer);
    if (contact.role === role) return;
    this.#save({ ...contact, role });
    this.#audit({ event: "roleChanged", peer, detail: role });
  }

  /** Notes that `peer` was here, where, and with which contact key. For strangers it does nothing. */
  seen(peer: PeerId, wall: WallTime, sight: { readonly hint?: string; readonly contactKey?: Uint8Array } = {}): void {
    const contact = this.contactOf(peer);
    if (contact === undefined) return;
    const keys = contact.keys.map((key) =>
      key.peer !== peer
        ? key
        : {
            ...key,
            lastSeenAt: Math.max(wall, key.lastSeenAt ?? 0, 1) as WallTime,
            hints: withHint(key.hints, sight.hint),
            // The handshake brought it, so the peer's identity vouches for it.
            ...(sight.contactKey !== undefined && { contactKey: sight.contactKey.slice() }),
          },
    );
    this.#save({ ...contact, keys });
  }

  /** Ends trust in one key; the contact goes with its last key. */
  revoke(peer: PeerId): void {
    if (!this.#forgetKey(peer)) return;
    this.#audit({ event: "revoked", peer });
  }

  poll(): TrustBookOutput | undefined {
    return this.#outputs.shift();
  }

  #changed(contact: Contact, presented: PeerId): Meeting {
    this.#audit({ event: "keyChanged", peer: presented, detail: `pinned ${contact.keys[0]?.peer.slice(0, 16)}` });
    return { at: "changed", contact, pinned: contact.keys.map(({ peer }) => peer) };
  }

  #named(name: string): Contact[] {
    const wanted = nameKey(name);
    return wanted === "" ? [] : this.contacts.filter((contact) => nameKey(contact.name) === wanted);
  }

  #known(peer: PeerId): Contact {
    const contact = this.contactOf(peer);
    assert(contact !== undefined, "no contact has this key");
    return contact;
  }

  #keep(contact: Contact): void {
    this.#contacts.set(contact.id, contact);
    for (const { peer } of contact.keys) this.#idByPeer.set(peer, contact.id);
  }

  #save(contact: Contact): void {
    this.#keep(contact);
    this.#outputs.push(storeOutput([{ key: PREFIX + contact.id, value: encodeContact(contact) }]));
  }

  #forgetKey(peer: PeerId): boolean {
    const contact = this.contactOf(peer);
    if (contact === undefined) return false;
    this.#idByPeer.delete(peer);
    const keys = contact.keys.filter((key) => key.peer !== peer);
    if (keys.length > 0) this.#save({ ...contact, keys });
    else {
      this.#contacts.delete(contact.id);
      this.#outputs.push(storeOutput([], [PREFIX + contact.id]));
    }
    this.#outputs.push({ type: "revoked", peer });
    return true;
  }

  #audit(record: AuditOutput["record"]): void {
    this.#outputs.push({ type: "audit", record });
  }
}

const isAt = (key: PinnedKey, hint: string): boolean => key.hints.includes(hint);

function withHint(hints: readonly string[], hint: string | undefined): readonly string[] {
  if (hint === undefined || hint.length === 0 || textToBytes(hint).length > HINT_BYTES_MAX) return hints;
  return [hint, ...hints.filter((each) => each !== hint)].slice(0, HINTS_PER_KEY_MAX);
}

function pinnedKey(pin: NewPin, before: PinnedKey | undefined, wall: WallTime): PinnedKey {
  const isStronger =
    before === undefined || VERIFIED_BY.indexOf(pin.verifiedBy) <= VERIFIED_BY.indexOf(before.verifiedBy);
  const proof = isStronger ? { verifiedBy: pin.verifiedBy, pinnedAt: wall } : before;
  const vouchedBy = isStronger ? pin.vouchedBy : before.vouchedBy;
  const contactKey = pin.contactKey?.slice() ?? before?.contactKey;
  const lastSeenAt = before?.lastSeenAt;
  return {
    peer: pin.peer,
    ...(contactKey !== undefined && { contactKey }),
    verifiedBy: proof.verifiedBy,
    ...(vouchedBy !== undefined && { vouchedBy }),
    pinnedAt: proof.pinnedAt,
    ...(lastSeenAt !== undefined && { lastSeenAt }),
    hints: withHint(before?.hints ?? [], pin.hint),
  };
}
