/**
 * Which operations a role permits, by the policy at the time (spec/rooms.md §4, §5).
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Role } from "../trust/roles.ts";
import { type Ineffective, isAtLeast, type Membership, type RoomInvitation } from "./membership.ts";
import type { Operation } from "./operation.ts";
import type { Admission, AdmitBody } from "./operation-body.ts";
import type { RoomPolicy } from "./room-policy.ts";

/**
 * `undefined`: its author may. Whose invitation it is about, and whether the subject is junior, is judged where
 * that is known.
 */
export function wrongIn({ author, body }: Operation, role: Role, policy: RoomPolicy): Ineffective | undefined {
  if (policy.ways === "peers" && (PEERLESS as readonly string[]).includes(body.kind)) return "policy";
  switch (body.kind) {
    case "found":
    case "leave":
    case "rotate":
    case "revoke":
      return undefined;
    case "invite":
      if (policy.ways === "peers") return body.role === "member" ? undefined : "policy";
      return mayInvite(role, policy) && isAtLeast(role, body.role) ? undefined : "right";
    case "admit":
      return isAtLeast(role, body.role) && mayAdmit(body, role, policy) ? undefined : "right";
    case "role":
      return wrongInRole(author, body, role);
    case "grant":
    case "expel":
    case "checkpoint":
      return isAtLeast(role, "admin") ? undefined : "right";
    case "policy":
      if (body.policy.ways === "peers") return "policy";
      return role === "owner" ? undefined : "right";
  }
}

/**
 * The highest role with which `peer` may let in somebody that comes this way; `undefined`: it may not. An
 * invitation is one of `membership`'s; whether its time is over, its caller's clock says.
 */
export function roleToGive(
  membership: Membership,
  peer: PeerId,
  way: "code" | "challenge" | "approval" | RoomInvitation,
): Role | undefined {
  const { policy } = membership;
  const role = membership.roleOf(peer);
  if (role === undefined || !mayLetIn(typeof way === "string" ? way : "invitation", role, policy)) return undefined;
  if (typeof way === "string") return role;
  const isInviters = way.inviter === peer || (role === "owner" && !membership.isMember(way.inviter));
  if (way.state !== "open" || (policy.ways === "strict" && !isInviters)) return undefined;
  return isAtLeast(role, way.role) ? way.role : role;
}

const PEERLESS = ["expel", "role", "policy", "grant"] as const;

const mayInvite = (role: Role, { inviters }: RoomPolicy): boolean => isAtLeast(role, inviters);

const mayAdmit = ({ how, role: given }: AdmitBody, role: Role, policy: RoomPolicy): boolean =>
  mayLetIn(how.by, role, policy) && (policy.ways !== "peers" || given === "member");

/** As far as the way goes. Of an invitation, in `strict`, it is also asked whose it is. */
function mayLetIn(by: Admission["by"], role: Role, policy: RoomPolicy): boolean {
  if (policy.ways === "peers") return by !== "approval";
  // Whoever may say yes to anybody may do so whatever was shown; of an invitation, its number is kept all the same.
  if (isAtLeast(role, "admin") && (by !== "invitation" || policy.ways !== "strict")) return true;
  switch (by) {
    case "invitation":
      return role !== "guest" && policy.ways !== "approval";
    case "code":
      return mayInvite(role, policy);
    case "challenge":
      return role !== "guest" && policy.ways === "challenge" && policy.challengedBy !== "admin";
    case "approval":
      return false;
  }
}

function wrongInRole(author: PeerId, body: { subject: PeerId; role: Role }, role: Role): Ineffective | undefined {
  if (body.subject === author) return body.role !== role && isAtLeast(role, body.role) ? undefined : "moot";
  if (role === "owner") return undefined;
  return role === "admin" && (body.role === "member" || body.role === "guest") ? undefined : "right";
}
