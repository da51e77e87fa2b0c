/**
 * What the store holds of each peer, where keys are `<prefix><PeerId>/<the machine's own>`.
 *
 * @module
 */
import { type PeerId, parsePeerId } from "../identity/peer-id.ts";
import type { StoreEntry } from "../lib/store-entry.ts";

const PEER_ID_DIGITS = 64;

/** Entries under `prefix` by peer, with the keys that the peer's machine gave them; others are left alone. */
export function entriesByPeer(restored: readonly StoreEntry[], prefix: string): Map<PeerId, StoreEntry[]> {
  const byPeer = new Map<PeerId, StoreEntry[]>();
  const start = prefix.length + PEER_ID_DIGITS + 1;
  for (const { key, value } of restored) {
    const peer = key.startsWith(prefix) ? parsePeerId(key.slice(prefix.length, start - 1)) : undefined;
    if (peer === undefined) continue;
    const entries = byPeer.get(peer) ?? [];
    entries.push({ key: key.slice(start), value });
    byPeer.set(peer, entries);
  }
  return byPeer;
}
