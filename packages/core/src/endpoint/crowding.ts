/**
 * Who yields when more direct sessions have come up than an endpoint takes. Contacts, members of rooms
 * and strangers are each counted by themselves: however many strangers come, no contact yields to them.
 *
 * @module
 */
import { STRANGER_LINKLESS_MAX } from "../wire/limits.ts";
import type { SessionEntry } from "./session-table.ts";
import type { Standing } from "./switchboard-output.ts";

export interface CrowdRules {
  /** Sessions with links that peers of each standing may have. */
  readonly max: Readonly<Record<Standing, number>>;
  readonly standingOf: (entry: SessionEntry) => Standing;
  /** In the middle of something that must not be cut. */
  readonly isBusy: (entry: SessionEntry) => boolean;
}

/** The one idle longest; where none is idle, the newest itself. `undefined`: there is room. */
export function whoYields(
  entries: Iterable<SessionEntry>,
  newest: SessionEntry,
  { max, standingOf, isBusy }: CrowdRules,
): { readonly entry: SessionEntry; readonly isIdle: boolean } | undefined {
  const standing = standingOf(newest);
  let count = 0;
  let idlest: SessionEntry | undefined;
  for (const entry of entries) {
    if (entry.stack.linkCount === 0 || entry.stack.isOver || standingOf(entry) !== standing) continue;
    count += 1;
    if (entry === newest || isBusy(entry)) continue;
    if (idlest === undefined || entry.lastUsedAt < idlest.lastUsedAt) idlest = entry;
  }
  if (count <= max[standing]) return undefined;
  return { entry: idlest ?? newest, isIdle: idlest !== undefined };
}

/** Sessions of strangers that lost their links are kept in hope of more, but only the newest few. */
export function strangersToDrop(
  entries: Iterable<SessionEntry>,
  standingOf: (entry: SessionEntry) => Standing,
): readonly SessionEntry[] {
  const lost: SessionEntry[] = [];
  for (const entry of entries) {
    if (entry.stack.linkCount === 0 && !entry.stack.isOver && standingOf(entry) === "stranger") lost.push(entry);
  }
  return lost.slice(0, -STRANGER_LINKLESS_MAX);
}
