/**
 * Keys that are refused whatever else is known of them (spec/trust.md §3). A key in the store is
 * blocked even if its entry cannot be read: damage may deny, never permit.
 *
 *     "trust/blocked/<PeerId>" = u8 1 · u64 wall time
 *
 * @module
 */
import { type PeerId, parsePeerId } from "../identity/peer-id.ts";
import { Reader } from "../lib/reader.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import type { WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { BLOCKED_MAX } from "../wire/limits.ts";
import {
  type AuditOutput,
  type DamagedOutput,
  entriesUnder,
  type RevokedOutput,
  type StoreOutput,
  storeOutput,
} from "./stored.ts";

const PREFIX = "trust/blocked/";
const VERSION = 1;

export type BlockListOutput = StoreOutput | AuditOutput | RevokedOutput | DamagedOutput;

export class BlockList {
  readonly #since = new Map<PeerId, WallTime>();
  readonly #outputs: BlockListOutput[] = [];

  constructor(restored: Iterable<StoreEntry>) {
    for (const { key, value } of entriesUnder(restored, PREFIX)) {
      const peer = parsePeerId(key);
      if (peer === undefined) this.#outputs.push({ type: "damaged", key: PREFIX + key });
      else this.#since.set(peer, this.#readTime(PREFIX + key, value));
    }
  }

  has(peer: PeerId): boolean {
    return this.#since.has(peer);
  }

  /** In the order in which they were blocked. */
  get peers(): readonly PeerId[] {
    return [...this.#since.keys()];
  }

  get isFull(): boolean {
    return this.#since.size >= BLOCKED_MAX;
  }

  /**
   * Refuses `peer` from now on and ends its sessions. Returns false, and says so in the log, when
   * {@link BLOCKED_MAX} are blocked: nobody is unblocked to make room.
   */
  block(peer: PeerId, wall: WallTime): boolean {
    if (this.#since.has(peer)) return true;
    if (this.isFull) {
      this.#outputs.push({ type: "audit", record: { event: "limitHit", peer, detail: "block list" } });
      return false;
    }
    this.#since.set(peer, wall);
    this.#outputs.push(
      storeOutput([{ key: PREFIX + peer, value: new Writer(9).u8(VERSION).u64(wall).finish() }]),
      { type: "audit", record: { event: "blocked", peer } },
      { type: "revoked", peer },
    );
    return true;
  }

  unblock(peer: PeerId): void {
    if (!this.#since.delete(peer)) return;
    this.#outputs.push(storeOutput([], [PREFIX + peer]), { type: "audit", record: { event: "unblocked", peer } });
  }

  poll(): BlockListOutput | undefined {
    return this.#outputs.shift();
  }

  #readTime(key: string, value: Uint8Array): WallTime {
    try {
      const reader = new Reader(value);
      if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "block list entry");
      const since = reader.u64() as WallTime;
      reader.end();
      return since;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#outputs.push({ type: "damaged", key });
      return 0 as WallTime;
    }
  }
}
