/**
 * What is measured: two halves, one for the process that listens and one for the process that dials
 * and measures. Both are fresh for every cell of every round.
 *
 * @module
 */
export interface Scenario {
  readonly title: string;
  readonly unit: string;
  /** Smaller is better: a time, or memory. */
  readonly isLess?: true;
  /** Who takes part, with the pieces of work in one run: as many as take a second or two. */
  readonly counts: Readonly<Record<string, number>>;
  /** Kith's value divided by another's: at least this, or at most where less is better. */
  readonly ratioGoals?: Readonly<Record<string, number>>;
  /** Kith's own value. */
  readonly goal?: number;
  /** A cost beside the value, of which less is better: Kith's divided by each other's is shown too. */
  readonly cost?: string;
  /** Of Kith's other figures: at most so much, or so much of another contender's; medians of the rounds. */
  readonly extraGoals?: readonly { readonly name: string; readonly atMost: number; readonly of?: string }[];
  answer(contender: string, count: number): Promise<Answering>;
  ask(contender: string, address: string, count: number): Promise<Figures>;
}

export interface Answering {
  /** What the other half needs to know. */
  readonly address: string;
  /** Figures of this half, when the other has ended; the larger of two counts. `cpu` is what processes of its own took, in seconds. */
  finish?(): Promise<Extra>;
}

export type Extra = Readonly<Record<string, number>>;

export interface Figures {
  /** In the scenario's unit; absent if it comes from `extra` of both halves, under the name `value`. */
  readonly value: number;
  readonly extra?: Extra;
}

/** Somebody takes no part because something is not on this machine: the message says what, and what to do. */
export class Missing extends Error {
  override readonly name = "Missing";
}

export const secondsSince = (started: bigint): number => Number(process.hrtime.bigint() - started) / 1e9;

export function percentile(sorted: ArrayLike<number>, fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}
