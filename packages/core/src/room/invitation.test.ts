import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../crypto/secret.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { person, provider, seeded, vectors } from "../trust/trust-fixture.test.ts";
import {
  invitationPublicKey,
  type JoinGround,
  joinProof,
  newInvitationKey,
  signInvitation,
  signPresence,
  verifyInvitation,
  verifyJoinProof,
  verifyPresence,
} from "./invitation.ts";
import { type RoomId, roomIdToBytes } from "./room-id.ts";

const ROOM = "ab".repeat(32) as RoomId;
const OTHER_ROOM = "cd".repeat(32) as RoomId;
const [guest, host, third] = [person(1).peerId, person(2).peerId, person(3).peerId];
const ground: JoinGround = { provider, guest, host, transcript: new Uint8Array(32).fill(0x77) };
const otherSession: JoinGround = { ...ground, transcript: new Uint8Array(32).fill(0x78) };

test("a room signature holds for its room, guest and key alone", () => {
  const { seed, publicKey } = newInvitationKey(provider, seeded(1));
  const signature = signInvitation(provider, seed, ROOM, guest);
  assert.ok(verifyInvitation(provider, publicKey, ROOM, guest, signature));
  assert.ok(!verifyInvitation(provider, publicKey, OTHER_ROOM, guest, signature));
  assert.ok(!verifyInvitation(provider, publicKey, ROOM, third, signature));
  assert.ok(!verifyInvitation(provider, newInvitationKey(provider, seeded(2)).publicKey, ROOM, guest, signature));
});

test("[JOI-5] [R22] a session signature holds in one session alone, and never as a room signature", () => {
  const { seed, publicKey } = newInvitationKey(provider, seeded(1));
  const signature = signPresence(ground, seed, ROOM);
  assert.ok(verifyPresence(ground, publicKey, ROOM, signature));
  for (const other of [otherSession, { ...ground, host: third }, { ...ground, guest: third }])
    assert.ok(!verifyPresence(other, publicKey, ROOM, signature));
  assert.ok(!verifyPresence(ground, publicKey, OTHER_ROOM, signature));
  assert.ok(!verifyInvitation(provider, publicKey, ROOM, guest, signature));
});

test("[JOI-3] a proof holds for one key, session and side: neither reflected nor passed on", () => {
  const room = { of: "room", key: roomIdToBytes(ROOM) } as const;
  const proof = joinProof(ground, room, "guest");
  assert.equal(proof.length, 16);
  assert.ok(verifyJoinProof(ground, room, "guest", proof));
  assert.ok(!verifyJoinProof(ground, room, "host", proof));
  assert.ok(!verifyJoinProof(otherSession, room, "guest", proof));
  assert.ok(!verifyJoinProof({ ...ground, host: third }, room, "guest", proof));
  assert.ok(!verifyJoinProof(ground, { of: "invitation", key: room.key }, "guest", proof));
  assert.ok(!verifyJoinProof(ground, { of: "room", key: roomIdToBytes(OTHER_ROOM) }, "guest", proof));
});

interface ProofCase {
  kind: string;
  name: string;
  seed: string;
  room: string;
  transcript: string;
  guest: string;
  host: string;
  publicKey: string;
  roomSignature: string;
  sessionSignature: string;
  roomProofGuest: string;
  roomProofHost: string;
  invitationProofGuest: string;
  invitationProofHost: string;
}
for (const each of vectors<ProofCase>("room-joining.json").filter(({ kind }) => kind === "proof")) {
  test(`room joining vector: ${each.name}`, () => {
    const seed = new Secret(hexToBytes(each.seed));
    const room = each.room as RoomId;
    const of: JoinGround = {
      provider,
      guest: each.guest as JoinGround["guest"],
      host: each.host as JoinGround["host"],
      transcript: hexToBytes(each.transcript),
    };
    const key = invitationPublicKey(provider, seed);
    assert.equal(bytesToHex(key), each.publicKey);
    assert.equal(bytesToHex(signInvitation(provider, seed, room, of.guest)), each.roomSignature);
    assert.equal(bytesToHex(signPresence(of, seed, room)), each.sessionSignature);
    const roomKey = { of: "room", key: roomIdToBytes(room) } as const;
    const invitationKey = { of: "invitation", key } as const;
    assert.equal(bytesToHex(joinProof(of, roomKey, "guest")), each.roomProofGuest);
    assert.equal(bytesToHex(joinProof(of, roomKey, "host")), each.roomProofHost);
    assert.equal(bytesToHex(joinProof(of, invitationKey, "guest")), each.invitationProofGuest);
    assert.equal(bytesToHex(joinProof(of, invitationKey, "host")), each.invitationProofHost);
  });
}
