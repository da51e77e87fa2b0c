/**
 * Who yields when more direct sessions have come up than an endpoint takes. Strangers
 * are counted by themselves: however many come, no contact yields to them.
 *
 * @module
 */
import { STRANGER_LINKLESS_MAX } from "../wire/limits.ts";
import type { SessionEntry } from "./session-table.ts";

export interface CrowdRules {
  /** Direct sessions that contacts, and strangers, may have. */
  readonly max: number;
  readonly isContact: (entry: SessionEntry) => boolean;
  /** In the middle of something that must not be cut. */
  readonly isBusy: (entry: SessionEntry) => boolean;
}

/** The one idle longest; where none is idle, the newest itself. `undefined`: there is room. */
export function whoYields(
  entries: Iterable<SessionEntry>,
  newest: SessionEntry,
  { max, isContact, isBusy }: CrowdRules,
): { readonly entry: SessionEntry; readonly isIdle: boolean } | undefined {
  const isFriend = isContact(newest);
  let count = 0;
  let idlest: SessionEntry | undefined;
  for (const entry of entries) {
    if (entry.stack.linkCount === 0 || entry.stack.isOver || isContact(entry) !== isFriend) continue;
    count += 1;
    if (entry === newest || isBusy(entry)) continue;
    if (idlest === undefined || entry.lastUsedAt < idlest.lastUsedAt) idlest = entry;
  }
  if (count <= max) return undefined;
  return { entry: idlest ?? newest, isIdle: idlest !== undefined };
}

/** Sessions of strangers that lost their links are kept in hope of more, but only the newest few. */
export function strangersToDrop(
  entries: Iterable<SessionEntry>,
  isContact: (entry: SessionEntry) => boolean,
): readonly SessionEntry[] {
  const lost: SessionEntry[] = [];
  for (const entry of entries) {
    if (entry.stack.linkCount === 0 && !entry.stack.isOver && !isContact(entry)) lost.push(entry);
  }
  return lost.slice(0, -STRANGER_LINKLESS_MAX);
}
