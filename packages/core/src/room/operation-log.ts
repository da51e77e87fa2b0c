/**
 * The operations of one room that this replica has (spec/rooms.md §2): takes them in any order, lets in those
 * whose signature, parents and date are right, and says who is a member by them.
 *
 *     unknown ─▶ refused
 *        │ └───▶ waiting (parents are missing) ─┐
 *        └─────▶ held (dated ahead of us) ──────┴─▶ added
 *
 * An operation of a former member is kept as any other: whether it counts is `resolve`'s to say, and what
 * counts may change when older ones come in.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import { type WallTime, wallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import {
  CLOCK_SKEW,
  LOG_HELD_MAX,
  LOG_OPERATIONS_MAX,
  LOG_PER_ADMIN_MAX,
  LOG_PER_AUTHOR_MAX,
  LOG_RESERVED,
  LOG_WAITING_MAX,
  OPERATION_PARENTS_MAX,
} from "../wire/limits.ts";
import { isAtLeast, type Membership } from "./membership.ts";
import {
  compareRank,
  decodeOperation,
  type Operation,
  type OperationId,
  signOperation,
  verifyOperation,
} from "./operation.ts";
import type { OperationBody } from "./operation-body.ts";
import { OperationGraph } from "./operation-graph.ts";
import { resolve } from "./resolve.ts";
import type { RoomId } from "./room-id.ts";
import type { RoomPolicy } from "./room-policy.ts";

const RECENT_OPERATIONS = 64;

/** Why an operation is not taken. */
export type LogRefusal =
  | "form" //       not an operation
  | "room" //       of another room, or a second founding
  | "signature" //  its author's, or the invitation's
  | "place" //      a parent is an ancestor of another, or the depth is wrong
  | "date" //       long before what it knows of
  | "author" //     as many of this author's as may be
  | "full"; //      as many as a log holds

export type LogAnswer =
  | { readonly outcome: "added" | "known" | "waiting" | "held"; readonly operation: Operation }
  | { readonly outcome: "refused"; readonly reason: LogRefusal; readonly operation: Operation | undefined };

export interface OperationLogOptions {
  readonly provider: CryptoProvider;
  readonly room: RoomId;
}

export interface FoundingTerms {
  /** The room's. Clean, and not empty. */
  readonly name: string;
  readonly policy: RoomPolicy;
  /** What the founder calls itself. */
  readonly founder: string;
  /** 32 hexadecimal digits, of this process. */
  readonly incarnation: string;
}

export class OperationLog {
  readonly room: RoomId;
  readonly #provider: CryptoProvider;
  readonly #graph = new OperationGraph();
  /** Oldest first. */
  readonly #waiting = new Map<OperationId, Operation>();
  readonly #held = new Map<OperationId, Operation>();
  readonly #perAuthor = new Map<PeerId, number>();
  #added: Operation[] = [];
  #membership: Membership | undefined;
  #recent: { readonly membership: Membership | undefined; readonly size: number } = { membership: undefined, size: 0 };

  constructor({ provider, room }: OperationLogOptions) {
    [this.#provider, this.room] = [provider, room];
  }

  /** A new room's log. */
  static found(
    provider: CryptoProvider,
    identity: LocalIdentity,
    random: RandomSource,
    { name, policy, founder, incarnation }: FoundingTerms,
    wall: WallTime,
  ): OperationLog {
    const body: OperationBody = { kind: "found", name, policy, nonce: random(16).slice(), founder };
    const fields = { room: undefined, incarnation, sequence: 0, parents: [], depth: 0, date: wall, body };
    const founding = signOperation(provider, identity, fields);
    const log = new OperationLog({ provider, room: founding.room });
    log.#insert(founding);
    return log;
  }

  /**
   * A log as it was kept: our own store's bytes, in any order; signatures were checked when they came. `damaged`:
   * how many could not be read, or have no place any more.
   */
  static restore(
    options: OperationLogOptions,
    kept: readonly Uint8Array[],
  ): { readonly log: OperationLog; readonly damaged: number } {
    const log = new OperationLog(options);
    const operations: Operation[] = [];
    for (const bytes of kept) {
      const operation = log.#decode(bytes);
      if (operation?.room === options.room) operations.push(operation);
    }
    for (const operation of operations.sort(compareRank)) if (log.#hasPlace(operation)) log.#insert(operation);
    log.#added = [];
    return { log, damaged: kept.length - log.size };
  }

  get size(): number {
    return this.#graph.size;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  get heldCount(): number {
    return this.#held.size;
  }

  /** What nothing descends from, ascending. */
  get heads(): readonly OperationId[] {
    return this.#graph.heads;
  }

  /** Parents that operations wait for, and that did not come themselves. */
  get missing(): readonly OperationId[] {
    const missing = new Set<OperationId>();
    for (const { parents } of this.#waiting.values())
      for (const id of parents) if (!this.has(id) && !this.#waiting.has(id) && !this.#held.has(id)) missing.add(id);
    return [...missing];
  }

  /** Who is a member by what is here. Made once for each change. @throws {AssertionError} while the founding is not here */
  get membership(): Membership {
    this.#membership ??= resolve(this.#provider, this.#graph);
    return this.#membership;
  }

  /** When {@link release} has something to do, by the wall clock. */
  get nextRelease(): WallTime | undefined {
    let next: number | undefined;
    for (const { date } of this.#held.values()) if (next === undefined || date < next) next = date;
    return next === undefined ? undefined : wallTime(next - CLOCK_SKEW);
  }

  has(id: OperationId): boolean {
    return this.#graph.numberOf(id) !== undefined;
  }

  /** Whether it is here, and its date has not come. */
  isHeld(id: OperationId): boolean {
    return this.#held.has(id);
  }

  get(id: OperationId): Operation | undefined {
    return this.#graph.get(id);
  }

  /** Parents first. */
  operations(): readonly Operation[] {
    return this.#graph.operations();
  }

  /** Whether `a` comes before `b`, and is not `b`. False for what is not here. */
  isAncestor(a: OperationId, b: OperationId): boolean {
    const [first, second] = [this.#graph.numberOf(a), this.#graph.numberOf(b)];
    return first !== undefined && second !== undefined && this.#graph.isBefore(first, second);
  }

  /** All that is not one of `ids` nor comes before one, parents first. Ids that are not here count for nothing. */
  after(ids: readonly OperationId[]): readonly Operation[] {
    const numbers = ids.map((id) => this.#graph.numberOf(id)).filter((number) => number !== undefined);
    return this.#graph.outside(numbers);
  }

  /** Some of what is here, closer together towards the newest, so that two logs find what they share. */
  sample(max: number): readonly OperationId[] {
    const operations = this.operations();
    const ids: OperationId[] = [];
    for (let back = 1; ids.length < max && back <= operations.length; back *= 2)
      ids.push(...operations.slice(-back, operations.length - back + 1).map(({ id }) => id));
    return ids;
  }

  /** What was added since the last time, in the order in which it was: to be kept, and told. */
  takeAdded(): readonly Operation[] {
    const added = this.#added;
    this.#added = [];
    return added;
  }

  /**
   * Writes what we do now, knowing all that is here. Whether it will count, `membership` says before.
   * `undefined`: there is no place for it any more.
   */
  write(identity: LocalIdentity, incarnation: string, body: OperationBody, wall: WallTime): Operation | undefined {
    if (this.#isFullFor(identity.peerId) !== undefined) return undefined;
    const heads = this.heads.map((id) => this.get(id)).filter((head) => head !== undefined);
    const parents = heads.sort((a, b) => compareRank(b, a)).slice(0, OPERATION_PARENTS_MAX);
    const ids = parents.map(({ id }) => id);
    const operation = signOperation(this.#provider, identity, {
      room: this.room,
      incarnation,
      sequence: this.#graph.nextSequence(identity.peerId, incarnation),
      parents: ids,
      depth: (parents[0]?.depth ?? 0) + 1,
      // With a clock that is far behind, no earlier than others will take it.
      date: wallTime(Math.max(wall, this.#graph.latestOf(ids) - CLOCK_SKEW)),
      body,
    });
    this.#insert(operation);
    return operation;
  }

  /** An operation from outside. Copies `bytes`. What waited for it is added with it. */
  add(bytes: Uint8Array, wall: WallTime): LogAnswer {
    const operation = this.#decode(bytes);
    if (operation === undefined) return { outcome: "refused", reason: "form", operation };
    if (operation.room !== this.room) return { outcome: "refused", reason: "room", operation };
    const { id } = operation;
    if (this.has(id)) return { outcome: "known", operation };
    if (this.#waiting.has(id)) return { outcome: "waiting", operation };
    if (this.#held.has(id)) return { outcome: "held", operation };
    if (!verifyOperation(this.#provider, operation)) return { outcome: "refused", reason: "signature", operation };
    const answer = this.#place(operation, wall);
    if (answer.outcome === "added") this.#addWaiting(wall);
    return answer;
  }

  /** Adds what was dated ahead of us and is not any more. */
  release(wall: WallTime): void {
    const ready = [...this.#held.values()].filter(({ date }) => date <= wall + CLOCK_SKEW);
    for (const operation of ready.sort(compareRank)) {
      this.#held.delete(operation.id);
      this.#place(operation, wall);
    }
    if (ready.length > 0) this.#addWaiting(wall);
  }

  #decode(bytes: Uint8Array): Operation | undefined {
    try {
      return decodeOperation(this.#provider, bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return undefined;
    }
  }

  #place(operation: Operation, wall: WallTime): LogAnswer {
    const refusal = this.#isFullFor(operation.author);
    if (refusal !== undefined) return { outcome: "refused", reason: refusal, operation };
    if (!operation.parents.every((id) => this.has(id))) {
      this.#waiting.set(operation.id, operation);
      dropOldest(this.#waiting, LOG_WAITING_MAX);
      return { outcome: "waiting", operation };
    }
    if (!this.#hasPlace(operation)) return { outcome: "refused", reason: "place", operation };
    if (operation.date + CLOCK_SKEW < this.#graph.latestOf(operation.parents))
      return { outcome: "refused", reason: "date", operation };
    if (operation.date > wall + CLOCK_SKEW) {
      this.#held.set(operation.id, operation);
      this.#dropFurthest();
      return { outcome: "held", operation };
    }
    this.#insert(operation);
    return { outcome: "added", operation };
  }

  /** Whether all parents are here, none before another, and the depth follows from theirs. */
  #hasPlace({ id, parents, depth }: Operation): boolean {
    if (this.has(id)) return false;
    const numbers = parents.map((parent) => this.#graph.numberOf(parent) ?? -1);
    if (numbers.some((a) => a < 0 || numbers.some((b) => this.#graph.isBefore(a, b)))) return false;
    return depth === Math.max(-1, ...numbers.map((number) => this.#graph.at(number).depth)) + 1;
  }

  #isFullFor(author: PeerId): "author" | "full" | undefined {
    if (this.size >= LOG_OPERATIONS_MAX) return "full";
    const count = this.#perAuthor.get(author) ?? 0;
    if (count < LOG_PER_AUTHOR_MAX && this.size < LOG_OPERATIONS_MAX - LOG_RESERVED) return undefined;
    const role = this.size > 0 ? this.#recentMembership().roleOf(author) : undefined;
    const isAdmin = role !== undefined && isAtLeast(role, "admin");
    if (count >= (isAdmin ? LOG_PER_ADMIN_MAX : LOG_PER_AUTHOR_MAX)) return "author";
    return isAdmin ? undefined : "full";
  }

  /** Near the bound each operation asks: once in a while is enough to know who is an admin. */
  #recentMembership(): Membership {
    const isRecent = this.size - this.#recent.size < RECENT_OPERATIONS;
    if (this.#recent.membership === undefined || !isRecent)
      this.#recent = { membership: this.membership, size: this.size };
    return this.#recent.membership ?? this.membership;
  }

  #insert(operation: Operation): void {
    assert(this.size < LOG_OPERATIONS_MAX, "a log over its bound");
    this.#graph.add(operation);
    this.#added.push(operation);
    this.#perAuthor.set(operation.author, (this.#perAuthor.get(operation.author) ?? 0) + 1);
    this.#waiting.delete(operation.id);
    this.#membership = undefined;
  }

  #addWaiting(wall: WallTime): void {
    for (let isDone = false; !isDone; ) {
      isDone = true;
      for (const operation of [...this.#waiting.values()]) {
        if (!operation.parents.every((id) => this.has(id))) continue;
        this.#waiting.delete(operation.id);
        if (this.#place(operation, wall).outcome === "added") isDone = false;
      }
    }
  }

  /** Whoever signs dates far ahead does not displace what will be due soon. */
  #dropFurthest(): void {
    if (this.#held.size <= LOG_HELD_MAX) return;
    const furthest = [...this.#held.values()].reduce((a, b) => (b.date > a.date ? b : a));
    this.#held.delete(furthest.id);
  }
}

function dropOldest(map: Map<OperationId, Operation>, max: number): void {
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}

/** A new process's mark. */
export const newIncarnation = (random: RandomSource): string => bytesToHex(random(16));
