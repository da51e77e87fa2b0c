/**
 * What the joinings of an endpoint share (spec/room-joining.md §7, §8): who waits, how often a source may ask,
 * which invitations are being used just now, and how often each guest answered our challenges wrongly.
 *
 *     one request in 5 s and source · 64 guests that wait in a room · 3 wrong answers of one guest in one room,
 *     then none for 10 minutes; the count is forgotten 10 minutes after the last
 *
 *     "room/<room id>/challenged/<PeerId>" = u8 1 · u8 wrong answers · u64 wall time of the last
 *
 * @module
 */
import { type PeerId, parsePeerId } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import { Reader } from "../lib/reader.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { after, type Duration, type Instant, millis, since, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import type { AttemptChange } from "../trust/attempt-limits.ts";
import {
  CHALLENGE_PAUSE,
  CHALLENGED_MAX,
  JOIN_REQUEST_INTERVAL,
  JOIN_REQUESTS_PER_ROOM_MAX,
  PAIRING_TRIES,
  SOURCES_MAX,
} from "../wire/limits.ts";
import type { JoinWait } from "./join-message.ts";
import { parseRoomId, type RoomId } from "./room-id.ts";

const VERSION = 1;
const NO_WAIT: Duration = millis(0);

interface Wrong {
  readonly count: number;
  readonly last: Instant;
}

export class JoinRequests {
  readonly #waiting = new Map<RoomId, Set<PeerId>>(); // rooms of ours; each set is bounded
  /** When each source asked last; the longest ago comes first. */
  readonly #sources = new Map<string, Instant>();
  /** Whom an invitation is being used for, by its public key; one for each open channel at most. */
  readonly #reserved = new Map<string, PeerId>();
  /** By room and guest; the one that answered longest ago comes first. */
  readonly #wrong = new Map<string, Wrong>();
  /** Stored counts that no longer matter; the next change takes them along. */
  #gone: string[] = [];

  /** `restored`: every stored entry; others than wrong answers are left alone. */
  constructor(restored: Iterable<StoreEntry>, now: Instant, wall: WallTime) {
    const found: (readonly [string, Wrong])[] = [];
    for (const { key, value } of restored) {
      if (!isOurs(key)) continue;
      const wrong = readWrong(value, now, wall);
      if (since(wrong.last, now) < CHALLENGE_PAUSE) found.push([key, wrong]);
      else this.#gone.push(key);
    }
    found.sort(([, a], [, b]) => a.last - b.last);
    for (const [key, wrong] of found) this.#remember(key, wrong);
  }

  // --- requests that people answer --------------------------------------------------------------

  /**
   * Lists a guest that waits for a person; `source` is where it comes from as limits see it, `undefined` for a
   * contact, whom they do not concern. Else why not, and for how long. A guest is listed once in a room: its owner
   * keeps one channel with each.
   */
  list(
    room: RoomId,
    guest: PeerId,
    wants: JoinWait,
    source: string | undefined,
    now: Instant,
  ): { readonly why: "tryLater" | "full"; readonly wait: Duration } | undefined {
    const pause = wants === "challenge" ? this.pauseLeft(room, guest, now) : NO_WAIT;
    if (pause > 0) return { why: "tryLater", wait: pause };
    const wait = source === undefined ? NO_WAIT : this.#begin(source, now);
    if (wait > 0) return { why: "tryLater", wait };
    return this.#add(room, guest) ? undefined : { why: "full", wait: NO_WAIT };
  }

  /** 0: `source` may ask now, and has. Else how long it has to wait. */
  #begin(source: string, now: Instant): Duration {
    const last = this.#sources.get(source);
    const waited = last === undefined ? JOIN_REQUEST_INTERVAL : since(last, now);
    if (waited < JOIN_REQUEST_INTERVAL) return (JOIN_REQUEST_INTERVAL - waited) as Duration;
    this.#sources.delete(source);
    if (this.#sources.size >= SOURCES_MAX) this.#forgetOldestSource();
    this.#sources.set(source, now);
    return NO_WAIT;
  }

  /** False when as many wait as may. */
  #add(room: RoomId, guest: PeerId): boolean {
    const waiting = this.#waiting.get(room) ?? new Set();
    if (waiting.size >= JOIN_REQUESTS_PER_ROOM_MAX && !waiting.has(guest)) return false;
    this.#waiting.set(room, waiting.add(guest));
    return true;
  }

  /** It waits no more. */
  remove(room: RoomId, guest: PeerId): void {
    const waiting = this.#waiting.get(room);
    waiting?.delete(guest);
    if (waiting?.size === 0) this.#waiting.delete(room);
  }

  waitingIn(room: RoomId): number {
    return this.#waiting.get(room)?.size ?? 0;
  }

  // --- invitations in use -----------------------------------------------------------------------

  /** Keeps an invitation for `guest` until its admission is in the log. False: another's is on its way. */
  reserve(publicKey: Uint8Array, guest: PeerId): boolean {
    const key = bytesToHex(publicKey);
    if ((this.#reserved.get(key) ?? guest) !== guest) return false;
    this.#reserved.set(key, guest);
    return true;
  }

  release(publicKey: Uint8Array, guest: PeerId): void {
    const key = bytesToHex(publicKey);
    if (this.#reserved.get(key) === guest) this.#reserved.delete(key);
  }

  // --- challenges -------------------------------------------------------------------------------

  /** How often `guest` may still answer wrongly; 0 while it is refused. */
  triesLeft(room: RoomId, guest: PeerId, now: Instant): number {
    const wrong = this.#fresh(keyOf(room, guest), now);
    return PAIRING_TRIES - (wrong?.count ?? 0);
  }

  /** How long `guest` is refused; 0 if it is not. */
  pauseLeft(room: RoomId, guest: PeerId, now: Instant): Duration {
    const wrong = this.#fresh(keyOf(room, guest), now);
    if (wrong === undefined || wrong.count < PAIRING_TRIES) return NO_WAIT;
    return (CHALLENGE_PAUSE - since(wrong.last, now)) as Duration;
  }

  /** Counts a wrong answer; store the change before the guest is told. */
  wrongAnswer(room: RoomId, guest: PeerId, now: Instant, wall: WallTime): AttemptChange {
    const key = keyOf(room, guest);
    const count = Math.min((this.#fresh(key, now)?.count ?? 0) + 1, PAIRING_TRIES);
    for (const [each, { last }] of this.#wrong) if (since(last, now) >= CHALLENGE_PAUSE) this.#forget(each);
    this.#remember(key, { count, last: now });
    const deletes = this.#gone.filter((each) => each !== key);
    this.#gone = [];
    return { puts: [{ key, value: new Writer(10).u8(VERSION).u8(count).u64(wall).finish() }], deletes };
  }

  #fresh(key: string, now: Instant): Wrong | undefined {
    const wrong = this.#wrong.get(key);
    return wrong !== undefined && since(wrong.last, now) < CHALLENGE_PAUSE ? wrong : undefined;
  }

  #remember(key: string, wrong: Wrong): void {
    this.#wrong.delete(key);
    if (this.#wrong.size >= CHALLENGED_MAX) {
      const [oldest] = this.#wrong.keys();
      if (oldest !== undefined) this.#forget(oldest);
    }
    this.#wrong.set(key, wrong);
  }

  #forget(key: string): void {
    this.#wrong.delete(key);
    this.#gone.push(key);
  }

  #forgetOldestSource(): void {
    const [oldest] = this.#sources.keys();
    if (oldest !== undefined) this.#sources.delete(oldest);
  }
}

const keyOf = (room: RoomId, guest: PeerId): string => `room/${room}/challenged/${guest}`;

function isOurs(key: string): boolean {
  const [first, room = "", what, guest = "", ...rest] = key.split("/");
  if (first !== "room" || what !== "challenged" || rest.length > 0) return false;
  return parseRoomId(room) !== undefined && parsePeerId(guest) !== undefined;
}

/** What cannot be read counts as all tries used now: damage may deny, never permit. So does a time in the future. */
function readWrong(value: Uint8Array, now: Instant, wall: WallTime): Wrong {
  try {
    const reader = new Reader(value);
    if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "wrong answers");
    const [count, last] = [reader.u8(), reader.u64()];
    reader.end();
    const age = Math.min(Math.max(0, wall - last), CHALLENGE_PAUSE) as Duration;
    return { count: Math.min(count, PAIRING_TRIES), last: after(now, -age as Duration) };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { count: PAIRING_TRIES, last: now };
  }
}
