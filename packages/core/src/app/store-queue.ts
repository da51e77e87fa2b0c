/**
 * Transactions of a machine that keeps something across restarts (ADR 11).
 *
 * A machine says what to put, what to delete and what may happen once that is durable. Everything
 * said while one transaction is under way becomes the next one: group commit without a timer, and
 * never more than one transaction in flight. In memory-only mode nothing is put and everything is
 * durable at once.
 *
 * @module
 */
import type { StoreEntry } from "../lib/store-entry.ts";
import type { Instant } from "../lib/time.ts";
import { after } from "../lib/time.ts";
import { STORE_RETRY } from "../wire/limits.ts";

export type { StoreEntry };

/** One transaction: all of it, durably, or nothing. Deletes happen after puts. Answer `handleStored(token)`. */
export interface StoreOutput {
  readonly type: "store";
  readonly token: number;
  readonly puts: readonly StoreEntry[];
  readonly deletes: readonly string[];
}

export class StoreQueue<Effect> {
  readonly #isPersistent: boolean;
  readonly #changes = new Map<string, Uint8Array | undefined>(); // undefined: delete
  #effects: Effect[] = [];
  #done: Effect[] = [];
  #inFlight: { readonly output: StoreOutput; readonly effects: Effect[]; retryAt: Instant | undefined } | undefined;
  #isToRepeat = false;
  #token = 0;

  constructor(options: { readonly isPersistent: boolean }) {
    this.#isPersistent = options.isPersistent;
  }

  get isPersistent(): boolean {
    return this.#isPersistent;
  }

  /** Whether something waits for a transaction that has not been handed out yet. */
  get isDirty(): boolean {
    return this.#changes.size > 0 || this.#effects.length > 0;
  }

  /** Whether a transaction was handed out whose answer is not here. */
  get isBusy(): boolean {
    return this.#inFlight !== undefined;
  }

  put(key: string, value: Uint8Array): void {
    if (this.#isPersistent) this.#changes.set(key, value);
  }

  delete(key: string): void {
    if (this.#isPersistent) this.#changes.set(key, undefined);
  }

  /** `effect` comes out of {@link takeDone} once everything said so far is durable. */
  whenStored(effect: Effect): void {
    if (this.#isPersistent) this.#effects.push(effect);
    else this.#done.push(effect);
  }

  /** The next transaction, if there is one to begin or to repeat now. */
  next(): StoreOutput | undefined {
    if (this.#inFlight !== undefined) {
      if (!this.#isToRepeat) return undefined;
      this.#isToRepeat = false;
      return this.#inFlight.output;
    }
    if (!this.isDirty) return undefined;
    const puts: StoreEntry[] = [];
    const deletes: string[] = [];
    for (const [key, value] of this.#changes) {
      if (value === undefined) deletes.push(key);
      else puts.push({ key, value });
    }
    const output: StoreOutput = { type: "store", token: ++this.#token, puts, deletes };
    this.#inFlight = { output, effects: this.#effects, retryAt: undefined };
    this.#effects = [];
    this.#changes.clear();
    return output;
  }

  /** The transaction is durable. A token that is not in flight is ignored. */
  stored(token: number): void {
    if (this.#inFlight?.output.token !== token) return;
    this.#done.push(...this.#inFlight.effects);
    this.#inFlight = undefined;
    this.#isToRepeat = false;
  }

  /** The transaction was not applied: it comes again after {@link STORE_RETRY}. */
  failed(token: number, now: Instant): void {
    if (this.#inFlight?.output.token === token) this.#inFlight.retryAt = after(now, STORE_RETRY);
  }

  handleTimeout(now: Instant): void {
    const retryAt = this.#inFlight?.retryAt;
    if (this.#inFlight === undefined || retryAt === undefined || now < retryAt) return;
    this.#inFlight.retryAt = undefined;
    this.#isToRepeat = true;
  }

  nextTimeout(): Instant | undefined {
    return this.#inFlight?.retryAt;
  }

  /** What has become durable since the last call, in order. */
  takeDone(): readonly Effect[] {
    if (this.#done.length === 0) return NOTHING;
    const done = this.#done;
    this.#done = [];
    return done;
  }
}

const NOTHING: readonly never[] = [];

/** Removes, in place, what was meant for a channel that is gone. */
export function dropChannelOutputs(outputs: { readonly type: string }[]): void {
  const kept = outputs.filter(({ type }) => type !== "transmit" && type !== "consumed");
  outputs.splice(0, outputs.length, ...kept);
}
