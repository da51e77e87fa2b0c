/**
 * What the machines of trust ask to have kept, and what they tell the log. A machine gives its
 * entries back to itself at the next start, through its constructor's `restored`.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import type { AuditRecord } from "./audit-event.ts";

/** One transaction: all of it is kept, or nothing. */
export interface StoreOutput {
  readonly type: "store";
  /** Above 0: the machine waits for `handleStored(token)` before it goes on. 0: nobody waits. */
  readonly token: number;
  readonly puts: readonly StoreEntry[];
  readonly deletes: readonly string[];
}

/** A line for the audit log. */
export interface AuditOutput {
  readonly type: "audit";
  readonly record: AuditRecord;
}

/** Trust in `peer` ended: its sessions are to be closed (registry, `CLOSE.revoked`), its resume secret wiped. */
export interface RevokedOutput {
  readonly type: "revoked";
  readonly peer: PeerId;
}

/** A stored entry that could not be read. What it said is denied, never assumed. */
export interface DamagedOutput {
  readonly type: "damaged";
  readonly key: string;
}

export const storeOutput = (puts: readonly StoreEntry[], deletes: readonly string[] = [], token = 0): StoreOutput => ({
  type: "store",
  token,
  puts,
  deletes,
});

/** The entries whose key begins with `prefix`, the prefix taken off. */
export function* entriesUnder(restored: Iterable<StoreEntry>, prefix: string): Iterable<StoreEntry> {
  for (const { key, value } of restored) if (key.startsWith(prefix)) yield { key: key.slice(prefix.length), value };
}
