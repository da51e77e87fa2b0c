/**
 * Shares that a relay keeps in memory, and what they may amount to (spec/relay-http.md §3).
 *
 * One that ended early leaves its id until its time is up: a put that was under way brings nothing back.
 *
 * @module
 */
import { bytesEqual } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { WallTime } from "../lib/time.ts";
import {
  RELAY_SHARE_TAKES_PER_MINUTE,
  RELAY_SHARES_BYTES_PER_KEY_MAX,
  RELAY_SHARES_PER_KEY_MAX,
  RELAY_SHARES_PER_MINUTE,
  RELAY_SHARES_PER_SOURCE_PER_MINUTE,
} from "../wire/relay-limits.ts";
import { RateBook } from "./rate-book.ts";
import type { RelayAnswers, RelayQuestions } from "./relay-state.ts";

interface Share {
  readonly key: Uint8Array;
  readonly uses: number;
  readonly until: WallTime;
  /** How often it may still be taken, where that is counted. */
  left: number;
  /** `undefined`: it has ended. */
  sealed: Uint8Array | undefined;
}

type Counted = RelayQuestions["keepShare"] | RelayQuestions["takeShare"];

/** How often shares are put and taken, which is counted in memory alone: it names addresses, and lasts a minute. */
export class ShareRates {
  readonly #rates = new RateBook();

  /** Until when it must wait; `undefined`: it was counted. */
  take(question: Counted): WallTime | undefined {
    const { source, wall } = question;
    if (question.type === "takeShare") return this.#rates.take(`take ${source}`, RELAY_SHARE_TAKES_PER_MINUTE, wall);
    return (
      this.#rates.take(`key ${bytesToHex(question.key)}`, RELAY_SHARES_PER_MINUTE, wall) ??
      this.#rates.take(`keep ${source}`, RELAY_SHARES_PER_SOURCE_PER_MINUTE, wall)
    );
  }

  sweep(wall: WallTime): void {
    this.#rates.sweep(wall);
  }
}

export class ShareShelf {
  readonly #bounds: { readonly sharesMax: number; readonly sharesBytesMax: number };
  readonly #shares = new Map<string, Share>();
  readonly #rates = new ShareRates();
  #bytes = 0;

  constructor(bounds: { readonly sharesMax: number; readonly sharesBytesMax: number }) {
    this.#bounds = bounds;
  }

  keep(question: RelayQuestions["keepShare"], isKnown: boolean): RelayAnswers["keepShare"] {
    const until = this.#rates.take(question);
    if (until !== undefined) return { type: "keepShare", verdict: "paused", until };
    return { type: "keepShare", verdict: isKnown ? this.#keep(question) : "stranger" };
  }

  #keep({ key, id, sealed, uses, until, wall }: RelayQuestions["keepShare"]): "kept" | "taken" | "full" {
    this.#forget((share) => wall >= share.until);
    const name = bytesToHex(id);
    const before = this.#shares.get(name);
    if (before !== undefined) return isSame(before, key, sealed) ? "kept" : "taken";
    const own = [...this.#shares.values()].filter((share) => bytesEqual(share.key, key));
    const ownBytes = own.reduce((sum, share) => sum + (share.sealed?.length ?? 0), 0);
    const isFull =
      own.length >= RELAY_SHARES_PER_KEY_MAX ||
      ownBytes + sealed.length > RELAY_SHARES_BYTES_PER_KEY_MAX ||
      this.#shares.size >= this.#bounds.sharesMax ||
      this.#bytes + sealed.length > this.#bounds.sharesBytesMax;
    if (isFull) return "full";
    this.#shares.set(name, { key, uses, until, left: uses, sealed });
    this.#bytes += sealed.length;
    return "kept";
  }

  take(question: RelayQuestions["takeShare"]): RelayAnswers["takeShare"] {
    const until = this.#rates.take(question);
    if (until !== undefined) return { type: "takeShare", verdict: "paused", until };
    const share = this.#shares.get(bytesToHex(question.id));
    if (share === undefined || question.wall >= share.until) return { type: "takeShare", verdict: "unknown" };
    const { sealed } = share;
    if (sealed === undefined) return { type: "takeShare", verdict: "ended" };
    if (share.uses > 0) share.left -= 1;
    if (share.uses > 0 && share.left === 0) this.#end(share);
    return { type: "takeShare", verdict: "given", sealed };
  }

  end({ key, id, wall }: RelayQuestions["endShare"]): RelayAnswers["endShare"] {
    const share = this.#shares.get(bytesToHex(id));
    const isTheirs = share !== undefined && wall < share.until && bytesEqual(share.key, key);
    if (isTheirs) this.#end(share);
    return { type: "endShare", verdict: isTheirs ? "ended" : "unknown" };
  }

  purge(key: Uint8Array): void {
    this.#forget((share) => bytesEqual(share.key, key));
  }

  sweep(wall: WallTime): void {
    this.#forget((share) => wall >= share.until);
    this.#rates.sweep(wall);
  }

  #end(share: Share): void {
    this.#bytes -= share.sealed?.length ?? 0;
    share.sealed = undefined;
  }

  #forget(isGone: (share: Share) => boolean): void {
    for (const [name, share] of this.#shares) {
      if (!isGone(share)) continue;
      this.#end(share);
      this.#shares.delete(name);
    }
  }
}

const isSame = ({ key, sealed }: Share, by: Uint8Array, bytes: Uint8Array): boolean =>
  bytesEqual(key, by) && sealed !== undefined && bytesEqual(sealed, bytes);
