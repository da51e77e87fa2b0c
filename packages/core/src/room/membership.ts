/**
 * Who is a member of a room, and how that came to be: what a room's log comes down to (spec/rooms.md §3).
 * Made by `resolve` and never changed; the same for everybody who has the same operations.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { WallTime } from "../lib/time.ts";
import { type Role, roleNumber } from "../trust/roles.ts";
import type { Operation, OperationId } from "./operation.ts";
import type { RoomId } from "./room-id.ts";
import type { RoomPolicy } from "./room-policy.ts";

export interface MemberGrant {
  readonly operation: string;
  readonly expires: WallTime;
  readonly by: PeerId;
}

export interface Member {
  readonly peer: PeerId;
  /** What it called itself when it came in: a claim. Clean; may be empty. */
  readonly name: string;
  readonly role: Role;
  /** 0 is the most senior. */
  readonly seniority: number;
  /** `undefined`: the founder. */
  readonly admittedBy: PeerId | undefined;
  readonly how: "founded" | "invitation" | "code" | "challenge" | "approval";
  /** By the admitter's clock. */
  readonly admittedAt: WallTime;
  /** The effective admission. */
  readonly operation: OperationId;
  readonly grants: readonly MemberGrant[];
}

export type RemovalReason = "expelled" | "left" | "double-use"; // another came in with the same invitation, and that one counts

export interface Removal {
  readonly reason: RemovalReason;
  /** Who expelled it; itself if it left; who admitted the other one. */
  readonly by: PeerId;
  readonly operation: OperationId;
}

/** Somebody whose admission was well-formed and does not count: somebody else may say yes. */
export interface Awaiting {
  readonly peer: PeerId;
  readonly name: string;
  readonly role: Role;
  readonly why: "void" | "lapsed" | "full";
  readonly admittedBy: PeerId;
  readonly operation: OperationId;
}

export interface RoomInvitation {
  /** Hexadecimal. */
  readonly publicKey: string;
  /** 32 hexadecimal digits; one for all keys of one `invite`. */
  readonly id: string;
  readonly inviter: PeerId;
  readonly role: Role;
  readonly expires: WallTime;
  /** `void`: its inviter was expelled, or lowered below what it offers. Whether its time is over is for who looks at a clock. */
  readonly state: "open" | "used" | "revoked" | "void";
  readonly usedBy?: PeerId;
}

/** An effective `rotate`: its id names the epoch. */
export interface Rotation {
  readonly operation: OperationId;
  readonly author: PeerId;
  readonly bundle: Uint8Array;
  readonly recipients: number;
  readonly date: WallTime;
}

export type RoomAlarm =
  /** `peer` signed two operations with one number. */
  | { readonly kind: "contradiction"; readonly peer: PeerId; readonly operations: readonly OperationId[] }
  /** One invitation let two in: `peer` lost. */
  | { readonly kind: "invitation-reused"; readonly peer: PeerId; readonly publicKey: string };

export type RoomAct = "invite" | "showCode" | "approve" | "grant" | "setPolicy" | "rotate" | "checkpoint";

export interface MembershipFields {
  readonly room: RoomId;
  readonly name: string;
  readonly policy: RoomPolicy;
  /** In order of seniority. */
  readonly members: ReadonlyMap<PeerId, Member>;
  readonly awaiting: ReadonlyMap<PeerId, Awaiting>;
  /** Those that were members and are not. */
  readonly removed: ReadonlyMap<PeerId, Removal>;
  /** By public key, hexadecimal. */
  readonly invitations: ReadonlyMap<string, RoomInvitation>;
  /** Newest last, in order of rank. */
  readonly rotations: readonly Rotation[];
  readonly alarms: readonly RoomAlarm[];
  /** Operations that do not count, and why. */
  readonly ineffective: ReadonlyMap<OperationId, Ineffective>;
  /** Effective admissions, in order of rank. */
  readonly admissions: readonly Operation[];
  /** 32 bytes over members, roles and vouchers: equal for equal rosters. */
  readonly digest: Uint8Array;
}

/** Why an operation does not count. */
export type Ineffective =
  | "stranger" //    its author was no member
  | "right" //       its author's role does not permit it
  | "removed" //     its author had been removed, or lost the right
  | "lapsed" //      it forks from below a checkpoint
  | "policy" //      the policy has no such act
  | "moot" //        it changes nothing: no such member, invitation, or the last owner
  | "invitation" //  unknown, used, revoked, expired, or void
  | "full" //        as many members as there may be
  | "votes"; //      a checkpoint that too few admins made

/** What one must be, at least, where the policy does not say. */
const NEEDED: Readonly<Record<RoomAct, Role>> = {
  invite: "member",
  showCode: "member",
  approve: "admin",
  grant: "admin",
  setPolicy: "owner",
  rotate: "guest",
  checkpoint: "admin",
};

export class Membership implements MembershipFields {
  readonly room: RoomId;
  readonly name: string;
  readonly policy: RoomPolicy;
  readonly members: ReadonlyMap<PeerId, Member>;
  readonly awaiting: ReadonlyMap<PeerId, Awaiting>;
  readonly removed: ReadonlyMap<PeerId, Removal>;
  readonly invitations: ReadonlyMap<string, RoomInvitation>;
  readonly rotations: readonly Rotation[];
  readonly alarms: readonly RoomAlarm[];
  readonly ineffective: ReadonlyMap<OperationId, Ineffective>;
  readonly admissions: readonly Operation[];
  readonly digest: Uint8Array;

  constructor(fields: MembershipFields) {
    this.room = fields.room;
    this.name = fields.name;
    this.policy = fields.policy;
    this.members = fields.members;
    this.awaiting = fields.awaiting;
    this.removed = fields.removed;
    this.invitations = fields.invitations;
    this.rotations = fields.rotations;
    this.alarms = fields.alarms;
    this.ineffective = fields.ineffective;
    this.admissions = fields.admissions;
    this.digest = fields.digest;
  }

  isMember(peer: PeerId): boolean {
    return this.members.has(peer);
  }

  roleOf(peer: PeerId): Role | undefined {
    return this.members.get(peer)?.role;
  }

  /** Invitations that `peer` made. */
  invitationsOf(peer: PeerId): readonly RoomInvitation[] {
    return [...this.invitations.values()].filter(({ inviter }) => inviter === peer);
  }

  /** Whether an operation of this kind by `peer` would count, as far as roles and policy go. */
  may(peer: PeerId, act: RoomAct): boolean {
    const role = this.roleOf(peer);
    if (role === undefined) return false;
    if (this.policy.ways === "peers" && (act === "approve" || act === "grant" || act === "setPolicy")) return false;
    const needed = act === "invite" || act === "showCode" ? this.policy.inviters : NEEDED[act];
    return isAtLeast(role, needed);
  }

  mayExpel(peer: PeerId, subject: PeerId): boolean {
    const [by, whom] = [this.members.get(peer), this.members.get(subject)];
    if (by === undefined || whom === undefined || by === whom || this.policy.ways === "peers") return false;
    return by.seniority < whom.seniority && (by.role === "owner" || (by.role === "admin" && whom.role !== "owner"));
  }

  /** Whether `subject` would have that role, if `peer` gave it. The last owner stays one. */
  maySetRole(peer: PeerId, subject: PeerId, role: Role): boolean {
    const [by, whom] = [this.members.get(peer), this.members.get(subject)];
    if (by === undefined || whom === undefined || this.policy.ways === "peers") return false;
    if (by === whom) return by.role !== role && isAtLeast(by.role, role) && !this.#isLastOwner(by);
    if (by.role === "owner") return role === "owner" || by.seniority < whom.seniority;
    return by.role === "admin" && by.seniority < whom.seniority && (role === "member" || role === "guest");
  }

  #isLastOwner(member: Member): boolean {
    if (member.role !== "owner") return false;
    for (const each of this.members.values()) if (each.role === "owner" && each !== member) return false;
    return true;
  }
}

export const isAtLeast = (role: Role, needed: Role): boolean => roleNumber(role) <= roleNumber(needed);
