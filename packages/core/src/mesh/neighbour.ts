/**
 * One member that we have a mesh channel with: what waits to be sent there, and what it may still do.
 * Everything that waits is bounded; a neighbour that takes nothing costs a megabyte at most.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Instant } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import {
  HAVE_IDS_MAX,
  NEIGHBOUR_CONTROL_MAX,
  NEIGHBOUR_LISTS_PER_MESSAGE_MAX,
  NEIGHBOUR_MESSAGES_BURST,
  NEIGHBOUR_MESSAGES_PER_SECOND,
  NEIGHBOUR_ODDITIES_BURST,
  NEIGHBOUR_ODDITIES_PER_SECOND,
  NEIGHBOUR_QUEUE_BYTES_MAX,
  NEIGHBOUR_QUEUE_MESSAGES_MAX,
} from "../wire/mesh-limits.ts";
import { encodeHave, encodeMeshMessage, type MeshMessage } from "./mesh-message.ts";
import { LIST_MEMBER_AT, LIST_NAME_END } from "./neighbour-list.ts";
import type { Answer } from "./pull-answer.ts";
import type { Entry } from "./stream.ts";

export class Neighbour {
  readonly peer: PeerId;
  readonly upAt: Instant;
  /** It said *greet*: from then on it counts, and envelopes go there. */
  isGreeted = false;
  /** How many links it says to have. */
  links = 0;
  /** Envelopes go there at once; else their ids (Plumtree §3.2). */
  isEager = true;
  /** What it brought since it last brought something first. */
  repeats = 0;
  /** Since when its channel takes nothing. */
  fullSince: Instant | undefined;
  /** It may have what we miss: ask once the exchange under way is over. */
  isSyncDue = false;
  /** It misses announcements of ours: tell it what we have once there is room. */
  isBehind = false;
  /** Is among those that {@link Sending} looks at. */
  isMarked = false;
  /** Is no neighbour any more. */
  isOver = false;
  /** It brought something of a member that we do not know. */
  broughtStranger = false;
  /** A message of ours found no room: it is no use any more. */
  isOverrun = false;
  /** Envelopes that it was the first to announce, and that did not come. */
  awaited = 0;
  /** What it asked for. */
  answer: Answer | undefined;
  readonly #messages: TokenBucket;
  readonly #oddities: TokenBucket;
  #control: Uint8Array[] = [];
  #envelopes: Uint8Array[] = [];
  #envelopeBytes = 0;
  #haves: Entry[] = [];
  #lists: Uint8Array[] = [];
  /** Ids and lists may go out, until there are none. */
  #isFlushing = false;

  constructor(peer: PeerId, now: Instant) {
    this.peer = peer;
    this.upAt = now;
    this.#messages = new TokenBucket({
      capacity: NEIGHBOUR_MESSAGES_BURST,
      perSecond: NEIGHBOUR_MESSAGES_PER_SECOND,
      now,
    });
    this.#oddities = new TokenBucket({
      capacity: NEIGHBOUR_ODDITIES_BURST,
      perSecond: NEIGHBOUR_ODDITIES_PER_SECOND,
      now,
    });
  }

  get hasBatch(): boolean {
    return this.#haves.length > 0 || this.#lists.length > 0;
  }

  /** False when it has sent too much. */
  mayBring(messages: number, now: Instant): boolean {
    return this.#messages.take(messages, now);
  }

  /** False when it was odd too often. */
  mayBeOdd(count: number, now: Instant): boolean {
    return this.#oddities.take(count, now);
  }

  say(message: MeshMessage): void {
    if (this.#control.length >= NEIGHBOUR_CONTROL_MAX) this.isOverrun = true;
    else this.#control.push(encodeMeshMessage(message));
  }

  /** False when there is no room. */
  push(envelope: Uint8Array): boolean {
    const bytes = this.#envelopeBytes + envelope.length;
    if (this.#envelopes.length >= NEIGHBOUR_QUEUE_MESSAGES_MAX || bytes > NEIGHBOUR_QUEUE_BYTES_MAX) return false;
    this.#envelopes.push(envelope);
    this.#envelopeBytes = bytes;
    return true;
  }

  /** Announces it with the next batch; what finds no room is found by an exchange later. */
  announce(entry: Entry): void {
    if (this.#haves.length < HAVE_IDS_MAX) this.#haves.push(entry);
    else this.isBehind = true;
  }

  /** It has it already. */
  unannounce(entry: Entry): void {
    const at = this.#haves.indexOf(entry);
    if (at >= 0) this.#haves.splice(at, 1);
  }

  /** A neighbour list for the next batch; the oldest yields. Whether the batch is full. */
  addList(list: Uint8Array): boolean {
    this.#lists.push(list);
    if (this.#lists.length > NEIGHBOUR_LISTS_PER_MESSAGE_MAX) this.#lists.shift();
    return this.#lists.length === NEIGHBOUR_LISTS_PER_MESSAGE_MAX;
  }

  /** It has this one already. */
  removeList(list: Uint8Array): void {
    const at = this.#lists.findIndex((other) => isSameList(other, list));
    if (at >= 0) this.#lists.splice(at, 1);
  }

  flush(): void {
    this.#isFlushing = true;
  }

  /** The next message for its channel; ages are those at `now`. */
  next(now: Instant): Uint8Array | undefined {
    if (this.fullSince !== undefined) return undefined;
    const control = this.#control.shift();
    if (control !== undefined) return control;
    const envelope = this.#envelopes.shift();
    if (envelope !== undefined) {
      this.#envelopeBytes -= envelope.length;
      return envelope;
    }
    if (this.#isFlushing) {
      const batch = this.#nextBatch();
      if (batch !== undefined) return batch;
      this.#isFlushing = false;
    }
    const part = this.answer?.next(now);
    if (part === undefined) this.answer = undefined;
    return part;
  }

  #nextBatch(): Uint8Array | undefined {
    if (this.#lists.length > 0) {
      const lists = this.#lists;
      this.#lists = [];
      return encodeMeshMessage({ type: "lists", lists });
    }
    if (this.#haves.length === 0) return undefined;
    const entries = this.#haves;
    this.#haves = [];
    return encodeHave(entries);
  }
}

/** Whether member, incarnation and sequence are the same (neighbour-list.ts). */
function isSameList(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = LIST_NAME_END - 1; i >= LIST_MEMBER_AT; i--) if (a[i] !== b[i]) return false;
  return true;
}

/** Neighbours that something waits for: who is not among them costs nothing a turn. */
export class Sending {
  readonly #waiting: Neighbour[] = [];

  /** Call after giving a neighbour something to send, or room to. */
  mark(neighbour: Neighbour): void {
    if (neighbour.isMarked) return;
    neighbour.isMarked = true;
    this.#waiting.push(neighbour);
  }

  say(neighbour: Neighbour, message: MeshMessage): void {
    neighbour.say(message);
    this.mark(neighbour);
  }

  next(now: Instant): { readonly type: "send"; readonly peer: PeerId; readonly bytes: Uint8Array } | undefined {
    for (let last = this.#waiting.at(-1); last !== undefined; last = this.#waiting.at(-1)) {
      const bytes = last.isOver ? undefined : last.next(now);
      if (bytes !== undefined) return { type: "send", peer: last.peer, bytes };
      last.isMarked = false;
      this.#waiting.pop();
    }
    return undefined;
  }
}
