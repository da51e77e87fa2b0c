/**
 * What became different among nearby peers, as lines for a log.
 *
 * @module
 */
import type { NearbyPeer } from "@kith/sdk";
import { pathWords } from "./render/path-words.ts";
import type { NumberedPeer } from "./render/peer-table.ts";
import { safeText } from "./render/terminal-text.ts";

export interface PeerChange extends NumberedPeer {
  readonly what: "appeared" | "changed" | "gone";
}

/** What differs, by sighting. That it was seen again is no change. */
export function changes(before: readonly NumberedPeer[], after: readonly NumberedPeer[]): readonly PeerChange[] {
  const shown = ({ nearby }: NumberedPeer): string => JSON.stringify({ ...nearby, seenAt: 0 });
  const left = new Set(before);
  const news: PeerChange[] = [];
  for (const one of after) {
    const was = before.find((old) => isSame(old.nearby, one.nearby));
    if (was !== undefined) left.delete(was);
    if (was === undefined || shown(was) !== shown(one))
      news.push({ ...one, what: was === undefined ? "appeared" : "changed" });
  }
  return [...news, ...[...left].map((one): PeerChange => ({ ...one, what: "gone" }))];
}

/** One sighting that is known better now, or one peer that is seen anew. */
const isSame = (a: NearbyPeer, b: NearbyPeer): boolean =>
  a.key === b.key || (a.peer !== undefined && a.peer === b.peer);

export function describeChange({ what, number, nearby }: PeerChange): string {
  const who = nearby.isContact ? "contact" : "stranger";
  const way = nearby.path === undefined || nearby.path.kind === "tcp" ? nearby.hints[0] : pathWords(nearby.path);
  const where = way === undefined ? "" : `  ${safeText(way, 60)}`;
  const name = safeText(nearby.name ?? "(no name shown)", 32);
  return `${what.padEnd(8)}  ${String(number).padStart(2)}  ${name}  ${who}${where}`;
}
