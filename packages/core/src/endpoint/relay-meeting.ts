/**
 * Meets contacts, and members of our rooms, at relays (spec/relay-meeting.md §1): which tags to watch at each, and
 * whom an arrival under one of them means. Who is there is dialled over the relay; the handshake shows who it is.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import type { Moment } from "../lib/moment.ts";
import { after, type Instant, millis } from "../lib/time.ts";
import { nextRendezvousDay, rendezvousTags } from "../relay/rendezvous.ts";
import { RELAY_TAGS_MAX } from "../wire/relay-limits.ts";
import { relayHint } from "./hint.ts";
import type { Reach } from "./reach.ts";
import type { TrustDesk } from "./trust-desk.ts";

/** Three days for each peer. */
const TAGS_PER_PEER = 3;
/** Keys under one peer's tags that are tried: it is one, unless it runs twice or somebody stole a secret. */
const KEYS_PER_PEER_MAX = 4;

export type RelayMeetingOutput = {
  readonly type: "watch" | "unwatch";
  readonly relay: number;
  readonly tags: readonly Uint8Array[];
};

interface Place {
  readonly key: Uint8Array;
  peers: ReadonlyMap<string, PeerId>; //                by tag; at most RELAY_TAGS_MAX
  readonly arrived: Map<PeerId, Map<string, Set<string>>>; // whose key came under which of its tags; the newest last
}

export interface RelayMeetingParts {
  readonly provider: CryptoProvider;
  readonly trust: Pick<TrustDesk, "recognition" | "blocked" | "isContact">;
  /** Where they are dialled. */
  readonly reach: () => Reach;
}

export class RelayMeeting {
  readonly #parts: RelayMeetingParts;
  readonly #places = new Map<number, Place>(); // the relays that our person chose
  readonly #outputs: RelayMeetingOutput[] = [];
  #version = -1; // of the secrets that the tags are made of
  #changesAt: Instant | undefined; // when the day does

  constructor(parts: RelayMeetingParts) {
    this.#parts = parts;
  }

  // --- commands -------------------------------------------------------------------------------

  /** Our connection to this relay is up; its key is known. What is to be watched there comes out. */
  enter(relay: number, key: Uint8Array, at: Moment): void {
    this.leave(relay, at);
    this.#places.set(relay, { key: key.slice(), peers: new Map(), arrived: new Map() });
    this.refresh(at);
  }

  /** The connection is gone: nobody is met there until it is back, and a client forgets what it was to watch. */
  leave(relay: number, at: Moment): void {
    const place = this.#places.get(relay);
    if (place === undefined) return;
    this.#places.delete(relay);
    if (this.#places.size === 0) this.#changesAt = undefined;
    this.#tell("unwatch", relay, [...place.peers.keys()]);
    this.#spread(at);
  }

  /** Once a turn: contacts, or members, may be others than before. */
  settle(at: Moment): void {
    if (this.#places.size > 0 && this.#version !== this.#parts.trust.recognition.version) this.refresh(at);
  }

  /** The day is another, or who is blocked. */
  refresh(at: Moment): void {
    this.#version = this.#parts.trust.recognition.version;
    for (const [relay, place] of this.#places) {
      const peers = this.#tagsAt(place.key, at);
      this.#tell(
        "unwatch",
        relay,
        [...place.peers.keys()].filter((tag) => !peers.has(tag)),
      );
      this.#tell(
        "watch",
        relay,
        [...peers.keys()].filter((tag) => !place.peers.has(tag)),
      );
      place.peers = peers;
      for (const [peer, keys] of place.arrived) {
        for (const tags of keys.values()) for (const tag of tags) if (peers.get(tag) !== peer) tags.delete(tag);
        prune(place, peer);
      }
    }
    const wait = millis(nextRendezvousDay(at.wall) - at.wall);
    this.#changesAt = this.#places.size === 0 ? undefined : after(at.now, wait);
    this.#spread(at);
  }

  // --- what the relay said ----------------------------------------------------------------------

  handleArrived(relay: number, tag: Uint8Array, key: Uint8Array, at: Moment): void {
    const place = this.#places.get(relay);
    const [tagName, keyName] = [bytesToHex(tag), bytesToHex(key)];
    const peer = place?.peers.get(tagName);
    if (place === undefined || peer === undefined) return;
    const keys = place.arrived.get(peer) ?? new Map<string, Set<string>>();
    place.arrived.set(peer, keys);
    const tags = keys.get(keyName) ?? new Set();
    keys.delete(keyName);
    keys.set(keyName, tags.add(tagName)); // the newest last
    for (const oldest of keys.keys()) if (keys.size > KEYS_PER_PEER_MAX) keys.delete(oldest);
    this.#spread(at);
  }

  handleLeft(relay: number, tag: Uint8Array, key: Uint8Array, at: Moment): void {
    const place = this.#places.get(relay);
    const tagName = bytesToHex(tag);
    const peer = place?.peers.get(tagName);
    if (place === undefined || peer === undefined) return;
    place.arrived.get(peer)?.get(bytesToHex(key))?.delete(tagName);
    prune(place, peer);
    this.#spread(at);
  }

  /** Days go by the wall clock, timers by the other: after a sleep, {@link refresh}. */
  handleTimeout(at: Moment): void {
    if (this.#changesAt !== undefined && at.now >= this.#changesAt) this.refresh(at);
  }

  nextTimeout(): Instant | undefined {
    return this.#changesAt;
  }

  poll(): RelayMeetingOutput | undefined {
    return this.#outputs.shift();
  }

  // --- inside ---------------------------------------------------------------------------------

  #tagsAt(relayKey: Uint8Array, at: Moment): Map<string, PeerId> {
    const { provider, trust } = this.#parts;
    const peers = new Map<string, PeerId>();
    for (const { peer, secret } of trust.recognition.secrets()) {
      if (peers.size + TAGS_PER_PEER > RELAY_TAGS_MAX) break;
      if (trust.blocked.has(peer)) continue;
      for (const tag of rendezvousTags(provider, secret, relayKey, at.wall)) peers.set(bytesToHex(tag), peer);
    }
    return peers;
  }

  #tell(type: "watch" | "unwatch", relay: number, tags: readonly string[]): void {
    if (tags.length > 0) this.#outputs.push({ type, relay, tags: tags.map(hexToBytes) });
  }

  /** Where each one is now: the newest key of every relay, then the ones before, so that no relay crowds out another. */
  #spread(at: Moment): void {
    const hints = new Map<PeerId, string[]>();
    for (let age = 1; age <= KEYS_PER_PEER_MAX; age++)
      for (const [relay, { arrived }] of this.#places)
        for (const [peer, keys] of arrived) {
          const key = [...keys.keys()].at(-age);
          if (key !== undefined) hints.set(peer, [...(hints.get(peer) ?? []), relayHint(relay, key)]);
        }
    this.#parts.reach().setNearby(hints, at.now, (peer) => this.#parts.trust.isContact(peer));
  }
}

/** A key that no tag vouches for any more is gone, and a peer without keys. */
function prune({ arrived }: Place, peer: PeerId): void {
  const keys = arrived.get(peer);
  if (keys === undefined) return;
  for (const [key, tags] of keys) if (tags.size === 0) keys.delete(key);
  if (keys.size === 0) arrived.delete(peer);
}
