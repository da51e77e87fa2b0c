/**
 * Operations and who comes before whom. An operation has a number here, by the order in which it was added;
 * numbers are this replica's own, so nothing that replicas must agree on may depend on them.
 *
 * Ancestors are bit sets: a question about two operations is one look, and a full log of 8,192 takes 4 MB.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { compareRank, type Operation, type OperationId } from "./operation.ts";

/** One bit for each operation of a graph, by number; bits beyond its length are 0. */
export type OperationSet = Uint32Array;

export const hasBit = (set: OperationSet, number: number): boolean =>
  ((set[number >>> 5] ?? 0) & (1 << (number & 31))) !== 0;

export class OperationGraph {
  readonly #operations: Operation[] = [];
  readonly #numbers = new Map<OperationId, number>();
  /** Of each operation: its ancestors, without itself. */
  readonly #ancestors: OperationSet[] = [];
  /** Of each operation: the latest date of it and its ancestors. */
  readonly #latest: number[] = [];
  readonly #heads = new Set<number>();
  /** By author, process and sequence: the operations with that number. */
  readonly #statements = new Map<string, number[]>();
  readonly #nextSequences = new Map<string, number>();
  readonly #contradictions: number[][] = [];

  get size(): number {
    return this.#operations.length;
  }

  /** Operations that nothing descends from, by id. */
  get heads(): OperationId[] {
    return [...this.#heads].map((number) => this.at(number).id).sort();
  }

  /** Statements of one author, process and sequence that are more than one. */
  get contradictions(): readonly (readonly number[])[] {
    return this.#contradictions;
  }

  /** All parents are here, and it is not. */
  add(operation: Operation): number {
    assert(!this.#numbers.has(operation.id), "operation added twice");
    const number = this.#operations.length;
    const set = new Uint32Array((number + 31) >>> 5);
    for (const id of operation.parents) {
      const parent = this.numberOf(id);
      assert(parent !== undefined, "operation added before its parent");
      (this.#ancestors[parent] ?? []).forEach((word, i) => {
        set[i] = (set[i] ?? 0) | word;
      });
      set[parent >>> 5] = (set[parent >>> 5] ?? 0) | (1 << (parent & 31));
      this.#heads.delete(parent);
    }
    this.#latest.push(Math.max(operation.date, this.latestOf(operation.parents)));
    this.#operations.push(operation);
    this.#numbers.set(operation.id, number);
    this.#ancestors.push(set);
    this.#heads.add(number);
    this.#state(operation, number);
    return number;
  }

  at(number: number): Operation {
    const operation = this.#operations[number];
    assert(operation !== undefined, `no operation ${number}`);
    return operation;
  }

  numberOf(id: OperationId): number | undefined {
    return this.#numbers.get(id);
  }

  get(id: OperationId): Operation | undefined {
    const number = this.#numbers.get(id);
    return number === undefined ? undefined : this.at(number);
  }

  /** The latest date of `ids` and of all that comes before them; 0 for none. */
  latestOf(ids: readonly OperationId[]): number {
    return Math.max(0, ...ids.map((id) => this.#latest[this.numberOf(id) ?? -1] ?? 0));
  }

  /** Whether `a` comes before `b`, and is not `b`. */
  isBefore(a: number, b: number): boolean {
    const set = this.#ancestors[b];
    return set !== undefined && hasBit(set, a);
  }

  /** `numbers` and all that comes before them. */
  closure(numbers: readonly number[]): OperationSet {
    const set = new Uint32Array((this.size + 31) >>> 5);
    for (const number of numbers) {
      this.#ancestors[number]?.forEach((word, i) => {
        set[i] = (set[i] ?? 0) | word;
      });
      set[number >>> 5] = (set[number >>> 5] ?? 0) | (1 << (number & 31));
    }
    return set;
  }

  /** All that is not one of `numbers` nor comes before one, parents first. */
  outside(numbers: readonly number[]): readonly Operation[] {
    const known = this.closure(numbers);
    return this.#operations.filter((_, number) => !hasBit(known, number));
  }

  /** In the order in which they were added: parents first. */
  operations(): readonly Operation[] {
    return this.#operations;
  }

  /** All numbers, by rank: the same order of operations for everybody. */
  byRank(): number[] {
    return this.#operations.map((_, number) => number).sort((a, b) => compareRank(this.at(a), this.at(b)));
  }

  #state({ author, incarnation, sequence }: Operation, number: number): void {
    const key = statementKey(author, incarnation, sequence);
    const known = this.#statements.get(key);
    const process = `${author} ${incarnation}`;
    this.#nextSequences.set(process, Math.max(sequence + 1, this.#nextSequences.get(process) ?? 0));
    if (known === undefined) this.#statements.set(key, [number]);
    else if (known.push(number) === 2) this.#contradictions.push(known);
  }

  /** One more than the highest sequence of `author` in that process; 0 if there is none. */
  nextSequence(author: PeerId, incarnation: string): number {
    return this.#nextSequences.get(`${author} ${incarnation}`) ?? 0;
  }
}

const statementKey = (author: PeerId, incarnation: string, sequence: number): string =>
  `${author} ${incarnation} ${sequence}`;
