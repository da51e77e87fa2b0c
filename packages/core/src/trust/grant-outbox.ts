/**
 * What one contact is still to be told about grants, and what it was told (spec/grants.md §3): those
 * we gave it, those we show it, and those we took back. A grant stays here until it ends, so that its
 * revocation can be told; a revocation until the contact has taken it.
 *
 *     "out/<id>" = u8 1 · u8 what (1 give, 2 show, 3 revoke) · u8 1 if taken · the grant
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { Reader } from "../lib/reader.ts";
import { type Instant, sooner, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { GRANTS_PER_PEER_MAX, REVOCATIONS_PER_PEER_MAX } from "../wire/limits.ts";
import { decodeGrant, type Grant, grantEndsAt, isGrantGenuine } from "./grant.ts";

const VERSION = 1;
const WHAT = { give: 1, show: 2, revoke: 3 } as const;

export type NewsKind = keyof typeof WHAT;

export interface News {
  readonly what: NewsKind;
  readonly grant: Grant;
  /** `storing`: not said before it is durable. `refused`: not again before the next session. */
  state: "storing" | "waiting" | "said" | "refused" | "taken";
  readonly endsAt: Instant | undefined;
}

export class GrantOutbox {
  readonly #news = new Map<string, News>();

  get waiting(): number {
    let count = 0;
    for (const { state } of this.#news.values()) if (state === "waiting") count++;
    return count;
  }

  get(id: string): News | undefined {
    return this.#news.get(id);
  }

  of(what: NewsKind): readonly Grant[] {
    return [...this.#news.values()].filter((news) => news.what === what).map(({ grant }) => grant);
  }

  /** False at {@link GRANTS_PER_PEER_MAX} of its kind. What was said of the same grant before is replaced. */
  add(what: "give" | "show", grant: Grant, now: Instant, wall: WallTime): boolean {
    const known = this.#news.get(grant.id);
    if (known?.what !== what && this.of(what).length >= GRANTS_PER_PEER_MAX) return false;
    this.#put(what, grant, grantEndsAt(grant, now, wall));
    return true;
  }

  /** Gives the oldest revocation that had to make room at {@link REVOCATIONS_PER_PEER_MAX}. */
  addRevocation(grant: Grant, now: Instant, wall: WallTime): Grant | undefined {
    const [oldest] = this.#news.get(grant.id)?.what === "revoke" ? [] : this.#revocationsIfFull();
    if (oldest !== undefined) this.#news.delete(oldest.id);
    this.#put("revoke", grant, grantEndsAt(grant, now, wall));
    return oldest;
  }

  remove(id: string): boolean {
    return this.#news.delete(id);
  }

  /** The next to say, which is said now. */
  take(): News | undefined {
    for (const news of this.#news.values()) {
      if (news.state !== "waiting") continue;
      news.state = "said";
      return news;
    }
    return undefined;
  }

  /** It is durable, unless it has been replaced meanwhile. */
  stored(news: News): void {
    if (this.#news.get(news.grant.id) === news && news.state === "storing") news.state = "waiting";
  }

  /** The channel is gone: what was said there and not answered waits again. */
  landAll(): void {
    for (const news of this.#news.values()) if (news.state === "said") news.state = "waiting";
  }

  /** Another session may find another answer. */
  retryRefused(): void {
    for (const news of this.#news.values()) if (news.state === "refused") news.state = "waiting";
  }

  /** Removes what is over by now, and gives its ids. */
  expire(now: Instant): readonly string[] {
    const over = [...this.#news].filter(([, { endsAt }]) => endsAt !== undefined && endsAt <= now).map(([id]) => id);
    for (const id of over) this.#news.delete(id);
    return over;
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const { endsAt } of this.#news.values()) next = sooner(next, endsAt);
    return next;
  }

  /** False: unreadable. */
  restore(provider: CryptoProvider, id: string, value: Uint8Array, now: Instant, wall: WallTime): boolean {
    try {
      const { what, isTaken, grant } = decodeNews(value);
      if (grant.id !== id || !isGrantGenuine(provider, grant)) return false;
      this.#news.set(id, { what, grant, state: isTaken ? "taken" : "waiting", endsAt: grantEndsAt(grant, now, wall) });
      return true;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return false;
    }
  }

  #put(what: NewsKind, grant: Grant, endsAt: Instant | undefined): void {
    this.#news.delete(grant.id); // so that it comes last
    this.#news.set(grant.id, { what, grant, state: "storing", endsAt });
  }

  #revocationsIfFull(): readonly Grant[] {
    const revocations = this.of("revoke");
    return revocations.length < REVOCATIONS_PER_PEER_MAX ? [] : revocations;
  }
}

export const encodeNews = ({ what, state, grant }: News): Uint8Array =>
  new Writer(256)
    .u8(VERSION)
    .u8(WHAT[what])
    .u8(state === "taken" ? 1 : 0)
    .bytes(grant.bytes)
    .finish();

function decodeNews(bytes: Uint8Array): { what: NewsKind; isTaken: boolean; grant: Grant } {
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "grant news");
  const [what, taken] = [kindOf(reader.u8()), reader.u8()];
  if (taken > 1) throw new WireError("ERR_VALUE", `taken ${taken}`);
  return { what, isTaken: taken === 1, grant: decodeGrant(bytes.subarray(3)) };
}

function kindOf(number: number): NewsKind {
  if (number === WHAT.give) return "give";
  if (number === WHAT.show) return "show";
  if (number === WHAT.revoke) return "revoke";
  throw new WireError("ERR_VALUE", `grant news ${number}`);
}
