/**
 * Decides whether a peer may do something now (spec/trust.md §4). Asked when a channel opens and at
 * each use, below the application; it keeps no permission from one question to the next.
 *
 *     blocked? no. · role permits it? · else a grant does? · quota left? yes.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Instant, WallTime } from "../lib/time.ts";
import { isAuditDetail } from "./audit-event.ts";
import type { BlockList } from "./block-list.ts";
import type { ClockGuard } from "./clock-guard.ts";
import type { GrantBook, GrantRefusal } from "./grant-book.ts";
import { Quota, type QuotaHolder } from "./quota.ts";
import { OPERATION, operationOf, type Role, rolePermits } from "./roles.ts";
import type { AuditOutput } from "./stored.ts";

export type Denial =
  | "blocked"
  | "stranger" //       not a contact; only pairing is open to it
  | "role" //           a contact whose role does not permit it, and no grant does
  | "clock-behind" //   a grant might, but our clock cannot be trusted to say so
  | "quota" //          permitted, but too often
  | Exclude<GrantRefusal, "none">;

export type Decision =
  | { readonly allowed: true; readonly by: "role" | "grant"; readonly grant?: string }
  | { readonly allowed: false; readonly reason: Denial };

export interface Request {
  readonly peer: PeerId;
  /** Where it comes from, as limits see it: for counting strangers. */
  readonly source: string;
  readonly operation: string;
  /** What it applies to, for grants that name a resource. */
  readonly resource?: string;
  /** What it will move, for grants that limit bytes. */
  readonly bytes?: number;
}

export interface AuthorizerParts {
  /** `owner` for our own identity, `undefined` for strangers. */
  readonly roleOf: (peer: PeerId) => Role | undefined;
  readonly blocked: BlockList;
  readonly grants: GrantBook;
  readonly clock: ClockGuard;
}

export class Authorizer {
  readonly #parts: AuthorizerParts;
  readonly #quota = new Quota();
  readonly #outputs: AuditOutput[] = [];

  constructor(parts: AuthorizerParts) {
    this.#parts = parts;
  }

  /** Whether `peer` may open a channel of `protocol`. Counts as one use of its operation. */
  openChannel(peer: PeerId, source: string, protocol: string, now: Instant, wall: WallTime): Decision {
    return this.use({ peer, source, operation: operationOf(protocol), resource: protocol }, now, wall);
  }

  /** Decides and counts one use. Every no goes to the log, unless it only means that a person is asked. */
  use(request: Request, now: Instant, wall: WallTime): Decision {
    const decision = this.#decide(request, now, wall);
    const isForPerson = request.operation === OPERATION.fileUnasked && !decision.allowed && decision.reason === "role";
    if (!decision.allowed && !isForPerson) {
      // An application's protocol name is the peer's choice: into the log only if it looks like one.
      const operation = isAuditDetail(request.operation) ? request.operation.slice(0, 48) : "unnamed";
      const { peer } = request;
      this.#outputs.push({
        type: "audit",
        record: { event: "denied", peer, detail: `${operation} ${decision.reason}` },
      });
    }
    return decision;
  }

  poll(): AuditOutput | undefined {
    return this.#outputs.shift();
  }

  #decide(request: Request, now: Instant, wall: WallTime): Decision {
    const { peer, operation } = request;
    if (this.#parts.blocked.has(peer)) return { allowed: false, reason: "blocked" };
    const role = this.#parts.roleOf(peer);
    const holder: QuotaHolder = role === undefined ? { stranger: request.source } : { contact: peer };
    // The clock is asked every time, so that it remembers; its answer matters to grants only.
    const clock = this.#parts.clock.check(wall);
    if (rolePermits(role, operation)) {
      const isLeft = this.#quota.take(holder, operation, now);
      return isLeft ? { allowed: true, by: "role" } : { allowed: false, reason: "quota" };
    }
    return this.#decideByGrant(request, role, holder, clock, now, wall);
  }

  #decideByGrant(
    request: Request,
    role: Role | undefined,
    holder: QuotaHolder,
    clock: "ok" | "behind",
    now: Instant,
    wall: WallTime,
  ): Decision {
    const { peer, operation, resource = "", bytes = 0 } = request;
    const none: Decision = { allowed: false, reason: role === undefined ? "stranger" : "role" };
    const isForIt = this.#parts.grants.grantsOf(peer).some((grant) => grant.operations.includes(operation));
    if (!isForIt) return none;
    if (clock === "behind") return { allowed: false, reason: "clock-behind" };
    if (!this.#quota.take(holder, operation, now)) return { allowed: false, reason: "quota" };
    const use = this.#parts.grants.use({ peer, operation, resource, bytes }, now, wall);
    if (use.ok) return { allowed: true, by: "grant", grant: use.grant.id };
    return use.reason === "none" ? none : { allowed: false, reason: use.reason };
  }
}
