/**
 * What makes a show good once (spec/credential.md §8): the nonces that a verifier gave out, and the static shows that
 * it has seen. In memory: a nonce does not outlive its session, and after a restart a static show counts as new.
 *
 * @module
 */
import { bytesToHex } from "../../lib/hex.ts";
import type { Moment } from "../../lib/moment.ts";
import type { RandomSource } from "../../lib/random.ts";
import { after, type Instant, type WallTime } from "../../lib/time.ts";
import { SHOW_NONCE_LIFETIME, SHOW_NONCES_MAX, STATIC_SHOWS_MAX } from "../../wire/credential-limits.ts";
import { CLOCK_SKEW } from "../../wire/limits.ts";
import { SHOW_NONCE_BYTES } from "./show.ts";

export type NonceOutcome = "fresh" | "unknown" | "late" | "used";

export class ShowMemory {
  /** Oldest first. Used ones stay until they are late, so that a replay is called by its name. */
  readonly #nonces = new Map<string, { readonly deadline: Instant; isUsed: boolean }>();
  readonly #shows = new Map<string, WallTime>();

  /** 32 bytes for one question. Full, it forgets the oldest. */
  nonce(random: RandomSource, now: Instant): Uint8Array {
    const nonce = random(SHOW_NONCE_BYTES).slice();
    const [oldest] = this.#nonces.keys();
    if (this.#nonces.size >= SHOW_NONCES_MAX && oldest !== undefined) this.#nonces.delete(oldest);
    this.#nonces.set(bytesToHex(nonce), { deadline: after(now, SHOW_NONCE_LIFETIME), isUsed: false });
    return nonce;
  }

  /** Whether `nonce` may be answered now; it is used from here on, whatever the rest of the show is worth. */
  take(nonce: Uint8Array, now: Instant): NonceOutcome {
    const known = this.#nonces.get(bytesToHex(nonce));
    if (known === undefined) return "unknown";
    if (known.isUsed) return "used";
    known.isUsed = true;
    return now < known.deadline ? "fresh" : "late";
  }

  hasSeen(id: Uint8Array): boolean {
    return this.#shows.has(bytesToHex(id));
  }

  /** A static show that was found good, until it ends. Full, it forgets those that ended, else the oldest. */
  remember(id: Uint8Array, ends: WallTime, { wall }: Moment): void {
    if (this.#shows.size >= STATIC_SHOWS_MAX) {
      for (const [key, end] of this.#shows) if (end + CLOCK_SKEW < wall) this.#shows.delete(key);
      const [oldest] = this.#shows.keys();
      if (this.#shows.size >= STATIC_SHOWS_MAX && oldest !== undefined) this.#shows.delete(oldest);
    }
    this.#shows.set(bytesToHex(id), ends);
  }
}
