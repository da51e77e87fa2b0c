/**
 * Which invitation an admission was made with, and whether it was good for that (spec/rooms.md §4).
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { WallTime } from "../lib/time.ts";
import type { Role } from "../trust/roles.ts";
import { isAtLeast } from "./membership.ts";
import { isOwnersKey, type SeniorityKey, type Tenure } from "./membership-tenure.ts";
import type { InviteBody } from "./operation-body.ts";
import type { OperationGraph } from "./operation-graph.ts";

/** An effective `invite`. */
export interface Invite {
  readonly number: number;
  readonly id: string;
  readonly role: Role;
  readonly expires: WallTime;
  readonly keys: readonly string[];
  /** Its author's, when it was made. */
  readonly tenure: Tenure;
}

/** An effective `revoke`. */
interface Revocation {
  readonly number: number;
  readonly by: PeerId;
  readonly key: SeniorityKey;
  readonly role: Role;
}

export class InvitationTable {
  readonly #graph: OperationGraph;
  /** In the order in which their authors were judged. */
  readonly #byKey = new Map<string, Invite[]>();
  readonly #byId = new Map<string, Invite[]>();
  readonly #revocations = new Map<string, Revocation[]>();

  constructor(graph: OperationGraph) {
    this.#graph = graph;
  }

  keys(): Iterable<string> {
    return this.#byKey.keys();
  }

  of(publicKey: string): readonly Invite[] {
    return this.#byKey.get(publicKey) ?? [];
  }

  add(number: number, { invitation: id, role, expires, keys }: InviteBody, tenure: Tenure): void {
    const invite: Invite = { number, id, role, expires, keys, tenure };
    for (const key of keys) push(this.#byKey, key, invite);
    push(this.#byId, id, invite);
  }

  revoke(id: string, revocation: Revocation): void {
    push(this.#revocations, id, revocation);
  }

  /** The invitations with this key that were good for `admission`, to somebody of that role. */
  goodFor(publicKey: string, admission: number, role: Role): readonly Invite[] {
    const { date } = this.#graph.at(admission);
    return this.of(publicKey).filter(
      (invite) =>
        this.#graph.isBefore(invite.number, admission) &&
        date <= invite.expires &&
        isAtLeast(invite.role, role) &&
        this.voidBy(invite, admission) === undefined,
    );
  }

  /**
   * What ends it for `admission`, or for whoever comes now: taken back, or its inviter expelled, or lowered so
   * far that it could not make it, by an operation that the admission did not come before.
   */
  voidBy({ id, number, role, tenure }: Invite, admission: number | undefined): "revoked" | "void" | undefined {
    const isLate = (end: number): boolean => admission === undefined || !this.#graph.isBefore(admission, end);
    if (this.#revocations.get(id)?.some((each) => this.#mayRevoke(each, number, tenure) && isLate(each.number)))
      return "revoked";
    const isTooLow = (now: Role): boolean => now === "guest" || !isAtLeast(now, role);
    for (const { reason, number: end } of tenure.endings) {
      const { body } = this.#graph.at(end);
      const isVoid = reason === "expelled" || (reason === "lowered" && body.kind === "role" && isTooLow(body.role));
      if (isVoid && isLate(end)) return "void";
    }
    const lowerings = tenure.settings.filter(
      (each) => isTooLow(each.role) && !this.#graph.isBefore(each.number, number),
    );
    return lowerings.some((each) => isLate(each.number)) ? "void" : undefined;
  }

  #mayRevoke({ number, by, key, role }: Revocation, invite: number, tenure: Tenure): boolean {
    if (!this.#graph.isBefore(invite, number)) return false;
    if (by === tenure.peer) return true;
    return key < tenure.key && (role === "owner" || (role === "admin" && !isOwnersKey(tenure.key)));
  }
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
