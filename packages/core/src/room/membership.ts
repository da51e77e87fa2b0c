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

/** One of a member's tenures that is not over: who was let in twice, by two that did not know, has two. */
export interface Stay {
  /** Less is more senior. */
  readonly key: number;
  readonly role: Role;
}

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
  /** Of every member, most senior first. Its role is the highest of theirs. */
  readonly stays: ReadonlyMap<PeerId, readonly Stay[]>;
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
  readonly stays: ReadonlyMap<PeerId, readonly Stay[]>;
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
    this.stays = fields.stays;
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

  /** Whether `subject` would be out, if `peer` expelled it: each of its stays is junior to one of `peer`'s. */
  mayExpel(peer: PeerId, subject: PeerId): boolean {
    if (peer === subject || this.policy.ways === "peers" || !this.isMember(subject)) return false;
    return this.#staysOf(subject).every((stay) => this.#isOver(peer, stay, "admin"));
  }

  /** Whether `subject` would have that role, if `peer` gave it. The last owner stays one. */
  maySetRole(peer: PeerId, subject: PeerId, role: Role): boolean {
    const [by, whom] = [this.members.get(peer), this.members.get(subject)];
    if (by === undefined || whom === undefined || this.policy.ways === "peers") return false;
    if (by === whom) return by.role !== role && isAtLeast(by.role, role) && !this.#isLastOwner(by);
    if (role === "owner") return by.role === "owner";
    const needed = role === "admin" ? "owner" : "admin";
    const isSet = (stay: Stay): boolean => this.#isOver(peer, stay, needed);
    const stays = this.#staysOf(subject);
    return stays.some(isSet) && stays.every((stay) => isSet(stay) || isAtLeast(role, stay.role));
  }

  #staysOf(peer: PeerId): readonly Stay[] {
    return this.stays.get(peer) ?? [];
  }

  /** Whether a stay of `peer` with that role, or a higher one, is senior to `stay`. */
  #isOver(peer: PeerId, stay: Stay, needed: Role): boolean {
    return this.#staysOf(peer).some(({ key, role }) => key < stay.key && isAtLeast(role, needed));
  }

  #isLastOwner(member: Member): boolean {
    if (member.role !== "owner") return false;
    for (const each of this.members.values()) if (each.role === "owner" && each !== member) return false;
    return true;
  }
}

export const isAtLeast = (role: Role, needed: Role): boolean => roleNumber(role) <= roleNumber(needed);
