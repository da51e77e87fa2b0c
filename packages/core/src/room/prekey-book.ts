/**
 * The latest prekey of each member of a room (spec/room-keys.md §2). Bounded by the members; what is in it was
 * signed by them. Two books with one digest hold the same.
 *
 *     digest = SHA-256 of (32 B member · u32 version · 8 B mark)*, by member, ascending
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { type PeerId, peerIdToBytes } from "../identity/peer-id.ts";
import { hexToBytes } from "../lib/hex.ts";
import { type Instant, since, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { isNewerPrekey, isPrekeyGenuine, isPrekeyOver, type Prekey, type PrekeyScope } from "../trust/prekey.ts";
import { PREKEY_INTERVAL_MIN } from "../wire/room-key-limits.ts";
import { FormerMembers } from "./former-members.ts";
import type { PrekeyEntry } from "./key-message.ts";
import type { PeerSet } from "./key-roster.ts";
import { roomPrekeys } from "./prekey-scope.ts";
import type { RoomId } from "./room-id.ts";

/** `early`: genuine or not, its member had another a moment ago. `stranger`: of no member that we know. */
export type PrekeyVerdict = "new" | "old" | "early" | "stranger" | "forged";

export class PrekeyBook {
  readonly former: FormerMembers = new FormerMembers();
  readonly #provider: CryptoProvider;
  readonly #scope: PrekeyScope;
  readonly #prekeys = new Map<PeerId, { readonly prekey: Prekey; readonly at: Instant | undefined }>();
  #members: PeerSet = new Set<PeerId>();
  #digest: Uint8Array | undefined;
  #version = 0;
  /** Members whose stored entry is out of date. */
  #unsaved = new Set<PeerId>();

  constructor(provider: CryptoProvider, room: RoomId) {
    [this.#provider, this.#scope] = [provider, roomPrekeys(room)];
  }

  /** Another number whenever some prekey is another. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#prekeys.size;
  }

  /** Some member has none here. */
  get isIncomplete(): boolean {
    return this.#prekeys.size < this.#members.size;
  }

  get(member: PeerId): Prekey | undefined {
    return this.#prekeys.get(member)?.prekey;
  }

  /** By which members are recognised (identity/pair-secret.ts). */
  *contactKeys(): Iterable<readonly [PeerId, Uint8Array]> {
    for (const [member, { prekey }] of this.#prekeys) yield [member, prekey.contactKey];
  }

  /** One that may be sealed to. */
  usable(member: PeerId, wall: WallTime): Prekey | undefined {
    const prekey = this.get(member);
    return prekey === undefined || isPrekeyOver(prekey, wall) ? undefined : prekey;
  }

  /** Prekeys of those who are no members any more go. Who did not leave by itself is still recognised. */
  handleMembers(members: PeerSet, left: PeerSet = new Set<PeerId>()): void {
    this.#members = members;
    for (const [member, { prekey }] of this.#prekeys) {
      if (members.has(member)) continue;
      this.#drop(member);
      if (!left.has(member)) this.former.add(member, prekey.contactKey);
    }
    for (const peer of [...this.former.keys.keys()])
      if ((members.has(peer) || left.has(peer)) && this.former.delete(peer)) this.#version += 1;
  }

  /** We are out. */
  wipe(): void {
    for (const member of this.#prekeys.keys()) this.#drop(member);
    this.former.clear();
  }

  /** What somebody gave us. The signature, which costs most, is looked at last. */
  offer(prekey: Prekey, now: Instant): PrekeyVerdict {
    const { member } = prekey;
    if (!this.#members.has(member)) return "stranger";
    const held = this.#prekeys.get(member);
    if (held !== undefined && !isNewerPrekey(prekey, held.prekey)) return "old";
    if (held?.at !== undefined && since(held.at, now) < PREKEY_INTERVAL_MIN) return "early";
    if (!isPrekeyGenuine(this.#provider, this.#scope, prekey)) return "forged";
    this.#put(prekey, now);
    return "new";
  }

  /** Our own, or one that we had before. */
  put(prekey: Prekey): void {
    this.#put(prekey, undefined);
  }

  /** From the store. @throws {WireError} `ERR_VALUE` for one that does not belong there. */
  restore(member: string, prekey: Prekey): void {
    if (prekey.member !== member || !isPrekeyGenuine(this.#provider, this.#scope, prekey))
      throw new WireError("ERR_VALUE", "stored prekey of somebody else");
    this.#put(prekey, undefined);
    this.#unsaved.delete(prekey.member);
  }

  /** 32 bytes. */
  get digest(): Uint8Array {
    if (this.#digest === undefined) {
      const writer = new Writer(44 * this.#prekeys.size);
      for (const { member, version, mark } of this.list())
        writer.bytes(peerIdToBytes(member)).u32(version).bytes(hexToBytes(mark));
      this.#digest = this.#provider.sha256(writer.finish());
    }
    return this.#digest;
  }

  /** Ascending by member. */
  list(): readonly PrekeyEntry[] {
    const entries = [...this.#prekeys.values()].map(({ prekey: { member, version, mark } }) => ({
      member,
      version,
      mark,
    }));
    return entries.sort((a, b) => (a.member < b.member ? -1 : 1));
  }

  /** Members whose prekey here is newer than in `entries`, or missing there. */
  newerThan(entries: readonly PrekeyEntry[]): PeerId[] {
    const theirs = new Map(entries.map((entry) => [entry.member, entry]));
    const members: PeerId[] = [];
    for (const [member, { prekey }] of this.#prekeys) {
      const entry = theirs.get(member);
      if (entry === undefined || isNewerPrekey(prekey, entry)) members.push(member);
    }
    return members;
  }

  /** Whether `entries` have something for us. */
  isBehind(entries: readonly PrekeyEntry[]): boolean {
    return entries.some((entry) => {
      const held = this.get(entry.member);
      return this.#members.has(entry.member) && (held === undefined || isNewerPrekey(entry, held));
    });
  }

  /** What changed since the last call: bytes to keep by member, or `undefined` where they are to go. */
  takeUnsaved(): ReadonlyMap<PeerId, Uint8Array | undefined> {
    const entries = new Map([...this.#unsaved].map((member) => [member, this.get(member)?.bytes] as const));
    this.#unsaved = new Set();
    return entries;
  }

  #put(prekey: Prekey, at: Instant | undefined): void {
    this.#prekeys.set(prekey.member, { prekey, at });
    this.#unsaved.add(prekey.member);
    this.#digest = undefined;
    this.#version += 1;
  }

  #drop(member: PeerId): void {
    this.#prekeys.delete(member);
    this.#unsaved.add(member);
    this.#digest = undefined;
    this.#version += 1;
  }
}
