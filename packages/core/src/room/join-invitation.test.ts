/** Coming in by invitation: what is checked, who learns what, and who is told to do what next. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../crypto/secret.ts";
import { bytesToHex } from "../lib/hex.ts";
import { days, minutes, seconds } from "../lib/time.ts";
import { person, provider, seeded, wallAt } from "../trust/trust-fixture.test.ts";
import { HANDSHAKE_TIMEOUT, JOIN_INVITATIONS_MAX } from "../wire/limits.ts";
import { newInvitationKey, verifyInvitation } from "./invitation.ts";
import { decodeJoinMessage, encodeJoinMessage } from "./join-message.ts";
import {
  assertIn,
  Desk,
  HOUR,
  hexOf,
  invitationTicket,
  Joining,
  knockTicket,
  ROOM,
  Room,
  start,
} from "./join-world.test.ts";
import type { RoomId } from "./room-id.ts";

const UNKNOWN = ["11"];
const invited = (seed = 1): { room: Room; seed: Secret; publicKey: Uint8Array } => {
  const room = new Room();
  return { room, ...room.invite(seed) };
};

test("[R14] [JOI-10] an invitation lets one identity in: another one, later, is refused as used and reported", () => {
  const { room, seed, publicKey } = invited();
  const desk = new Desk();
  assertIn(start({ ticket: invitationTicket(seed), room, desk }));
  const second = start({ ticket: invitationTicket(seed), room, desk, guest: person(3) });
  assert.equal(second.failure, "used");
  assert.equal(second.end, "refused");
  const reused = second.ofHost("reused");
  assert.equal(reused?.guest, person(3).peerId);
  assert.deepEqual(reused?.publicKey, publicKey);
  assert.ok(!room.members.has(person(3).peerId));
});

test("[R14] [JOI-10] two identities with one invitation at the same time: the second is refused as used", () => {
  const { room, seed } = invited();
  const desk = new Desk();
  const first = new Joining({ ticket: invitationTicket(seed), room, desk });
  first.admits = false; // its admission is on the way to the disk
  first.start();
  assert.equal(first.wish?.guest, person(1).peerId);
  const second = start({ ticket: invitationTicket(seed), room, desk, guest: person(3) });
  assert.equal(second.failure, "used");
  assert.ok(second.ofHost("reused"));
  assert.equal(second.wish, undefined);
});

test("[JOI-10] an invitation whose admission came to nothing is free again", () => {
  const { room, seed } = invited();
  const desk = new Desk();
  const first = new Joining({ ticket: invitationTicket(seed), room, desk });
  first.admits = false;
  first.start();
  first.host.notAdmitted("full", days(30));
  first.run();
  assert.equal(first.failure, "full");
  assert.equal(first.wait, seconds(0xffff), "as long as can be said");
  assertIn(start({ ticket: invitationTicket(seed), room, desk, guest: person(3) }));
});

test("[JOI-11] the same guest with the same invitation is served again: a crash in between loses nobody", () => {
  const { room, seed } = invited();
  assertIn(start({ ticket: invitationTicket(seed), room }));
  const again = start({ ticket: invitationTicket(seed), room });
  assertIn(again);
  assert.equal(again.wish, undefined, "no second admission");
  assert.ok(again.ofHost("serve"));
});

test("[JOI-10] a guest that was expelled does not come back with its old invitation, and nobody is reported", () => {
  const { room, seed } = invited();
  assertIn(start({ ticket: invitationTicket(seed), room }));
  room.members.delete(person(1).peerId);
  const again = start({ ticket: invitationTicket(seed), room });
  assert.equal(again.failure, "used");
  assert.equal(again.ofHost("reused"), undefined);
});

test("[R16] [JOI-12] expired, revoked and void invitations, and a clock far behind, are refused by name", () => {
  const { room, seed, publicKey } = invited();
  const refusal = (): string | undefined => {
    const joining = start({ ticket: invitationTicket(seed), room });
    assert.equal(joining.wish, undefined);
    return joining.failure;
  };
  room.change(publicKey, { expires: wallAt(-1) });
  assert.equal(refusal(), "expired");
  room.change(publicKey, { expires: wallAt(HOUR), state: "revoked" });
  assert.equal(refusal(), "revoked");
  room.change(publicKey, { state: "void" });
  assert.equal(refusal(), "revoked");
  room.change(publicKey, { state: "open" });
  room.clockBehind = true;
  assert.equal(refusal(), "clock");
  room.clockBehind = false;
  room.verdicts = { answer: "refuse", why: "policy" };
  assert.equal(refusal(), "policy");
  room.verdicts = { answer: "admit" };
  room.change(publicKey, { expires: wallAt(0) });
  assertIn(start({ ticket: invitationTicket(seed), room }));
});

test("[R16] an invitation that goes between the asking and the presenting is refused", () => {
  const { room, seed, publicKey } = invited();
  const joining = new Joining({ ticket: invitationTicket(seed), room });
  joining.change = (bytes, from) => {
    if (from === "host" && decodeJoinMessage(bytes).type === "known") room.change(publicKey, { state: "revoked" });
    return bytes;
  };
  assert.equal(joining.start().failure, "revoked");
});

test("[JOI-12] a member that has not heard of the invitation says so, to one who knows the room", () => {
  const room = new Room();
  const { seed } = newInvitationKey(provider, seeded(9));
  const joining = start({ ticket: invitationTicket(seed), room });
  assert.equal(joining.failure, "notYetKnown");
  assert.deepEqual(
    joining.said.map(({ type }) => type),
    ["refused"],
  );
});

test("[R1] [R17] [JOI-3] an outsider gets the same bytes, whether there is a room, an invitation, or neither", () => {
  const { room, seed, publicKey } = invited();
  const used = invited(2);
  used.room.change(used.publicKey, { state: "used", usedBy: person(4).peerId });
  const empty = new Room();
  empty.known = [];
  const blocked = invited();
  blocked.room.blocked.add(person(1).peerId);
  // An outsider knows no room id: it can only invent one.
  const invented = { ...invitationTicket(new Secret(new Uint8Array(32).fill(8))), room: "cd".repeat(32) as RoomId };
  const inventedKnock = { ...knockTicket, room: "cd".repeat(32) as RoomId };
  for (const ticket of [invented, inventedKnock, { number: 7, words: "acorn-canyon" }]) {
    for (const each of [room, used.room, empty]) {
      const joining = start({ ticket, room: each });
      assert.deepEqual(hexOf(joining, "host"), UNKNOWN);
      assert.equal(joining.failure, "unknown");
      assert.equal(joining.end, "unknown");
      assert.deepEqual(
        joining.hostOutputs.map(({ type }) => type),
        ["send", "over"],
        "nobody is even told",
      );
    }
  }
  // The public key alone, which every member holds, is not the room's id either.
  const onlyKey = { ...invitationTicket(seed), room: bytesToHex(publicKey) as RoomId };
  assert.deepEqual(hexOf(start({ ticket: onlyKey, room }), "host"), UNKNOWN);
  assert.deepEqual(hexOf(start({ ticket: invitationTicket(blocked.seed), room: blocked.room }), "host"), UNKNOWN);
});

test("[R17] [JOI-5] whoever knows room and public key, as members do, but has no seed, does not come in", () => {
  const { room, seed, publicKey } = invited();
  const other = newInvitationKey(provider, seeded(9));
  for (const forge of ["both", "room signature", "session signature", "key"] as const) {
    const joining = new Joining({ ticket: invitationTicket(seed), room, guest: person(5) });
    joining.change = (bytes, from) => {
      const message = decodeJoinMessage(bytes);
      if (from !== "guest" || message.type !== "present" || message.invitation === undefined) return bytes;
      const { roomSignature, sessionSignature } = message.invitation;
      const forged = new Uint8Array(64).fill(1);
      const invitation = {
        publicKey: forge === "key" ? other.publicKey : publicKey,
        roomSignature: forge === "both" || forge === "room signature" ? forged : roomSignature,
        sessionSignature: forge === "both" || forge === "session signature" ? forged : sessionSignature,
      };
      return encodeJoinMessage({ ...message, invitation });
    };
    joining.start();
    assert.equal(joining.failure, "denied", forge);
    assert.equal(joining.wish, undefined);
    assert.ok(joining.hostOutputs.some((output) => output.type === "audit" && output.record.event === "authFailed"));
  }
  assertIn(start({ ticket: invitationTicket(seed), room })); // it costs the invitation nothing
});

test("[R19] [R20] [JOI-6] a guest tells nothing to whoever cannot show that it knows the invitation", () => {
  const { room, seed } = invited();
  const tellsNothing = (joining: Joining, failure: string): void => {
    assert.equal(joining.failure, failure);
    const said = hexOf(joining, "guest");
    assert.equal(said.length, 1, "the asking alone");
    assert.ok(!said[0]?.includes(bytesToHex(seed.reveal())) && !said[0]?.includes(ROOM));
  };
  // It makes up its proof, sends ours back, or uses another session's.
  for (const proof of ["made up", "reflected", "elsewhere"] as const) {
    const joining = new Joining({ ticket: invitationTicket(seed), room });
    const elsewhere = start({
      ticket: invitationTicket(seed),
      room: invited().room,
      transcripts: [new Uint8Array(32), new Uint8Array(32)],
    });
    let asked: Uint8Array = new Uint8Array(16);
    joining.change = (bytes, from) => {
      const message = decodeJoinMessage(bytes);
      if (message.type === "ask" && message.kind === "invitation") asked = message.invitationProof;
      if (from === "guest" || message.type !== "known") return bytes;
      const [heard] = elsewhere.said;
      const other = heard?.type === "known" ? heard.proof : new Uint8Array(16);
      return encodeJoinMessage({
        type: "known",
        proof: proof === "made up" ? new Uint8Array(16).fill(9) : proof === "reflected" ? asked : other,
      });
    };
    tellsNothing(joining.start(), "impostor");
  }
  // Somebody in between has two sessions, and two transcripts: the member does not even recognise the guest.
  const between = start({
    ticket: invitationTicket(seed),
    room,
    transcripts: [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)],
  });
  tellsNothing(between, "unknown");
  // Knowing the room is not knowing the invitation.
  const stranger = new Joining({ ticket: invitationTicket(seed), room });
  stranger.change = (bytes, from) => {
    if (from === "guest") return bytes;
    return encodeJoinMessage({ type: "known", proof: new Uint8Array(16) });
  };
  tellsNothing(stranger.start(), "impostor");
});

test("[R22] [JOI-5] what was presented in one session is refused in another, and by another member", () => {
  const { room, seed, publicKey } = invited();
  const heard = new Joining({ ticket: invitationTicket(seed), room });
  heard.admits = false;
  heard.start();
  const recorded = heard.wire.filter(({ from }) => from === "guest").map(({ bytes }) => bytes);
  const present = recorded.map(decodeJoinMessage).find((message) => message.type === "present");
  assert.ok(present?.type === "present" && present.invitation !== undefined);
  assert.ok(verifyInvitation(provider, publicKey, ROOM, person(1).peerId, present.invitation.roomSignature));

  const replays = [{ transcript: new Uint8Array(32).fill(0x55) }, { host: person(6) }, { guest: person(7) }];
  for (const { transcript, ...who } of replays as { transcript?: Uint8Array; host?: never; guest?: never }[]) {
    const transcripts = transcript && ([transcript, transcript] as const);
    const replay = new Joining({ ticket: invitationTicket(seed), room, ...(transcripts && { transcripts }), ...who });
    // Even who can ask, because it knows the invitation's public key, has no signature for this session.
    replay.change = (bytes, from) => {
      const message = decodeJoinMessage(bytes);
      return from === "guest" && message.type === "present" ? encodeJoinMessage(present) : bytes;
    };
    replay.start();
    assert.equal(replay.failure, "denied");
    assert.equal(replay.wish, undefined);
  }
  // The asking itself, replayed, is not recognised.
  const replay = new Joining({ ticket: invitationTicket(seed), room, host: person(6) });
  replay.change = (bytes, from) => (from === "guest" ? (recorded[0] ?? bytes) : bytes);
  assert.deepEqual(hexOf(replay.start(), "host"), UNKNOWN);
});

test("[JOI-3] a room's invitations are tried up to JOIN_INVITATIONS_MAX, and no further", () => {
  const room = new Room();
  const filler = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      publicKey: provider.sha256(new Uint8Array([index >> 8, index])),
      state: "open" as const,
      expires: wallAt(HOUR),
    }));
  const { seed } = room.invite();
  const [last] = room.held;
  assert.ok(last !== undefined);
  room.held = [...filler(JOIN_INVITATIONS_MAX - 1), last];
  assertIn(start({ ticket: invitationTicket(seed), room }));
  room.members.clear();
  room.held = [...filler(JOIN_INVITATIONS_MAX), last];
  assert.equal(start({ ticket: invitationTicket(seed), room }).failure, "notYetKnown");
});

test("a side that falls silent ends by time, on both ends, whatever was under way", () => {
  const { room, seed } = invited();
  const silent = new Joining({ ticket: invitationTicket(seed), room });
  silent.change = () => undefined;
  silent.start();
  silent.pass(HANDSHAKE_TIMEOUT);
  assert.equal(silent.end, "timeout");
  silent.pass(minutes(1));
  assert.equal(silent.failure, "timeout");

  const undecided = new Joining({ ticket: invitationTicket(seed), room });
  undecided.admits = false;
  undecided.start().pass(HANDSHAKE_TIMEOUT);
  assert.equal(undecided.failure, "tryLater");
  assert.equal(undecided.end, "refused");
});
