/**
 * Who is linked to whom, as a graph of slots, built once from the lists and kept until they change: ways to
 * everybody by breadth-first search, and members whose loss would divide it (Tarjan 1972, without recursion).
 *
 * @module
 */
import type { ListTable } from "./list-table.ts";

const UNREACHED = 255;
const NOWHERE = -1;

/** Who says that an edge is there. */
export const CLAIM = { ours: 1, theirs: 2, both: 3 } as const;

export class NetGraph {
  readonly size: number;
  /** The edges of `slot` stand in `ends` and `claims` from `starts[slot]` on. */
  readonly #starts: Int32Array;
  readonly #ends: Int16Array;
  readonly #claims: Uint8Array;
  readonly #self: number;
  #ways: { readonly hops: Uint8Array; readonly first: Int16Array; readonly before: Int16Array } | undefined;
  #within: Uint8Array | undefined;

  /** Of the members below `size`; ways begin at `self`. */
  constructor(table: ListTable, size: number, self: number) {
    this.size = size;
    this.#self = self;
    const starts = new Int32Array(size + 1);
    for (let slot = 0; slot < size; slot++) {
      for (let i = table.degree(slot) - 1; i >= 0; i--) {
        const end = table.link(slot, i);
        count(starts, slot + 1);
        if (!table.names(end, slot)) count(starts, end + 1);
      }
    }
    for (let slot = 0; slot < size; slot++) starts[slot + 1] = (starts[slot + 1] ?? 0) + (starts[slot] ?? 0);
    const total = starts[size] ?? 0;
    [this.#starts, this.#ends, this.#claims] = [starts, new Int16Array(total), new Uint8Array(total)];
    const next = starts.slice();
    for (let slot = 0; slot < size; slot++) {
      for (let i = 0; i < table.degree(slot); i++) {
        const end = table.link(slot, i);
        const isMutual = table.names(end, slot);
        this.#put(next, slot, end, isMutual ? CLAIM.both : CLAIM.ours);
        if (!isMutual) this.#put(next, end, slot, CLAIM.theirs);
      }
    }
  }

  /** Index of the first and of the one past the last edge of `slot`. */
  from(slot: number): number {
    return this.#starts[slot] ?? 0;
  }

  to(slot: number): number {
    return this.#starts[slot + 1] ?? 0;
  }

  end(edge: number): number {
    return this.#ends[edge] ?? NOWHERE;
  }

  claim(edge: number): number {
    return this.#claims[edge] ?? 0;
  }

  isLinked(a: number, b: number): boolean {
    return this.claimOf(a, b) === CLAIM.both;
  }

  /** 0: neither says so. */
  claimOf(a: number, b: number): number {
    for (let edge = this.from(a); edge < this.to(a); edge++) if (this.end(edge) === b) return this.claim(edge);
    return 0;
  }

  /** Links on the shortest way from us, `undefined` where there is none. */
  hops(slot: number): number | undefined {
    const hops = this.#walked().hops[slot] ?? UNREACHED;
    return hops === UNREACHED ? undefined : hops;
  }

  /** The neighbour of ours at which that way begins; for a neighbour, itself. */
  first(slot: number): number {
    return this.#walked().first[slot] ?? NOWHERE;
  }

  /** The last member on that way before `slot`. */
  before(slot: number): number {
    return this.#walked().before[slot] ?? NOWHERE;
  }

  /** Whether somebody that we come to names it, in turn named so: what it says itself does not count, it may be gone. */
  isWithin(slot: number): boolean {
    this.#within ??= this.#flood();
    return this.#within[slot] === 1;
  }

  /** Slots without which what hangs together of `among` (1: belongs to it) would fall apart. */
  cutVertices(among: Uint8Array): number[] {
    const cut = new Uint8Array(this.size);
    const depth = new Int32Array(this.size); //  0: not yet there
    const low = new Int32Array(this.size);
    const next = this.#starts.slice(0, this.size);
    const stack: number[] = [];
    let time = 0;
    for (let root = 0; root < this.size; root++) {
      if (among[root] !== 1 || depth[root] !== 0) continue;
      let branches = 0;
      stack.push(root);
      depth[root] = low[root] = ++time;
      while (stack.length > 0) {
        const slot = stack[stack.length - 1] ?? root;
        const edge = next[slot] ?? 0;
        if (edge < this.to(slot)) {
          next[slot] = edge + 1;
          const end = this.end(edge);
          if (among[end] !== 1 || this.claim(edge) !== CLAIM.both) continue;
          if (depth[end] === 0) {
            depth[end] = low[end] = ++time;
            stack.push(end);
            if (slot === root) branches += 1;
          } else low[slot] = Math.min(low[slot] ?? 0, depth[end] ?? 0);
          continue;
        }
        stack.pop();
        const above = stack[stack.length - 1];
        if (above === undefined) continue;
        low[above] = Math.min(low[above] ?? 0, low[slot] ?? 0);
        if (above !== root && (low[slot] ?? 0) >= (depth[above] ?? 0)) cut[above] = 1;
      }
      if (branches > 1) cut[root] = 1;
    }
    const slots: number[] = [];
    for (let slot = 0; slot < this.size; slot++) if (cut[slot] === 1) slots.push(slot);
    return slots;
  }

  #put(next: Int32Array, slot: number, end: number, claim: number): void {
    const at = next[slot] ?? 0;
    next[slot] = at + 1;
    this.#ends[at] = end;
    this.#claims[at] = claim;
  }

  /** A link of ours counts though its other end has not said so yet: it is our own eyes. */
  #walked(): { readonly hops: Uint8Array; readonly first: Int16Array; readonly before: Int16Array } {
    if (this.#ways !== undefined) return this.#ways;
    const hops = new Uint8Array(this.size).fill(UNREACHED);
    const first = new Int16Array(this.size).fill(NOWHERE);
    const before = new Int16Array(this.size).fill(NOWHERE);
    const queue = new Int16Array(this.size);
    let [head, tail] = [0, 0];
    if (this.#self < this.size) {
      hops[this.#self] = 0;
      queue[tail++] = this.#self;
    }
    while (head < tail) {
      const slot = queue[head++] ?? 0;
      const isSelf = slot === this.#self;
      for (let edge = this.from(slot); edge < this.to(slot); edge++) {
        const claim = this.claim(edge);
        if (claim !== CLAIM.both && !(isSelf && claim === CLAIM.ours)) continue;
        const end = this.end(edge);
        if (hops[end] !== UNREACHED) continue;
        hops[end] = Math.min((hops[slot] ?? 0) + 1, UNREACHED - 1);
        first[end] = isSelf ? end : (first[slot] ?? NOWHERE);
        before[end] = slot;
        queue[tail++] = end;
      }
    }
    this.#ways = { hops, first, before };
    return this.#ways;
  }

  #flood(): Uint8Array {
    const within = new Uint8Array(this.size);
    const queue = [this.#self];
    within[this.#self] = 1;
    for (let slot = queue.pop(); slot !== undefined; slot = queue.pop()) {
      for (let edge = this.from(slot); edge < this.to(slot); edge++) {
        const end = this.end(edge);
        if (within[end] === 1 || this.claim(edge) === CLAIM.theirs) continue;
        within[end] = 1;
        queue.push(end);
      }
    }
    return within;
  }
}

function count(numbers: Int32Array, at: number): void {
  numbers[at] = (numbers[at] ?? 0) + 1;
}
