/**
 * How somebody is reached, in words: `direct`, `relayed by relay.example`, `through a room`.
 *
 * @module
 */
import type { PathView } from "@kith/sdk";
import { safeText } from "./terminal-text.ts";

/** `remote` of a relayed link is `relay HOST KEY`. */
export function pathWords({ kind, remote }: Pick<PathView, "kind" | "remote">): string {
  if (kind === "relayed") return `relayed by ${safeText(/^relay (\S+)/.exec(remote)?.[1] ?? remote, 60)}`;
  return kind === "routed" ? "through a room" : "direct";
}
