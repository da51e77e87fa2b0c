/**
 * Recognises contacts, members of our rooms and those that were, before anyone has said who they are: by the tag in
 * a hello and by the hints that they announce (spec/trust.md §8, spec/identity.md §4); and guests by the tag of an
 * open invitation. Both gate and hint; neither authenticates.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import { isDoorTag } from "../identity/door.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import {
  contactTag,
  isContactTag,
  PRESENCE_HINT_BYTES,
  pairSecret,
  presenceEpoch,
  presenceHints,
  presenceIndex,
} from "../identity/pair-secret.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import type { WallTime } from "../lib/time.ts";
import { PRESENCE_MEMBERS_MAX } from "../wire/limits.ts";
import type { Contact } from "./contact.ts";

interface Pair {
  readonly contactKey: Uint8Array;
  readonly secret: Secret;
  /** No former member. */
  isNear: boolean;
}

export class Recognition {
  readonly #provider: CryptoProvider;
  readonly #random: RandomSource;
  readonly #identity: LocalIdentity;
  readonly #pairs = new Map<PeerId, Pair>();
  #contacts: ReadonlyMap<PeerId, Uint8Array | undefined> = new Map();
  #members: ReadonlyMap<PeerId, Uint8Array> = new Map();
  #former: ReadonlyMap<PeerId, Uint8Array> = new Map();
  #doors: readonly Secret[] = [];
  /** Of one epoch; made when first asked for. */
  #epoch:
    | { readonly number: number; readonly theirs: Map<string, PeerId>; readonly ours: readonly Uint8Array[] }
    | undefined;

  #version = 0;

  constructor(provider: CryptoProvider, random: RandomSource, identity: LocalIdentity) {
    this.#provider = provider;
    this.#random = random;
    this.#identity = identity;
  }

  /** Takes the trust book as it is now; secrets of unchanged keys are kept, of gone ones wiped. */
  learn(contacts: readonly Contact[]): void {
    this.#contacts = new Map(contacts.flatMap((contact) => contact.keys).map((key) => [key.peer, key.contactKey]));
    this.#learn();
  }

  /**
   * Takes the contact keys of the members of all our rooms as they are now. The tag of a `former` member is known
   * too, so that it is answered; nothing is announced to it, and nothing that it announces is looked at.
   */
  learnMembers(members: ReadonlyMap<PeerId, Uint8Array>, former: ReadonlyMap<PeerId, Uint8Array> = new Map()): void {
    [this.#members, this.#former] = [members, former];
    this.#learn();
  }

  /** Takes the doors of all invitations that are open now. */
  setDoors(doors: readonly Secret[]): void {
    this.#doors = doors;
  }

  /** Whether a hello with this tag comes from somebody with an open invitation. */
  isGuest(tag: Uint8Array, ephemeralKey: Uint8Array): boolean {
    return this.#doors.some((door) => isDoorTag(this.#provider, door, ephemeralKey, tag));
  }

  #learn(): void {
    const keys = new Map<PeerId, Uint8Array | undefined>([...this.#former, ...this.#members, ...this.#contacts]);
    for (const [peer, key] of [...this.#members, ...this.#former])
      if (keys.get(peer) === undefined) keys.set(peer, key);
    let isChanged = false;
    for (const [peer, { contactKey, secret }] of this.#pairs) {
      const now = keys.get(peer);
      if (now !== undefined && bytesEqual(now, contactKey)) continue;
      secret.wipe();
      this.#pairs.delete(peer);
      isChanged = true;
    }
    for (const [peer, contactKey] of keys) {
      if (contactKey === undefined || this.#pairs.has(peer)) continue;
      const secret = pairSecret(this.#provider, this.#identity, { peerId: peer, contactKey });
      if (secret === undefined) continue;
      this.#pairs.set(peer, { contactKey: contactKey.slice(), secret, isNear: false });
      isChanged = true;
    }
    for (const [peer, pair] of this.#pairs) {
      const isNear = this.#contacts.has(peer) || this.#members.has(peer);
      if (pair.isNear !== isNear) isChanged = true;
      pair.isNear = isNear;
    }
    if (!isChanged) return;
    this.#epoch = undefined;
    this.#version += 1;
  }

  /** Another after each change of {@link secrets}. */
  get version(): number {
    return this.#version;
  }

  /** What every contact, then every member of our rooms, can compute with us and nobody else: to meet at a relay. */
  *secrets(): Iterable<{ readonly peer: PeerId; readonly secret: Secret }> {
    for (const isContact of [true, false])
      for (const [peer, { secret, isNear }] of this.#pairs)
        if (isNear && this.#contacts.has(peer) === isContact) yield { peer, secret };
  }

  /** For our hello to `peer`, with its X25519 ephemeral key; `undefined` if we share no pair secret. */
  tagFor(peer: PeerId, ephemeralKey: Uint8Array): Uint8Array | undefined {
    const pair = this.#pairs.get(peer);
    return pair && contactTag(this.#provider, pair.secret, this.#identity.peerId, ephemeralKey);
  }

  /** Who sent a hello with this tag. Costs one HMAC a contact: ask after the gate of half-open handshakes. */
  peerOfTag(tag: Uint8Array, ephemeralKey: Uint8Array): PeerId | undefined {
    for (const [peer, { secret }] of this.#pairs) {
      if (isContactTag(this.#provider, secret, peer, ephemeralKey, tag)) return peer;
    }
    return undefined;
  }

  /** Who announces one of `hints`, as far as the clocks agree to a quarter of an hour. Others' are passed over. */
  peerOfHints(hints: Iterable<Uint8Array>, wall: WallTime): PeerId | undefined {
    const { theirs } = this.#at(wall);
    for (const hint of hints) {
      const peer = hint.length === PRESENCE_HINT_BYTES ? theirs.get(bytesToHex(hint)) : undefined;
      if (peer !== undefined) return peer;
    }
    return undefined;
  }

  /** What we announce now, for all contacts together; the same until the epoch or the contacts change. */
  hints(wall: WallTime): readonly Uint8Array[] {
    return this.#at(wall).ours;
  }

  /** Forgets everybody, as when the device is locked. */
  wipe(): void {
    [this.#members, this.#former] = [new Map(), new Map()];
    this.#doors = [];
    this.learn([]);
  }

  #at(wall: WallTime): { readonly theirs: Map<string, PeerId>; readonly ours: readonly Uint8Array[] } {
    const number = presenceEpoch(wall);
    if (this.#epoch?.number === number) return this.#epoch;
    const pairs = [...this.#pairs]
      .filter(([, { isNear }]) => isNear)
      .map(([peerId, { secret }]) => ({ peerId, pair: secret }));
    const theirs = presenceIndex(this.#provider, pairs, number);
    const ours = presenceHints({
      provider: this.#provider,
      random: this.#random,
      pairs: this.#announcedTo(pairs),
      announcer: this.#identity.peerId,
      epoch: number,
    });
    this.#epoch = { number, theirs, ours };
    return this.#epoch;
  }

  /** All contacts, and some members: a network takes only so much. */
  #announcedTo(pairs: readonly { readonly peerId: PeerId; readonly pair: Secret }[]): readonly Secret[] {
    const [contacts, members] = [[], []] as [Secret[], Secret[]];
    for (const { peerId, pair } of pairs) (this.#contacts.has(peerId) ? contacts : members).push(pair);
    return [...contacts, ...members.slice(0, PRESENCE_MEMBERS_MAX)];
  }
}
