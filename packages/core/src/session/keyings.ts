/**
 * The keyings of one session: the newest, which sends and receives, and the one before, which goes
 * on receiving until a record opens under the newest, 60 s at the longest (spec/session.md §8).
 *
 * @module
 */
import { after, type Instant } from "../lib/time.ts";
import { OLD_KEYS_LIFETIME } from "../wire/limits.ts";
import type { KeyingState } from "./keying-state.ts";

/** Receiver's indices of keyings long gone that are remembered, so that their last records are no fault of a link. */
const OLD_INDICES_MAX = 8;

export class Keyings {
  #current: KeyingState;
  #isConfirmed = false; // whether a record opened under it
  #previous: { readonly keyed: KeyingState; readonly until: Instant } | undefined;
  readonly #oldIndices: number[] = [];

  constructor(first: KeyingState) {
    this.#current = first;
  }

  get current(): KeyingState {
    return this.#current;
  }

  adopt(newest: KeyingState, now: Instant): void {
    this.#retirePrevious();
    this.#previous = { keyed: this.#current, until: after(now, OLD_KEYS_LIFETIME) };
    this.#current = newest;
    this.#isConfirmed = false;
  }

  /** The keying whose records carry this receiver's index. */
  withIndex(index: number, now: Instant): KeyingState | undefined {
    if (this.#current.localIndex === index) return this.#current;
    if (this.#previous === undefined || now >= this.#previous.until) return undefined;
    return this.#previous.keyed.localIndex === index ? this.#previous.keyed : undefined;
  }

  /** Whether records with this index came too late rather than out of nowhere. */
  isOldIndex(index: number): boolean {
    return this.#oldIndices.includes(index) || this.#previous?.keyed.localIndex === index;
  }

  /** `keyed` as one of ours, if its keys are still in use. */
  living(keyed: object): KeyingState | undefined {
    if (keyed === this.#current) return this.#current;
    return keyed === this.#previous?.keyed ? this.#previous.keyed : undefined;
  }

  /** A record opened under `keyed`; true if that is the first one under the newest. */
  handleOpened(keyed: KeyingState): boolean {
    if (keyed !== this.#current || this.#isConfirmed) return false;
    this.#isConfirmed = true;
    this.#retirePrevious();
    return true;
  }

  handleTimeout(now: Instant): void {
    if (this.#previous !== undefined && now >= this.#previous.until) this.#retirePrevious();
  }

  nextTimeout(): Instant | undefined {
    return this.#previous?.until;
  }

  wipe(): void {
    this.#retirePrevious();
    this.#current.wipe();
  }

  #retirePrevious(): void {
    if (this.#previous === undefined) return;
    const { keyed } = this.#previous;
    keyed.wipe();
    this.#previous = undefined;
    this.#oldIndices.push(keyed.localIndex);
    if (this.#oldIndices.length > OLD_INDICES_MAX) this.#oldIndices.shift();
  }
}
