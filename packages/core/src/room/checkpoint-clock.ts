/**
 * When our node makes a checkpoint, so that nobody forks from what is long settled (spec/rooms.md §6): once enough
 * was done and it is quiet; and of the owners, the most senior one that is present.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { after, type Instant } from "../lib/time.ts";
import { CHECKPOINT_OPERATIONS, CHECKPOINT_QUIET } from "../wire/limits.ts";
import type { Membership } from "./membership.ts";
import type { Operation, OperationId } from "./operation.ts";

/** As much of an `OperationLog` as is needed. */
export interface CheckpointLog {
  readonly membership: Membership;
  readonly heads: readonly OperationId[];
  operations(): readonly Operation[];
  after(ids: readonly OperationId[]): readonly Operation[];
}

export class CheckpointClock {
  readonly #self: PeerId;
  #dueAt: Instant | undefined;

  constructor(self: PeerId) {
    this.#self = self;
  }

  /** Something came into the log, or it was read from the store. */
  handleLog(now: Instant): void {
    this.#dueAt = after(now, CHECKPOINT_QUIET);
  }

  nextTimeout(): Instant | undefined {
    return this.#dueAt;
  }

  /** Whether it is ours to make one now. `isPresent`: whether another member can hear of it now. */
  isDue(log: CheckpointLog, isPresent: (peer: PeerId) => boolean, now: Instant): boolean {
    if (this.#dueAt === undefined || now < this.#dueAt) return false;
    const { membership } = log;
    const isWanted = membership.roleOf(this.#self) === "owner" && openCount(log) >= CHECKPOINT_OPERATIONS;
    // Looked at again later: whoever is senior may go.
    this.#dueAt = isWanted ? after(now, CHECKPOINT_QUIET) : undefined;
    return isWanted && !isForked(log) && this.#isOurs(membership, isPresent);
  }

  /** Alone we would only make what others do at the same time lapse. */
  #isOurs({ members }: Membership, isPresent: (peer: PeerId) => boolean): boolean {
    const present = [...members.values()].filter(({ peer }) => peer === this.#self || isPresent(peer));
    return present.length > 1 && present.find(({ role }) => role === "owner")?.peer === this.#self;
  }
}

/** How many operations that count are under no checkpoint; those that only time asks for aside. */
function openCount(log: CheckpointLog): number {
  const { ineffective } = log.membership;
  const counts = ({ id }: Operation): boolean => !ineffective.has(id);
  const checkpoints = log.operations().filter((each) => each.body.kind === "checkpoint" && counts(each));
  const open = log.after(checkpoints.map(({ id }) => id));
  return open.filter((each) => each.body.kind !== "rotate" && each.body.kind !== "checkpoint" && counts(each)).length;
}

/** Whoever wrote one branch may not know of the other yet. */
const isForked = ({ heads, membership }: CheckpointLog): boolean =>
  heads.filter((id) => !membership.ineffective.has(id)).length > 1;
