/**
 * Shares in the relay's database (spec/relay-http.md §3), as {@link MemoryRelayState} keeps them. Each of these runs
 * inside a transaction of the state: a use is counted on the disk before anybody has the bytes.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  bytesEqual,
  RELAY_SHARES_BYTES_PER_KEY_MAX,
  RELAY_SHARES_PER_KEY_MAX,
  type RelayAnswers,
  type RelayQuestions,
  type StateBounds,
} from "@kith/core";
import { bytesIn, numberIn } from "./store-statements.ts";

/** One that ended early has no bytes, and its id stays until its time is up. */
const TEXTS = {
  share: "SELECT key, uses, uses_left, bytes, sealed FROM shares WHERE id = ? AND until > ?",
  put: "INSERT INTO shares (id, key, uses, uses_left, until, bytes, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)",
  use: "UPDATE shares SET uses_left = uses_left - 1 WHERE id = ? AND uses_left > 0",
  end: "UPDATE shares SET uses_left = 0, bytes = 0, sealed = x'' WHERE id = ?",
  drop: "DELETE FROM shares WHERE id = ? AND until <= ?",
  ofKey: "SELECT count(*) AS count, ifnull(sum(bytes), 0) AS bytes FROM shares WHERE key = ? AND until > ?",
  totals: "SELECT shares, bytes FROM share_totals",
  purge: "DELETE FROM shares WHERE key = ?",
  sweep: "DELETE FROM shares WHERE id IN (SELECT id FROM shares WHERE until <= ? LIMIT 2000)",
} as const;

type Bounds = Pick<StateBounds, "sharesMax" | "sharesBytesMax">;

export class ShareTable {
  readonly #bounds: Bounds;
  readonly #sql: Readonly<Record<keyof typeof TEXTS, StatementSync>>;

  constructor(database: DatabaseSync, bounds: Bounds) {
    this.#bounds = bounds;
    const prepared = Object.entries(TEXTS).map(([name, text]) => [name, database.prepare(text)] as const);
    this.#sql = Object.fromEntries(prepared) as Record<keyof typeof TEXTS, StatementSync>;
  }

  get gauges(): { readonly shares: number; readonly sharesBytes: number } {
    const totals = this.#sql.totals.get();
    return { shares: numberIn(totals, "shares"), sharesBytes: numberIn(totals, "bytes") };
  }

  /** `key` is known. */
  keep({ key, id, sealed, uses, until, wall }: RelayQuestions["keepShare"]): "kept" | "taken" | "full" {
    const before = this.#sql.share.get(id, wall);
    if (before !== undefined) {
      const [by, bytes] = [bytesIn(before, "key"), bytesIn(before, "sealed")];
      const isSame = by !== undefined && bytes !== undefined && bytesEqual(by, key) && bytesEqual(bytes, sealed);
      return isSame ? "kept" : "taken";
    }
    this.#sql.drop.run(id, wall);
    const own = this.#sql.ofKey.get(key, wall);
    const { shares, sharesBytes } = this.gauges;
    const isFull =
      numberIn(own, "count") >= RELAY_SHARES_PER_KEY_MAX ||
      numberIn(own, "bytes") + sealed.length > RELAY_SHARES_BYTES_PER_KEY_MAX ||
      shares >= this.#bounds.sharesMax ||
      sharesBytes + sealed.length > this.#bounds.sharesBytesMax;
    if (isFull) return "full";
    this.#sql.put.run(id, key, uses, uses, until, sealed.length, sealed);
    return "kept";
  }

  take({ id, wall }: RelayQuestions["takeShare"]): RelayAnswers["takeShare"] {
    const share = this.#sql.share.get(id, wall);
    const sealed = bytesIn(share, "sealed");
    if (sealed === undefined) return { type: "takeShare", verdict: "unknown" };
    if (numberIn(share, "bytes") === 0) return { type: "takeShare", verdict: "ended" };
    if (numberIn(share, "uses") > 0) {
      this.#sql.use.run(id);
      if (numberIn(share, "uses_left") === 1) this.#sql.end.run(id);
    }
    return { type: "takeShare", verdict: "given", sealed };
  }

  end({ key, id, wall }: RelayQuestions["endShare"]): RelayAnswers["endShare"] {
    const by = bytesIn(this.#sql.share.get(id, wall), "key");
    const isTheirs = by !== undefined && bytesEqual(by, key);
    if (isTheirs) this.#sql.end.run(id);
    return { type: "endShare", verdict: isTheirs ? "ended" : "unknown" };
  }

  purge(key: Uint8Array): void {
    this.#sql.purge.run(key);
  }

  sweep(wall: number): void {
    this.#sql.sweep.run(wall);
  }
}
