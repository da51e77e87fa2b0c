/**
 * What a room's keys ask its log (key-roster.ts), answered from the log and what it comes down to.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { WallTime } from "../lib/time.ts";
import type { KeyRoster, RoomAdmission } from "./key-roster.ts";
import type { Membership } from "./membership.ts";
import type { Operation, OperationId } from "./operation.ts";

/** As much of an `OperationLog` as is needed. */
export interface RosterLog {
  readonly membership: Membership;
  get(id: OperationId): Operation | undefined;
  operations(): readonly Operation[];
  isAncestor(a: OperationId, b: OperationId): boolean;
}

/** Of the log as it is now: make another when it has changed. One walk over all operations. */
export function keyRosterOf(log: RosterLog): KeyRoster {
  const { members, removed, rotations } = log.membership;
  const admissions: RoomAdmission[] = [];
  const expulsions = new Map<PeerId, OperationId[]>();
  for (const { id, author, body } of log.operations()) {
    // A role can approve an admission that did not count.
    if (body.kind === "admit" || body.kind === "role") admissions.push({ id, author, subject: body.subject });
    else if (body.kind === "expel") expulsions.set(body.subject, [...(expulsions.get(body.subject) ?? []), id]);
  }
  const left = new Map<PeerId, WallTime>();
  for (const [peer, { reason, operation }] of removed) {
    const date = log.get(operation)?.date;
    if (reason !== "left" || date === undefined) continue;
    // Who was expelled at the same time has not merely left, whichever of the two the log names.
    const isExpelled = expulsions.get(peer)?.some((id) => !log.isAncestor(id, operation)) === true;
    if (!isExpelled) left.set(peer, date);
  }
  return {
    members,
    left,
    rotations: rotations.map(({ operation, author, date, bundle, recipients }) => ({
      id: operation,
      author,
      date,
      bundleHash: bundle,
      recipientCount: recipients,
    })),
    admissions,
    isAncestor: (earlier, later) => log.isAncestor(earlier as OperationId, later as OperationId),
  };
}
