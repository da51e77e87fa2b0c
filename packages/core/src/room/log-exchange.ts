/**
 * Keeps the logs of direct neighbours equal (spec/rooms.md §7). Each tells the other its heads when they meet;
 * what the other lacks goes to it in batches, and what is new goes on to all neighbours but the one it came from.
 *
 * Operations go into the log here; what was added the room takes from the log, keeps, and announces. A log is
 * closed: whoever has an operation has all before it. So nothing has to be asked for by name, and who lies about
 * what it has only gets less, or gets what it has again, as often as its heads are looked at.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { after, type Instant, since, sooner, type WallTime } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import { WireError } from "../lib/wire-error.ts";
import {
  LOG_ASK_INTERVAL,
  LOG_BATCH_BYTES_MAX,
  LOG_HEADS_BURST,
  LOG_HEADS_MAX,
  LOG_HEADS_REGAIN,
  LOG_RECEIVED_BURST,
  LOG_RECEIVED_PER_SECOND,
  LOG_SAMPLE_MAX,
  LOG_SYNC_INTERVAL,
  LOG_WAITING_MAX,
} from "../wire/limits.ts";
import { batchBytes, decodeLogMessage, encodeLogMessage, type LogMessage } from "./log-message.ts";
import type { Operation, OperationId } from "./operation.ts";
import type { LogRefusal, OperationLog } from "./operation-log.ts";

export type LogExchangeOutput =
  /** One message for the mesh channel with a neighbour. If the channel does not take it, keep it, and say `handleFull`. */
  | { readonly type: "send"; readonly peer: PeerId; readonly bytes: Uint8Array }
  /** The neighbour broke a rule; it is none any more, and will not be until `handleNeighbourUp`. */
  | { readonly type: "misbehaved"; readonly peer: PeerId; readonly reason: LogMisbehaviour };

export type LogMisbehaviour =
  | "garbage" //  a message that is not of the protocol
  | "forged" //   an operation that nobody who checks it would pass on
  | "flood"; //   more than a neighbour may send

/** A batch of the smallest operations, and all that wait. */
const SOURCES_MAX = LOG_WAITING_MAX + 512;

/** Nobody that keeps the rules has such an operation. The other refusals depend on who refuses. */
const FORGED: readonly LogRefusal[] = ["form", "room", "signature", "place", "date"];

interface Neighbour {
  readonly peer: PeerId;
  /** To be told, oldest first. As many as a log has. */
  readonly queue: Set<OperationId>;
  isFull: boolean;
  /** Our heads are to be told. */
  isDue: boolean;
  toldAt: Instant | undefined;
  /** It has, or may have, what we lack. */
  isAhead: boolean;
  readonly heads: TokenBucket;
  readonly received: TokenBucket;
}

export interface LogExchangeOptions {
  readonly log: OperationLog;
  readonly now: Instant;
}

export class LogExchange {
  readonly #log: OperationLog;
  readonly #neighbours = new Map<PeerId, Neighbour>();
  readonly #outputs: LogExchangeOutput[] = [];
  /** Of operations that were added and not announced yet: whom they came from. */
  readonly #sources = new Map<OperationId, PeerId>();
  #syncAt: Instant;
  #now: Instant;

  constructor({ log, now }: LogExchangeOptions) {
    [this.#log, this.#now] = [log, now];
    this.#syncAt = after(now, LOG_SYNC_INTERVAL);
  }

  handleNeighbourUp(peer: PeerId, now: Instant): void {
    this.#now = now;
    const heads = new TokenBucket({ capacity: LOG_HEADS_BURST, perSecond: 1_000 / LOG_HEADS_REGAIN, now });
    const received = new TokenBucket({ capacity: LOG_RECEIVED_BURST, perSecond: LOG_RECEIVED_PER_SECOND, now });
    const state = { queue: new Set<OperationId>(), isFull: false, isDue: true, toldAt: undefined, isAhead: false };
    this.#neighbours.set(peer, { peer, ...state, heads, received });
  }

  handleNeighbourDown(peer: PeerId): void {
    this.#neighbours.delete(peer);
  }

  /** The channel did not take the last message, which is kept; there is no other until `handleWritable`. */
  handleFull(peer: PeerId): void {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour !== undefined) neighbour.isFull = true;
  }

  handleWritable(peer: PeerId): void {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour !== undefined) neighbour.isFull = false;
  }

  /** A message that begins with one of our numbers. Afterwards the log may have more: `takeAdded`. */
  handleMessage(peer: PeerId, bytes: Uint8Array, now: Instant, wall: WallTime): void {
    this.#now = now;
    const neighbour = this.#neighbours.get(peer);
    if (neighbour === undefined) return;
    try {
      this.#receive(neighbour, decodeLogMessage(bytes), now, wall);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#misbehaved(peer, "garbage");
    }
  }

  /** These are in the log now: ours, or what came in. All neighbours are told but the one that told us. */
  announce(operations: readonly Operation[]): void {
    for (const { id } of operations) {
      const source = this.#sources.get(id);
      this.#sources.delete(id);
      for (const { peer, queue } of this.#neighbours.values()) if (peer !== source) queue.add(id);
    }
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined = this.#neighbours.size > 0 ? this.#syncAt : undefined;
    for (const { isAhead, isDue, toldAt } of this.#neighbours.values())
      if (isAhead && !isDue && toldAt !== undefined) next = sooner(next, after(toldAt, LOG_ASK_INTERVAL));
    return next;
  }

  handleTimeout(now: Instant): void {
    this.#now = now;
    for (const neighbour of this.#neighbours.values()) if (neighbour.isAhead) this.#ask(neighbour, now);
    if (now < this.#syncAt) return;
    this.#syncAt = after(now, LOG_SYNC_INTERVAL);
    // Whoever was told longest ago: what was dropped on the way, here or there, is found in the end.
    let longest: Neighbour | undefined;
    for (const each of this.#neighbours.values())
      if (longest === undefined || (each.toldAt ?? now) < (longest.toldAt ?? now)) longest = each;
    if (longest !== undefined) longest.isDue = true;
  }

  poll(): LogExchangeOutput | undefined {
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    for (const neighbour of this.#neighbours.values()) {
      const message = neighbour.isFull ? undefined : this.#next(neighbour);
      if (message !== undefined) return { type: "send", peer: neighbour.peer, bytes: encodeLogMessage(message) };
    }
    return undefined;
  }

  #next(neighbour: Neighbour): LogMessage | undefined {
    if (neighbour.isDue) {
      [neighbour.isDue, neighbour.isAhead, neighbour.toldAt] = [false, false, this.#now];
      return {
        type: "heads",
        heads: this.#log.heads.slice(0, LOG_HEADS_MAX),
        others: this.#log.sample(LOG_SAMPLE_MAX),
      };
    }
    const operations: Operation[] = [];
    let length = 1;
    for (const id of neighbour.queue) {
      const operation = this.#log.get(id);
      length += operation === undefined ? 0 : batchBytes(operation);
      if (length > LOG_BATCH_BYTES_MAX) break;
      neighbour.queue.delete(id);
      if (operation !== undefined) operations.push(operation);
    }
    return operations.length > 0 ? { type: "operations", operations: operations.map(({ bytes }) => bytes) } : undefined;
  }

  #receive(neighbour: Neighbour, message: LogMessage, now: Instant, wall: WallTime): void {
    if (message.type === "operations") return this.#take(neighbour, message.operations, now, wall);
    if (!neighbour.heads.take(1, now)) return;
    const { heads, others } = message;
    for (const { id } of this.#log.after([...heads, ...others])) neighbour.queue.add(id);
    if (!heads.every((id) => this.#log.has(id) || this.#log.isHeld(id))) this.#ask(neighbour, now);
  }

  #take(neighbour: Neighbour, operations: readonly Uint8Array[], now: Instant, wall: WallTime): void {
    const { peer, received } = neighbour;
    if (!received.take(Math.max(1, operations.length), now)) return this.#misbehaved(peer, "flood");
    for (const bytes of operations) {
      const answer = this.#log.add(bytes, wall);
      if (answer.outcome === "refused" && FORGED.includes(answer.reason)) return this.#misbehaved(peer, "forged");
      const { operation } = answer;
      if (operation === undefined) continue;
      neighbour.queue.delete(operation.id);
      if (answer.outcome === "added" || answer.outcome === "waiting") this.#sources.set(operation.id, peer);
      // Of those that wait in vain: where it is not known any more, one neighbour is told what it knows.
      const [oldest] = this.#sources.keys();
      if (this.#sources.size > SOURCES_MAX && oldest !== undefined) this.#sources.delete(oldest);
    }
    if (this.#log.missing.length > 0) this.#ask(neighbour, now);
  }

  /** Tells it our heads, so that it tells us what we lack; again only after a while. */
  #ask(neighbour: Neighbour, now: Instant): void {
    const { toldAt } = neighbour;
    neighbour.isAhead = true;
    if (toldAt === undefined || since(toldAt, now) >= LOG_ASK_INTERVAL) neighbour.isDue = true;
  }

  #misbehaved(peer: PeerId, reason: LogMisbehaviour): void {
    this.#neighbours.delete(peer);
    this.#outputs.push({ type: "misbehaved", peer, reason });
  }
}
