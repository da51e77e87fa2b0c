/**
 * How somebody is reached, in words: `direct`, `relayed by relay.example`, `through Ada`.
 *
 * @module
 */
import type { AroundPeer } from "../around.ts";
import { safeText } from "./terminal-text.ts";

/** `remote` of a relayed link is `relay HOST KEY`. */
export function pathWords({ kind, remote, through }: NonNullable<AroundPeer["path"]>): string {
  if (kind === "relayed") return `relayed by ${safeText(/^relay (\S+)/.exec(remote)?.[1] ?? remote, 60)}`;
  if (kind === "routed") return `through ${through === undefined ? "a room" : safeText(through, 40)}`;
  return "direct";
}
