/**
 * What a member makes of a guest (spec/room-joining.md §5): which room and invitation it has shown to know, and
 * what becomes of it. Nothing here changes anything.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import type { WallTime } from "../lib/time.ts";
import { JOIN_INVITATIONS_MAX } from "../wire/limits.ts";
import { type JoinGround, joinProof, verifyInvitation, verifyJoinProof, verifyPresence } from "./invitation.ts";
import type { JoinPresent, JoinRefusalWord, JoinWait, PresentedInvitation } from "./join-message.ts";
import type { AdmitWish, HeldInvitation, JoinPolicy } from "./join-policy.ts";
import { type RoomId, roomIdToBytes } from "./room-id.ts";

/** What the guest has said of itself. */
export interface Asks {
  readonly room: RoomId;
  readonly name: string;
  readonly prekey: Uint8Array;
  readonly invitation?: PresentedInvitation;
}

/** `reused`: somebody else came in with its invitation, whose public key it is. */
export type JoinJudgement =
  /** `key`: of the invitation that it is kept for. */
  | { readonly do: "admit"; readonly by: AdmitWish["how"]["by"]; readonly key?: Uint8Array }
  /** It is a member already. */
  | { readonly do: "serve" }
  /** It is, and answered our own challenge now. */
  | { readonly do: "consent" }
  | { readonly do: "wait"; readonly wants: JoinWait }
  | { readonly do: "refuse"; readonly why: JoinRefusalWord; readonly reused?: Uint8Array };

export function asksOf(room: RoomId, { name, prekey, invitation }: JoinPresent): Asks {
  return { room, name, prekey, ...(invitation !== undefined && { invitation }) };
}

/** The room of ours that the guest knows. */
export function roomProven(ground: JoinGround, policy: JoinPolicy, proof: Uint8Array): RoomId | undefined {
  for (const room of policy.rooms()) {
    if (verifyJoinProof(ground, { of: "room", key: roomIdToBytes(room) }, "guest", proof)) return room;
  }
  return undefined;
}

/** The public key of the room's invitation that the guest knows, whatever became of it. */
export function invitationProven(
  ground: JoinGround,
  policy: JoinPolicy,
  room: RoomId,
  proof: Uint8Array,
): Uint8Array | undefined {
  let seen = 0;
  for (const { publicKey } of policy.invitations(room)) {
    if (++seen > JOIN_INVITATIONS_MAX) return undefined;
    if (verifyJoinProof(ground, { of: "invitation", key: publicKey }, "guest", proof)) return publicKey;
  }
  return undefined;
}

/** That we know what it knows: `publicKey` of an invitation, or the room alone. */
export const hostProof = (ground: JoinGround, room: RoomId, publicKey: Uint8Array | undefined): Uint8Array =>
  publicKey === undefined
    ? joinProof(ground, { of: "room", key: roomIdToBytes(room) }, "host")
    : joinProof(ground, { of: "invitation", key: publicKey }, "host");

/** Whether the guest has the seed of `key`, here and now. */
export const isGenuine = (
  ground: JoinGround,
  room: RoomId,
  key: Uint8Array,
  presented: PresentedInvitation | undefined,
): boolean =>
  presented !== undefined &&
  bytesEqual(presented.publicKey, key) &&
  verifyInvitation(ground.provider, key, room, ground.guest, presented.roomSignature) &&
  verifyPresence(ground, key, room, presented.sessionSignature);

function invitationHeld(policy: JoinPolicy, room: RoomId, publicKey: Uint8Array): HeldInvitation | undefined {
  for (const held of policy.invitations(room)) if (bytesEqual(held.publicKey, publicKey)) return held;
  return undefined;
}

/** What becomes of somebody that came with an invitation or a knock, as things are now. */
export function judge(policy: JoinPolicy, guest: PeerId, asks: Asks, wall: WallTime): JoinJudgement {
  const { room, invitation } = asks;
  const standing = policy.standing(room, guest);
  if (standing === "member") return { do: "serve" };
  if (standing === "cut") return DENIED;
  if (standing === "unconsented") return { do: "wait", wants: "challenge" };
  if (invitation === undefined) return settled(policy.verdict(room, guest, "knock"), undefined);
  if (policy.isClockBehind(wall)) return { do: "refuse", why: "clock" };
  const held = invitationHeld(policy, room, invitation.publicKey);
  // Known a moment ago: so it went with whoever made it.
  if (held === undefined || held.state === "revoked" || held.state === "void") return { do: "refuse", why: "revoked" };
  if (held.state === "used") return held.usedBy === guest ? { do: "refuse", why: "used" } : reused(held.publicKey);
  if (wall > held.expires) return { do: "refuse", why: "expired" };
  return settled(policy.verdict(room, guest, held), held);
}

function settled(verdict: ReturnType<JoinPolicy["verdict"]>, held: HeldInvitation | undefined): JoinJudgement {
  switch (verdict.answer) {
    case "wait":
      return { do: "wait", wants: verdict.wants };
    case "refuse":
      return { do: "refuse", why: verdict.why };
    case "admit":
      // A knock lets nobody in by itself, whatever its room says.
      return held === undefined
        ? { do: "refuse", why: "policy" }
        : { do: "admit", by: "invitation", key: held.publicKey };
  }
}

const DENIED: JoinJudgement = { do: "refuse", why: "denied" };

export const reused = (key: Uint8Array): JoinJudgement => ({ do: "refuse", why: "used", reused: key });

/** What becomes of somebody that proved a room code. */
export function judgeByCode(policy: JoinPolicy, guest: PeerId, room: RoomId): JoinJudgement {
  const standing = policy.standing(room, guest);
  if (standing === "member") return { do: "serve" };
  if (standing === "cut") return DENIED;
  // The code may be another member's: it is no answer to a challenge of ours.
  if (standing === "unconsented") return { do: "wait", wants: "challenge" };
  return policy.mayAdmit(room, "code") ? { do: "admit", by: "code" } : { do: "refuse", why: "policy" };
}

/** What becomes of somebody that answered our challenge. */
export function judgeByChallenge(policy: JoinPolicy, guest: PeerId, room: RoomId): JoinJudgement {
  const standing = policy.standing(room, guest);
  if (standing === "member") return { do: "serve" };
  if (standing === "cut") return DENIED;
  if (standing === "unconsented") return { do: "consent" };
  return policy.mayAdmit(room, "challenge") ? { do: "admit", by: "challenge" } : { do: "refuse", why: "policy" };
}

/** What becomes of somebody that our person says yes to; `undefined` where that is not ours to say. */
export function judgeByApproval(policy: JoinPolicy, asks: Asks, wall: WallTime): JoinJudgement | undefined {
  if (!policy.mayAdmit(asks.room, "approval")) return undefined;
  const held = asks.invitation && invitationHeld(policy, asks.room, asks.invitation.publicKey);
  return held?.state === "open" && wall <= held.expires
    ? { do: "admit", by: "invitation", key: held.publicKey }
    : { do: "admit", by: "approval" };
}

/** What the log and the keys need to let it in `by` these means; an invitation that it has not got is a person's yes. */
export function wishFor(asks: Asks, guest: PeerId, by: AdmitWish["how"]["by"]): AdmitWish {
  const { room, name, prekey, invitation } = asks;
  const common = { room, guest, name, prekey };
  if (by !== "invitation") return { ...common, how: { by } };
  if (invitation === undefined) return { ...common, how: { by: "approval" } };
  return { ...common, how: { by, publicKey: invitation.publicKey, signature: invitation.roomSignature } };
}
