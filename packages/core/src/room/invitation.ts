/**
 * Invitations (spec/room-joining.md §3): one Ed25519 seed for each person that may come in. The seed is in
 * the link; members hold its public key alone, so none of them can use it in the guest's place.
 *
 *     room signature    = Ed25519 by the seed over "kith/1 room invitation" ‖ 0 ‖ room ‖ guest
 *     session signature = Ed25519 by the seed over "kith/1 room join session" ‖ 0 ‖ room ‖ transcript ‖ guest ‖ host
 *     proof             = HMAC-SHA-256(key, "kith/1 room join proof" ‖ 0 ‖ transcript ‖ guest ‖ host ‖ u8 what ‖ u8 who),
 *                         the first 16 bytes; key = room id (what 1) or invitation's public key (what 2);
 *                         who = 1 the guest, 2 the host
 *
 * The room signature stays in the log for ever as the voucher of an admission; the session signature says that
 * the guest is here now, so that nobody can come in with what another session heard. A proof shows that one
 * knows the room, or the invitation, and tells nothing to whoever does not.
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { type PeerId, peerIdToBytes } from "../identity/peer-id.ts";
import { signWithSeed, verifyWithKey } from "../identity/signed.ts";
import { bytesEqual, concatBytes } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { type RoomId, roomIdToBytes } from "./room-id.ts";

export const INVITATION_SEED_BYTES = 32;
export const INVITATION_KEY_BYTES = 32;
export const JOIN_PROOF_BYTES = 16;

export interface InvitationKey {
  /** For the link, and nowhere else. */
  readonly seed: Secret;
  /** 32 bytes, for the log. */
  readonly publicKey: Uint8Array;
}

/** What both ends of a joining agree on before anything is proven. */
export interface JoinGround {
  readonly provider: CryptoProvider;
  /** Who comes, and opened the channel; and the member it came to. The identities that the session runs under. */
  readonly guest: PeerId;
  readonly host: PeerId;
  /** 32 bytes: of the session's first handshake. */
  readonly transcript: Uint8Array;
}

export function newInvitationKey(provider: CryptoProvider, random: RandomSource): InvitationKey {
  const seed = new Secret(random(INVITATION_SEED_BYTES).slice());
  return { seed, publicKey: invitationPublicKey(provider, seed) };
}

export const invitationPublicKey = (provider: CryptoProvider, seed: Secret): Uint8Array =>
  provider.ed25519PublicKey(seed.reveal());

/** 64 bytes: whoever has the seed lets `guest` into `room`. */
export const signInvitation = (provider: CryptoProvider, seed: Secret, room: RoomId, guest: PeerId): Uint8Array =>
  signWithSeed(provider, seed, LABEL.roomInvitation, roomIdToBytes(room), peerIdToBytes(guest));

export function verifyInvitation(
  provider: CryptoProvider,
  publicKey: Uint8Array,
  room: RoomId,
  guest: PeerId,
  signature: Uint8Array,
): boolean {
  return verifyWithKey(provider, publicKey, LABEL.roomInvitation, signature, roomIdToBytes(room), peerIdToBytes(guest));
}

/** 64 bytes: the seed is here, in this very session. */
export const signPresence = (ground: JoinGround, seed: Secret, room: RoomId): Uint8Array =>
  signWithSeed(ground.provider, seed, LABEL.roomJoinSession, ...presence(ground, room));

export const verifyPresence = (
  ground: JoinGround,
  publicKey: Uint8Array,
  room: RoomId,
  signature: Uint8Array,
): boolean => verifyWithKey(ground.provider, publicKey, LABEL.roomJoinSession, signature, ...presence(ground, room));

const presence = ({ transcript, guest, host }: JoinGround, room: RoomId): readonly Uint8Array[] => [
  roomIdToBytes(room),
  transcript,
  peerIdToBytes(guest),
  peerIdToBytes(host),
];

/** What a proof is made with: `key` has 32 bytes. */
export interface JoinProofKey {
  readonly of: "room" | "invitation";
  readonly key: Uint8Array;
}

/** 16 bytes. */
export function joinProof(ground: JoinGround, { of, key }: JoinProofKey, who: "guest" | "host"): Uint8Array {
  const message = concatBytes(
    labelBytes(LABEL.roomJoinProof),
    Uint8Array.of(0),
    ground.transcript,
    peerIdToBytes(ground.guest),
    peerIdToBytes(ground.host),
    Uint8Array.of(of === "room" ? 1 : 2, who === "guest" ? 1 : 2),
  );
  return ground.provider.hmacSha256(key, message).slice(0, JOIN_PROOF_BYTES);
}

export const verifyJoinProof = (
  ground: JoinGround,
  key: JoinProofKey,
  who: "guest" | "host",
  proof: Uint8Array,
): boolean => bytesEqual(joinProof(ground, key, who), proof);
