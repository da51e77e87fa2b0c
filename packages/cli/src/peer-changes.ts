/**
 * What became different among nearby peers, as lines for a log.
 *
 * @module
 */
import type { NumberedPeer } from "./render/peer-table.ts";
import { safeText } from "./render/terminal-text.ts";

export interface PeerChange extends NumberedPeer {
  readonly what: "appeared" | "changed" | "gone";
}

/** What differs, by sighting. That it was seen again is no change. */
export function changes(before: readonly NumberedPeer[], after: readonly NumberedPeer[]): readonly PeerChange[] {
  const idOf = ({ nearby }: NumberedPeer): string => nearby.peer ?? nearby.key;
  const shown = ({ nearby }: NumberedPeer): string => JSON.stringify({ ...nearby, seenAt: 0 });
  const old = new Map(before.map((one) => [idOf(one), one]));
  const left = new Set(after.map(idOf));
  const news = after.flatMap((one): PeerChange[] => {
    const was = old.get(idOf(one));
    if (was !== undefined && shown(was) === shown(one)) return [];
    return [{ ...one, what: was === undefined ? "appeared" : "changed" }];
  });
  const gone = before.filter((one) => !left.has(idOf(one))).map((one): PeerChange => ({ ...one, what: "gone" }));
  return [...news, ...gone];
}

export function describeChange({ what, number, nearby }: PeerChange): string {
  const who = nearby.isContact ? "contact" : "stranger";
  const where = nearby.hints[0] === undefined ? "" : `  ${safeText(nearby.hints[0], 48)}`;
  const name = safeText(nearby.name ?? "(no name shown)", 32);
  return `${what.padEnd(8)}  ${String(number).padStart(2)}  ${name}  ${who}${where}`;
}
