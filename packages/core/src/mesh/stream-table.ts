/**
 * All streams of a room, the history of their envelopes, and a digest of both by which two members see
 * whether they have the same (spec/mesh.md §5).
 *
 * Bounded: history by number, bytes and age, oldest first out; streams by origin, the oldest out, whose
 * name is kept a while so that nobody brings it back.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { type PeerId, peerIdFromBytes } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import { type Instant, since } from "../lib/time.ts";
import {
  FORMER_ORIGINS_MAX,
  HISTORY_AGE_MAX,
  HISTORY_BYTES_MAX,
  HISTORY_ENVELOPES_MAX,
  RETIRED_STREAMS_MAX,
  SETTLE_TIME,
  STRANGE_STREAMS_MAX,
  STREAMS_PER_ORIGIN_MAX,
} from "../wire/mesh-limits.ts";
import { isAt, STREAM_KEY_BYTES, streamNameOf } from "./envelope.ts";
import { DIGEST_BUCKETS, DIGEST_BYTES } from "./mesh-message.ts";
import { type Entry, Stream, streamHash } from "./stream.ts";

const PEER_BYTES = 32;
/** The queue's front is cut off once so much of it is empty. */
const QUEUE_SLACK = 1_024;

interface OriginStreams {
  /** Oldest first. */
  readonly streams: Stream[];
  /** With their names. */
  readonly retired: Map<string, string>;
  /** Where those that were forgotten with their origin go on, should it come back. */
  readonly resumed: ReadonlyMap<string, number>;
}

export class StreamTable {
  readonly #provider: CryptoProvider;
  readonly #byHash = new Map<number, Stream>();
  /** Names in hexadecimal. Of two streams with one name the first is found. */
  readonly #byName = new Map<string, Stream>();
  readonly #retiredNames = new Set<string>();
  /** Of streams whose origin is no member here. */
  readonly #strangeNames = new Set<string>();
  readonly #byOrigin = new Map<PeerId, OriginStreams>();
  /** Of members that went, the one longest gone first: others may still tell what we heard of them. */
  readonly #former = new Map<PeerId, Pick<OriginStreams, "retired" | "resumed">>();
  /** In the order in which they came; those of forgotten streams stay until their turn. */
  #queue: (Entry | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  readonly #buckets = new Uint32Array(2 * DIGEST_BUCKETS);
  readonly #live = new Set<Stream>();

  constructor(provider: CryptoProvider) {
    this.#provider = provider;
  }

  get historySize(): number {
    return this.#queue.length - this.#head;
  }

  get historyBytes(): number {
    return this.#bytes;
  }

  /** The stream whose key lies at `at` of `bytes`. */
  find(bytes: Uint8Array, at = 0): Stream | undefined {
    let stream = this.#byHash.get(streamHash(bytes, at));
    while (stream !== undefined && !isAt(bytes, at, stream.key)) stream = stream.nextInChain;
    return stream;
  }

  findByName(name: string): Stream | undefined {
    return this.#byName.get(name);
  }

  /** What nothing is to come of: `retired` here, or `strange` while the roster is what it is. */
  refusal(name: string): "retired" | "strange" | undefined {
    if (this.#retiredNames.has(name)) return "retired";
    return this.#strangeNames.has(name) ? "strange" : undefined;
  }

  /** An envelope of somebody who is no member came. Says what its stream is called; the longest known yields. */
  noteStranger(key: Uint8Array): string {
    const name = bytesToHex(streamNameOf(this.#provider, key));
    this.#strangeNames.add(name);
    keepLast(this.#strangeNames, STRANGE_STREAMS_MAX);
    return name;
  }

  /** The roster changed. */
  forgetStrangers(): void {
    this.#strangeNames.clear();
  }

  /** Whether a stream with this key was forgotten for newer ones of its origin. */
  isRetired(key: Uint8Array): boolean {
    const origin = peerIdFromBytes(key.subarray(0, PEER_BYTES));
    const known = this.#byOrigin.get(origin) ?? this.#former.get(origin);
    return known?.retired.has(bytesToHex(key.subarray(PEER_BYTES, STREAM_KEY_BYTES))) ?? false;
  }

  /** A stream of a member, by an envelope that it signed; not known now, not retired. It may have it from before. */
  create(key: Uint8Array): Stream {
    const stream = new Stream(key, streamNameOf(this.#provider, key));
    const { origin } = stream;
    let known = this.#byOrigin.get(origin);
    if (known === undefined) {
      const { retired, resumed } = this.#former.get(origin) ?? {
        retired: new Map<string, string>(),
        resumed: new Map<string, number>(),
      };
      known = { streams: [], retired, resumed };
      this.#byOrigin.set(origin, known);
      this.#former.delete(origin);
    }
    stream.resumeAt(known.resumed.get(stream.id) ?? 0);
    const oldest = known.streams.length >= STREAMS_PER_ORIGIN_MAX ? known.streams.shift() : undefined;
    if (oldest !== undefined) {
      this.#forget(oldest);
      this.#retire(oldest, known.retired);
    }
    known.streams.push(stream);
    const name = bytesToHex(stream.name);
    if (!this.#byName.has(name)) this.#byName.set(name, stream);
    stream.nextInChain = this.#byHash.get(stream.hash);
    this.#byHash.set(stream.hash, stream);
    return stream;
  }

  /** Forgets all of a member that is none any more, but for what was delivered. */
  forgetOrigin(origin: PeerId): void {
    const known = this.#byOrigin.get(origin);
    if (known === undefined) return;
    const positions = [...known.resumed, ...known.streams.map(({ id, next }) => [id, next] as const)];
    const resumed = new Map(positions.slice(-RETIRED_STREAMS_MAX));
    for (const stream of known.streams) this.#forget(stream);
    this.#byOrigin.delete(origin);
    this.#former.set(origin, { retired: known.retired, resumed });
    for (const [first, { retired }] of this.#former) {
      if (this.#former.size <= FORMER_ORIGINS_MAX) break;
      this.#former.delete(first);
      for (const name of retired.values()) this.#retiredNames.delete(name);
    }
  }

  /** Streams of which there is history, in no order. */
  live(): Iterable<Stream> {
    return this.#live;
  }

  // --- history --------------------------------------------------------------------------------

  /** What came less than {@link SETTLE_TIME} ago, newest first: vectors do not name it. */
  *young(now: Instant): Iterable<Entry> {
    for (let index = this.#queue.length - 1; index >= this.#head; index--) {
      const entry = this.#queue[index];
      if (entry === undefined || entry.stream.entries.get(entry.sequence) !== entry) continue;
      if (since(entry.addedAt, now) >= SETTLE_TIME) return;
      yield entry;
    }
  }

  add(entry: Entry): void {
    entry.stream.add(entry);
    this.#queue.push(entry);
    this.#bytes += entry.bytes.length;
  }

  /** The oldest entry, if there is more history than may be. It is still in its stream: {@link drop} it. */
  overdue(now: Instant): Entry | undefined {
    for (; this.#head < this.#queue.length; this.#advance()) {
      const entry = this.#queue[this.#head];
      if (entry === undefined || entry.stream.entries.get(entry.sequence) !== entry) continue;
      const isOver =
        this.historySize > HISTORY_ENVELOPES_MAX ||
        this.#bytes > HISTORY_BYTES_MAX ||
        since(entry.originAt, now) > HISTORY_AGE_MAX;
      return isOver ? entry : undefined;
    }
    return undefined;
  }

  drop(entry: Entry): void {
    entry.stream.entries.delete(entry.sequence);
    this.touch(entry.stream);
  }

  #advance(): void {
    this.#bytes -= this.#queue[this.#head]?.bytes.length ?? 0;
    this.#queue[this.#head] = undefined;
    this.#head += 1;
    if (this.#head < QUEUE_SLACK || this.#head * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  #retire(stream: Stream, retired: Map<string, string>): void {
    const name = bytesToHex(stream.name);
    retired.set(stream.id, name);
    this.#retiredNames.add(name);
    for (const [id, first] of retired) {
      if (retired.size <= RETIRED_STREAMS_MAX) break;
      retired.delete(id);
      this.#retiredNames.delete(first);
    }
  }

  #forget(stream: Stream): void {
    stream.entries.clear();
    this.touch(stream);
    const name = bytesToHex(stream.name);
    if (this.#byName.get(name) === stream) this.#byName.delete(name);
    let before = this.#byHash.get(stream.hash);
    if (before === stream) {
      if (stream.nextInChain === undefined) this.#byHash.delete(stream.hash);
      else this.#byHash.set(stream.hash, stream.nextInChain);
      return;
    }
    while (before !== undefined && before.nextInChain !== stream) before = before.nextInChain;
    if (before !== undefined) before.nextInChain = stream.nextInChain;
  }

  // --- digest ---------------------------------------------------------------------------------

  /** Call after a stream changed. */
  touch(stream: Stream): void {
    const bucket = 2 * bucketOf(stream);
    const isLive = stream.entries.size > 0;
    const high = isLive ? print(stream, 0x85ebca6b) : 0;
    const low = isLive ? print(stream, 0xc2b2ae35) : 0;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) ^ stream.printHigh ^ high;
    this.#buckets[bucket + 1] = (this.#buckets[bucket + 1] ?? 0) ^ stream.printLow ^ low;
    [stream.printHigh, stream.printLow] = [high, low];
    if (isLive) this.#live.add(stream);
    else this.#live.delete(stream);
  }

  /** 8 bytes for each bucket of streams. */
  digest(): Uint8Array {
    const bytes = new Uint8Array(DIGEST_BYTES);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < this.#buckets.length; i++) view.setUint32(4 * i, this.#buckets[i] ?? 0);
    return bytes;
  }

  /** Bit n is set where bucket n of `digest` is another than ours. */
  differing(digest: Uint8Array): number {
    const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
    let buckets = 0;
    for (let i = 0; i < this.#buckets.length; i++)
      if (view.getUint32(4 * i) !== this.#buckets[i]) buckets |= 1 << (i >> 1);
    return buckets;
  }
}

function keepLast(items: Set<string>, max: number): void {
  for (const first of items) {
    if (items.size <= max) return;
    items.delete(first);
  }
}

export const bucketOf = (stream: Stream): number => stream.hash % DIGEST_BUCKETS;

/** 32 bits of name, next and end (MurmurHash3's finish). Good against chance; who wants equal ones hides its own streams. */
function print(stream: Stream, seed: number): number {
  let value = seed ^ stream.hash;
  for (const part of [stream.next, stream.end]) {
    value = Math.imul(value ^ (part % 2 ** 32) ^ Math.floor(part / 2 ** 32), 0xcc9e2d51);
    value = Math.imul(value ^ (value >>> 15), 0x1b873593);
    value ^= value >>> 13;
  }
  return value >>> 0;
}
