/**
 * A member that we exchange chunks with, over one channel for all files of the room.
 *
 * @module
 */
import type { PeerId } from "../../identity/peer-id.ts";
import type { Duration, Instant } from "../../lib/time.ts";
import { seconds, since } from "../../lib/time.ts";
import { FILE_IO_MAX } from "../../wire/limits.ts";
import { SWARM_OUTBOX_MAX, SWARM_REQUESTS_MAX } from "../../wire/room-app-limits.ts";
import type { ChunkSet } from "./chunk-set.ts";
import { encodeSwarmMessage, type SwarmFileId, type SwarmMessage } from "./swarm-message.ts";

/** Requests a partner gets at first; then more if it is quick, fewer if it is not. */
const REQUESTS_FIRST = 2;
const QUICK: Duration = seconds(1);
const SLOW: Duration = seconds(4);

/** What one partner and we have told each other about one file. */
export interface PartnerFile {
  /** It fetches the file. */
  isWanted: boolean;
  /** It has been told that we fetch it. */
  isAsked: boolean;
  /** What it has or, the sender, shows us. */
  readonly offers: ChunkSet;
  /** Chunks that we asked it for at any time: one may come long after the request was taken back. */
  readonly asked: ChunkSet;
  /** Chunks to tell it of. */
  news: number[];
}

export interface Request {
  readonly file: SwarmFileId;
  readonly chunk: number;
  readonly at: Instant;
}

export interface Ask {
  readonly file: SwarmFileId;
  readonly chunk: number;
}

export class Partner {
  readonly peer: PeerId;
  readonly isOurs: boolean; // we opened the channel
  readonly files: Map<SwarmFileId, PartnerFile> = new Map();
  /** What we asked of it. */
  readonly requests: Map<string, Request> = new Map();
  /** What it asked of us: waiting to be read, then being read. */
  readonly asks: Ask[] = [];
  readonly reading: Set<string> = new Set();
  isFull = false;
  /** Gave nothing in time: one request at a time, until it gives something. */
  isSnubbed = false;
  /** When it was of use to one of us. */
  usefulAt: Instant;
  gaveAt: Instant;
  latency: Duration | undefined;
  #window = REQUESTS_FIRST;
  readonly #outbox: { readonly bytes: Uint8Array; readonly wasRead: boolean }[] = [];
  #chunksInOutbox = 0;

  constructor(peer: PeerId, isOurs: boolean, now: Instant) {
    [this.peer, this.isOurs, this.usefulAt, this.gaveAt] = [peer, isOurs, now, now];
  }

  get canAsk(): boolean {
    return this.requests.size < (this.isSnubbed ? 1 : this.#window);
  }

  get canRead(): boolean {
    return this.asks.length > 0 && !this.isFull && this.reading.size + this.#chunksInOutbox < FILE_IO_MAX / 8;
  }

  get isOverloaded(): boolean {
    return this.#outbox.length > SWARM_OUTBOX_MAX;
  }

  noteAsked(file: SwarmFileId, chunk: number, now: Instant): void {
    this.files.get(file)?.asked.add(chunk);
    this.requests.set(askKey(file, chunk), { file, chunk, at: now });
    if (this.requests.size === 1) this.gaveAt = now;
  }

  /** We take the request back; its chunk may still come. False if there was none. */
  withdraw(file: SwarmFileId, chunk: number): boolean {
    return this.requests.delete(askKey(file, chunk));
  }

  /** It gave a chunk. False if we never asked for it. */
  noteGiven(file: SwarmFileId, chunk: number, now: Instant): boolean {
    if (this.files.get(file)?.asked.has(chunk) !== true) return false;
    const key = askKey(file, chunk);
    const request = this.requests.get(key);
    this.requests.delete(key);
    [this.gaveAt, this.usefulAt, this.isSnubbed] = [now, now, false];
    if (request === undefined) return true;
    const took = since(request.at, now);
    this.latency = (this.latency === undefined ? took : (3 * this.latency + took) / 4) as Duration;
    if (took < QUICK) this.#window = Math.min(SWARM_REQUESTS_MAX, this.#window + 1);
    else if (took > SLOW) this.#window = Math.max(1, this.#window - 1);
    return true;
  }

  say(message: Exclude<SwarmMessage, { type: "chunk" }>): void {
    this.#outbox.push({ bytes: encodeSwarmMessage(message), wasRead: false });
  }

  give(chunkMessage: Uint8Array): void {
    this.#outbox.push({ bytes: chunkMessage, wasRead: true });
    this.#chunksInOutbox += 1;
  }

  /** The next message for its channel, if that takes one. */
  takeMessage(): { readonly bytes: Uint8Array; readonly wasRead: boolean } | undefined {
    if (this.isFull) return undefined;
    const message = this.#outbox.shift();
    if (message?.wasRead === true) this.#chunksInOutbox -= 1;
    return message;
  }
}

export const askKey = (file: SwarmFileId, chunk: number): string => `${file}/${chunk}`;
