/**
 * Meets contacts, members of our rooms, makers of links that we come by and who shows a QR that we scanned at relays
 * (spec/relay-meeting.md §1): which tags to watch at each, and whom an arrival under one of them means. Who is there is dialled over the relay; the
 * handshake shows who it is. Whoever comes to our own doors dials us.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import type { Moment } from "../lib/moment.ts";
import { after, type Instant, millis } from "../lib/time.ts";
import { nextRendezvousDay, rendezvousTags } from "../relay/rendezvous.ts";
import { RELAY_TAGS_MAX } from "../wire/relay-limits.ts";
import { relayHint } from "./hint.ts";
import type { QrMeetings } from "./qr-meetings.ts";
import type { RoomMeetings } from "./room-meetings.ts";
import type { TrustDesk } from "./trust-desk.ts";

/** Three days for each. */
const TAGS_PER_SECRET = 3;
/** Keys under the tags of one that are tried: it is one, unless it runs twice or somebody else has the secret. */
const KEYS_EACH_MAX = 4;

export type RelayMeetingOutput = {
  readonly type: "watch" | "unwatch";
  readonly relay: number;
  readonly tags: readonly Uint8Array[];
};

/** A contact or member; the maker of the link of a joining of ours, by its number. */
type Whom = PeerId | number;

interface Place {
  readonly key: Uint8Array;
  tags: ReadonlyMap<string, Whom | undefined>; //      whom each means, `undefined` at our doors; at most RELAY_TAGS_MAX
  readonly arrived: Map<Whom, Map<string, Set<string>>>; // whose key came under which of its tags; the newest last
}

export interface RelayMeetingParts {
  readonly provider: CryptoProvider;
  readonly trust: {
    readonly recognition: Pick<TrustDesk["recognition"], "secrets" | "version">;
    readonly blocked: Pick<TrustDesk["blocked"], "has">;
  };
  readonly links: Pick<RoomMeetings, "secrets" | "version">;
  readonly codes: Pick<QrMeetings, "secrets" | "version">;
  /** Takes where the maker of the link of this joining may be now. */
  readonly setMet: (join: number, hints: readonly string[], at: Moment) => void;
  /** Takes where each one is now. */
  readonly setNearby: (hints: ReadonlyMap<PeerId, readonly string[]>, now: Instant) => void;
}

export class RelayMeeting {
  readonly #parts: RelayMeetingParts;
  readonly #places = new Map<number, Place>(); // the relays that our person chose
  readonly #outputs: RelayMeetingOutput[] = [];
  #versions = ""; // of the secrets that the tags are made of
  #changesAt: Instant | undefined; // when the day does

  constructor(parts: RelayMeetingParts) {
    this.#parts = parts;
  }

  // --- commands -------------------------------------------------------------------------------

  /** Our connection to this relay is up; its key is known. What is to be watched there comes out. */
  enter(relay: number, key: Uint8Array, at: Moment): void {
    this.leave(relay, at);
    this.#places.set(relay, { key: key.slice(), tags: new Map(), arrived: new Map() });
    this.refresh(at);
  }

  /** The connection is gone: nobody is met there until it is back, and a client forgets what it was to watch. */
  leave(relay: number, at: Moment): void {
    const place = this.#places.get(relay);
    if (place === undefined) return;
    this.#places.delete(relay);
    if (this.#places.size === 0) this.#changesAt = undefined;
    this.#tell("unwatch", relay, [...place.tags.keys()]);
    this.#spread(at);
  }

  /** Once a turn: contacts, members or links may be others than before. */
  settle(at: Moment): void {
    if (this.#places.size > 0 && this.#versions !== this.#versionsNow) this.refresh(at);
  }

  /** The day is another, or who is blocked. */
  refresh(at: Moment): void {
    this.#versions = this.#versionsNow;
    for (const [relay, place] of this.#places) {
      const tags = this.#tagsAt(place.key, at);
      this.#tell(
        "unwatch",
        relay,
        [...place.tags.keys()].filter((tag) => !tags.has(tag)),
      );
      this.#tell(
        "watch",
        relay,
        [...tags.keys()].filter((tag) => !place.tags.has(tag)),
      );
      place.tags = tags;
      for (const [whom, keys] of place.arrived) {
        for (const under of keys.values()) for (const tag of under) if (tags.get(tag) !== whom) under.delete(tag);
        prune(place, whom);
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
    const whom = place?.tags.get(tagName);
    if (place === undefined || whom === undefined) return;
    const keys = place.arrived.get(whom) ?? new Map<string, Set<string>>();
    place.arrived.set(whom, keys);
    const tags = keys.get(keyName) ?? new Set();
    keys.delete(keyName);
    keys.set(keyName, tags.add(tagName)); // the newest last
    for (const oldest of keys.keys()) if (keys.size > KEYS_EACH_MAX) keys.delete(oldest);
    this.#spread(at);
  }

  handleLeft(relay: number, tag: Uint8Array, key: Uint8Array, at: Moment): void {
    const place = this.#places.get(relay);
    const tagName = bytesToHex(tag);
    const whom = place?.tags.get(tagName);
    if (place === undefined || whom === undefined) return;
    place.arrived.get(whom)?.get(bytesToHex(key))?.delete(tagName);
    prune(place, whom);
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

  get #versionsNow(): string {
    const { trust, links, codes } = this.#parts;
    return `${trust.recognition.version} ${links.version} ${codes.version}`;
  }

  #tagsAt(relayKey: Uint8Array, at: Moment): Map<string, Whom | undefined> {
    const { provider } = this.#parts;
    const all = new Map<string, Whom | undefined>();
    for (const { secret, whom } of this.#secrets()) {
      if (all.size + TAGS_PER_SECRET > RELAY_TAGS_MAX) break;
      for (const tag of rendezvousTags(provider, secret, relayKey, at.wall)) all.set(bytesToHex(tag), whom);
    }
    return all;
  }

  /** Codes and links first: they are few, and somebody waits. */
  *#secrets(): Iterable<{ readonly secret: Secret; readonly whom: Whom | undefined }> {
    const { trust, links, codes } = this.#parts;
    for (const { secret, whom } of codes.secrets())
      if (whom === undefined || !trust.blocked.has(whom)) yield { secret, whom };
    for (const { secret, join } of links.secrets()) yield { secret, whom: join };
    for (const { peer, secret } of trust.recognition.secrets())
      if (!trust.blocked.has(peer)) yield { secret, whom: peer };
  }

  #tell(type: "watch" | "unwatch", relay: number, tags: readonly string[]): void {
    if (tags.length > 0) this.#outputs.push({ type, relay, tags: tags.map(hexToBytes) });
  }

  /** Where each one is now: the newest key of every relay, then the ones before, so that no relay crowds out another. */
  #spread(at: Moment): void {
    const [peers, makers] = [new Map<PeerId, string[]>(), new Map<number, string[]>()];
    for (const { join } of this.#parts.links.secrets()) if (join !== undefined) makers.set(join, []);
    for (let age = 1; age <= KEYS_EACH_MAX; age++)
      for (const [relay, { arrived }] of this.#places)
        for (const [whom, keys] of arrived) {
          const key = [...keys.keys()].at(-age);
          if (key === undefined) continue;
          const hint = relayHint(relay, key);
          if (typeof whom === "number") makers.get(whom)?.push(hint);
          else peers.set(whom, [...(peers.get(whom) ?? []), hint]);
        }
    this.#parts.setNearby(peers, at.now);
    for (const [join, hints] of makers) this.#parts.setMet(join, hints, at);
  }
}

/** A key that no tag vouches for any more is gone, and one without keys. */
function prune({ arrived }: Place, whom: Whom): void {
  const keys = arrived.get(whom);
  if (keys === undefined) return;
  for (const [key, tags] of keys) if (tags.size === 0) keys.delete(key);
  if (keys.size === 0) arrived.delete(whom);
}
