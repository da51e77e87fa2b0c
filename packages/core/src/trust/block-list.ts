/**
 * Keys that are refused whatever else is known of them (spec/trust.md §3). A key in the store is
 * blocked even if its entry cannot be read: damage may deny, never permit.
 *
 *     "trust/blocked/<PeerId>" = u8 1 · u64 wall time · text our name for it, or nothing
 *
 * @module
 */
import { type PeerId, parsePeerId } from "../identity/peer-id.ts";
import { Reader } from "../lib/reader.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import type { WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { BLOCKED_MAX, NAME_BYTES_MAX } from "../wire/limits.ts";
import { isCleanName } from "./display-name.ts";
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

export interface Blocked {
  readonly peer: PeerId;
  readonly since: WallTime;
  /** What we called it, so that a person knows whom to unblock. Empty if we did not. */
  readonly name: string;
}

export class BlockList {
  readonly #entries = new Map<PeerId, Blocked>();
  readonly #outputs: BlockListOutput[] = [];

  constructor(restored: Iterable<StoreEntry>) {
    for (const { key, value } of entriesUnder(restored, PREFIX)) {
      const peer = parsePeerId(key);
      if (peer === undefined) this.#outputs.push({ type: "damaged", key: PREFIX + key });
      else this.#entries.set(peer, { peer, ...this.#read(PREFIX + key, value) });
    }
  }

  has(peer: PeerId): boolean {
    return this.#entries.has(peer);
  }

  /** In the order in which they were blocked. */
  get peers(): readonly PeerId[] {
    return [...this.#entries.keys()];
  }

  /** In the same order. */
  get entries(): readonly Blocked[] {
    return [...this.#entries.values()];
  }

  get isFull(): boolean {
    return this.#entries.size >= BLOCKED_MAX;
  }

  /**
   * Refuses `peer` from now on and ends its sessions. Returns false, and says so in the log, when
   * {@link BLOCKED_MAX} are blocked: nobody is unblocked to make room. `name` is a clean one, or empty.
   */
  block(peer: PeerId, wall: WallTime, name = ""): boolean {
    if (this.#entries.has(peer)) return true;
    if (this.isFull) {
      this.#outputs.push({ type: "audit", record: { event: "limitHit", peer, detail: "block list" } });
      return false;
    }
    this.#entries.set(peer, { peer, since: wall, name });
    this.#outputs.push(
      storeOutput([{ key: PREFIX + peer, value: new Writer().u8(VERSION).u64(wall).text(name).finish() }]),
      { type: "audit", record: { event: "blocked", peer } },
      { type: "revoked", peer },
    );
    return true;
  }

  unblock(peer: PeerId): void {
    if (!this.#entries.delete(peer)) return;
    this.#outputs.push(storeOutput([], [PREFIX + peer]), { type: "audit", record: { event: "unblocked", peer } });
  }

  poll(): BlockListOutput | undefined {
    return this.#outputs.shift();
  }

  #read(key: string, value: Uint8Array): Omit<Blocked, "peer"> {
    try {
      return decodeBlocked(value);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#outputs.push({ type: "damaged", key });
      return { since: 0 as WallTime, name: "" };
    }
  }
}

/** @throws {WireError} on anything that {@link BlockList} does not write. */
export function decodeBlocked(value: Uint8Array): Omit<Blocked, "peer"> {
  const reader = new Reader(value);
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "block list entry");
  const since = reader.u64() as WallTime;
  const name = reader.left === 0 ? "" : reader.text(NAME_BYTES_MAX); // nothing: from before names were kept
  reader.end();
  if (!isCleanName(name)) throw new WireError("ERR_TEXT", "block list entry");
  return { since, name };
}
