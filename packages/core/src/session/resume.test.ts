import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { bytesToHex } from "../lib/hex.ts";
import { after, millis, seconds } from "../lib/time.ts";
import { decodeResume, encodeRefuse, encodeResume, encodeResumed, encodeRetry } from "../wire/handshake-packet.ts";
import { HANDSHAKE_TIMEOUT, RESUMABLE_MAX, RESUME_RECEIVED_BYTES_MAX } from "../wire/limits.ts";
import { PACKET, REFUSAL } from "../wire/registry.ts";
import {
  ALICE,
  BOB,
  drain,
  flipped,
  meet,
  type Party,
  packetOf,
  START,
  seededRandom,
} from "./handshake-fixture.test.ts";
import type { Keying } from "./keying.ts";
import { ResumeBook, type ResumeVerdict } from "./resume-book.ts";
import type { ResumeInitiator } from "./resume-initiator.ts";

const RECEIVED = Uint8Array.of(1, 2, 3);
const MET = meet();
const copyOf = (keying: Keying): Keying => {
  const secret = (of: "sendSecret" | "receiveSecret" | "resumeSecret") => new Secret(keying[of].reveal().slice());
  return {
    ...keying,
    sendSecret: secret("sendSecret"),
    receiveSecret: secret("receiveSecret"),
    resumeSecret: secret("resumeSecret"),
  };
};
function bookOf(who: Party, keying: Keying): ResumeBook {
  const book = new ResumeBook({
    provider: nobleProvider,
    random: seededRandom(`${who.name} resume`),
    self: who.identity.peerId,
  });
  book.hold(copyOf(keying));
  return book;
}

/** Both ends after the handshake that `MET` recorded. */
const both = (): { alice: ResumeBook; bob: ResumeBook } => ({
  alice: bookOf(ALICE, MET.initiator),
  bob: bookOf(BOB, MET.responder),
});
const ID = MET.initiator.resumeId;
const ask = (book: ResumeBook, localIndex = 7, now = START): ResumeInitiator => {
  const initiator = book.begin(ID, { localIndex, now });
  assert.ok(initiator);
  return initiator;
};
const answer = (book: ResumeBook, packet: Uint8Array, localIndex = 8): ResumeVerdict =>
  book.answer(packet, { localIndex, received: RECEIVED, now: START });

function answered(verdict: ResumeVerdict): { bytes: Uint8Array; keying: Keying } {
  assert.ok(verdict.type === "answered" || verdict.type === "repeated", verdict.type);
  return verdict;
}

test("[RES-1] a resumption gives both fresh keys for the same two processes", () => {
  const { alice, bob } = both();
  const initiator = ask(alice);
  const theirs = answered(answer(bob, packetOf(initiator)));
  initiator.handleMessage(theirs.bytes, START);
  const [done] = drain(initiator);
  assert.ok(done?.type === "done");
  const ours = done.keying;
  assert.deepEqual(done.received, RECEIVED);
  assert.deepEqual(ours.sendSecret.reveal(), theirs.keying.receiveSecret.reveal());
  assert.deepEqual(ours.receiveSecret.reveal(), theirs.keying.sendSecret.reveal());
  assert.deepEqual(ours.resumeSecret.reveal(), theirs.keying.resumeSecret.reveal());
  assert.equal(ours.resumeId, theirs.keying.resumeId);
  assert.notEqual(ours.resumeId, ID);
  assert.deepEqual(ours.transcript, theirs.keying.transcript);
  for (const old of [MET.initiator.sendSecret, MET.initiator.receiveSecret, MET.initiator.resumeSecret]) {
    assert.notDeepEqual(ours.sendSecret.reveal(), old.reveal());
    assert.notDeepEqual(ours.resumeSecret.reveal(), old.reveal());
  }
  assert.deepEqual([ours.role, ours.localIndex, ours.remoteIndex], ["initiator", 7, 8]);
  assert.deepEqual([theirs.keying.role, theirs.keying.localIndex, theirs.keying.remoteIndex], ["responder", 8, 7]);
  assert.deepEqual([ours.peer, ours.remoteIncarnation], [BOB.identity.peerId, MET.initiator.remoteIncarnation]);
  assert.deepEqual(theirs.keying.remoteContactKey, MET.responder.remoteContactKey);
});

test("the responder of a handshake may be the initiator of a resumption", () => {
  const { alice, bob } = both();
  const initiator = ask(bob);
  initiator.handleMessage(answered(answer(alice, packetOf(initiator))).bytes, START);
  const [done] = drain(initiator);
  assert.ok(done?.type === "done" && done.keying.peer === ALICE.identity.peerId);
});

test("[RES-2] a retry sends identical bytes and gets the identical answer and keying", () => {
  const { alice, bob } = both();
  const initiator = ask(alice);
  const request = packetOf(initiator);
  const first = answer(bob, request);
  bob.hold(answered(first).keying);
  initiator.retry(after(START, seconds(3)));
  const again = packetOf(initiator);
  assert.deepEqual(again, request);
  assert.equal(alice.begin(ID, { localIndex: 99, now: START }), initiator, "an open request is put out again");
  assert.deepEqual(packetOf(initiator), request);
  const second = answer(bob, again, 77);
  assert.equal(second.type, "repeated");
  assert.deepEqual(answered(second), { ...answered(first), type: "repeated" });
  initiator.handleMessage(answered(second).bytes, START);
  initiator.handleMessage(answered(first).bytes, START); // late
  assert.deepEqual(
    drain(initiator).map((output) => output.type),
    ["done"],
  );
});

test("[RES-2] a recorded request brings back no keying that was replaced or dropped", () => {
  for (const end of ["replaced", "dropped", "not held"] as const) {
    const { alice, bob } = both();
    const request = packetOf(ask(alice));
    const { keying } = answered(answer(bob, request));
    if (end !== "not held") bob.hold(keying);
    if (end === "replaced") bob.hold({ ...copyOf(MET.responder), resumeId: "ab".repeat(16) });
    if (end === "dropped") bob.drop(keying.resumeId);
    assert.deepEqual(answer(bob, request), refusal("ERR_UNEXPECTED"), end);
  }
});

test("ResumeBook.idFor gives the newest keying that the peer has for sure", () => {
  const { alice, bob } = both();
  const initiator = ask(alice);
  const { bytes, keying } = answered(answer(bob, packetOf(initiator)));
  bob.hold(keying);
  assert.equal(bob.idFor(ALICE.identity.peerId), ID, "the answer may have been lost");
  initiator.handleMessage(bytes, START);
  const [done] = drain(initiator);
  assert.ok(done?.type === "done");
  alice.hold(done.keying);
  assert.equal(alice.idFor(BOB.identity.peerId), keying.resumeId, "who answered has the keys");
  bob.confirm(keying.resumeId);
  assert.equal(bob.idFor(ALICE.identity.peerId), keying.resumeId);
  assert.equal(bob.idFor(BOB.identity.peerId), undefined);
  bob.hold({ ...copyOf(MET.responder), resumeId: "cd".repeat(16), remoteIncarnation: "ef".repeat(16) });
  bob.dropSession(keying);
  assert.equal(bob.idFor(ALICE.identity.peerId), "cd".repeat(16), "another process of that peer");
});

test("[RES-3] another request under an answered id is refused, and a spent id is unknown", () => {
  const { alice, bob } = both();
  const keying = answered(answer(bob, packetOf(ask(alice)))).keying;
  const other = packetOf(ask(bookOf({ ...ALICE, name: "alice again" }, MET.initiator)));
  assert.deepEqual(answer(bob, other), refusal("ERR_UNEXPECTED"));
  bob.hold(keying);
  assert.equal(bob.size, 2);
  bob.confirm(keying.resumeId);
  assert.equal(bob.size, 1);
  assert.equal(bob.peerOf(ID), undefined);
  assert.equal(bob.peerOf(keying.resumeId), ALICE.identity.peerId);
  assert.deepEqual(answer(bob, other), refusal("ERR_VALUE"));
});

test("[RES-4] our own request sent back to us opens nothing", () => {
  const { alice } = both();
  assert.deepEqual(answer(alice, packetOf(ask(alice))), refusal("ERR_CRYPTO"));
});

test("[RES-5] who knows the id but not the secret gets the answer that a stranger gets, and spends nothing", () => {
  const { alice, bob } = both();
  const request = packetOf(ask(alice));
  const forged = { ...copyOf(MET.initiator), resumeSecret: new Secret(new Uint8Array(32).fill(1)) };
  const thief = bookOf(ALICE, forged);
  const stranger = encodeResume({ ...decodeResume(request), id: "00".repeat(16) });
  assert.deepEqual(answer(bob, packetOf(ask(thief))), refusal("ERR_CRYPTO"));
  assert.deepEqual(answer(bob, stranger), refusal("ERR_VALUE"));
  assert.equal(answer(bob, request).type, "answered");
});

test("[RES-6] of two requests at once, the smaller PeerId's counts", () => {
  const { alice, bob } = both();
  const [small, large] = ALICE.identity.peerId < BOB.identity.peerId ? [alice, bob] : [bob, alice];
  const wins = ask(small);
  const loses = ask(large);
  const winning = packetOf(wins);
  const verdict = answer(small, packetOf(loses));
  assert.ok(verdict.type === "overruled" && verdict.initiator === wins);
  assert.deepEqual(packetOf(wins), winning, "its own goes out again, for the link the other came on");
  const { bytes } = answered(answer(large, winning));
  assert.equal(loses.phase, "failed");
  assert.deepEqual(drain(loses), []);
  wins.handleMessage(bytes, START);
  assert.deepEqual(
    drain(wins).map((output) => output.type),
    ["done"],
  );
});

test("after its answer was lost, the responder may ask itself, and both end with one keying", () => {
  const { alice, bob } = both();
  const mine = ask(alice);
  answered(answer(bob, packetOf(mine))); // lost, and the link with it
  mine.abandon();
  const theirs = ask(bob);
  const { bytes, keying } = answered(answer(alice, packetOf(theirs)));
  theirs.handleMessage(bytes, START);
  const [done] = drain(theirs);
  assert.ok(done?.type === "done");
  assert.deepEqual(done.keying.sendSecret.reveal(), keying.receiveSecret.reveal());
});

test("[RES-7] wrong version and damage: a refusal on one side, a failure on the other, never keys", () => {
  const { alice } = both();
  const initiator = ask(alice);
  const request = packetOf(initiator);
  const versioned = encodeResume({ ...decodeResume(request), version: 2 });
  assert.deepEqual(answer(both().bob, versioned), {
    type: "refused",
    bytes: encodeRefuse(REFUSAL.version),
    code: "ERR_VERSION",
  });
  const { bob } = both();
  for (let byte = 0; byte < request.length; byte += byte < 60 ? 1 : 37) {
    assert.equal(answer(bob, flipped(request, byte, byte % 8)).type, "refused", `byte ${byte}`);
    assert.equal(answer(bob, request.subarray(0, byte)).type, "refused", `cut at ${byte}`);
  }
  assert.equal(answer(bob, Uint8Array.from([...request, 0])).type, "refused");
  const { bytes } = answered(answer(bob, request));
  for (let byte = 0; byte < bytes.length; byte += byte < 60 ? 1 : 37) {
    for (const broken of [flipped(bytes, byte, byte % 8), bytes.subarray(0, byte)]) {
      const twin = ask(both().alice);
      assert.deepEqual(packetOf(twin), request);
      twin.handleMessage(broken, START);
      assert.match(outcome(twin), /^failed: (crypto|protocol)$/, `byte ${byte}`);
    }
  }
  initiator.handleMessage(bytes, START);
  assert.equal(outcome(initiator), "done");
});

test("[RES-8] each packet in each state of the side that asks", () => {
  const request = packetOf(ask(both().alice));
  const { bytes } = answered(answer(both().bob, request));
  const packets: Record<string, Uint8Array> = {
    resumed: bytes,
    refuse: encodeRefuse(REFUSAL.unknown),
    otherId: encodeResumed("00".repeat(16), bytes.subarray(17)),
    resume: request,
    hello: MET.hello,
    retry: encodeRetry(Uint8Array.of(1)),
    answer: MET.answer,
    confirm: MET.confirm,
    record: new Uint8Array(64).fill(PACKET.record),
    empty: new Uint8Array(0),
  };
  const expected: Record<string, string> = { resumed: "done", refuse: "failed: refused" };
  for (const state of ["waiting", "paused", "done", "failed"]) {
    for (const [name, packet] of Object.entries(packets)) {
      const initiator = ask(both().alice);
      if (state === "paused") initiator.handleTimeout(after(START, HANDSHAKE_TIMEOUT));
      if (state === "done") initiator.handleMessage(bytes, START);
      if (state === "failed") initiator.handleMessage(Uint8Array.of(0), START);
      drain(initiator);
      initiator.handleMessage(packet, START);
      const isOpen = state === "waiting" || state === "paused";
      assert.equal(outcome(initiator), isOpen ? (expected[name] ?? "failed: protocol") : "", `${name} while ${state}`);
    }
  }
  for (const [name, packet] of Object.entries(packets)) {
    const verdict = answer(both().bob, packet);
    assert.equal(verdict.type, name === "resume" ? "answered" : "refused", name);
  }
});

test("without an answer it pauses, and on a link that loses it repeats itself first", () => {
  const initiator = both().alice.begin(ID, { localIndex: 1, now: START, isReliable: false });
  assert.ok(initiator);
  const request = packetOf(initiator);
  initiator.handleTimeout(after(START, millis(999)));
  assert.deepEqual(drain(initiator), []);
  initiator.handleTimeout(after(START, seconds(1)));
  assert.deepEqual(packetOf(initiator), request);
  initiator.handleTimeout(after(START, HANDSHAKE_TIMEOUT));
  assert.deepEqual(drain(initiator), [{ type: "unanswered" }]);
  assert.equal(initiator.nextTimeout(), undefined);
  initiator.retry(after(START, seconds(60)));
  assert.deepEqual(packetOf(initiator), request);
  assert.equal(initiator.nextTimeout(), after(START, seconds(70)));
});

test("[RES-9] secrets end: by time, when dropped, with their peer; what is wiped elsewhere is unknown", () => {
  const { alice, bob } = both();
  const request = packetOf(ask(alice));
  bob.expireAt(ID, after(START, seconds(5)));
  assert.equal(bob.nextTimeout(), after(START, seconds(5)));
  bob.handleTimeout(after(START, millis(4_999)));
  assert.equal(bob.size, 1);
  bob.handleTimeout(after(START, seconds(5)));
  assert.equal(bob.size, 0);
  assert.deepEqual(answer(bob, request), refusal("ERR_VALUE"));

  const kept = both().bob;
  kept.expireAt(ID, after(START, seconds(5)));
  kept.expireAt(ID, undefined);
  kept.handleTimeout(after(START, seconds(99)));
  assert.equal(kept.size, 1);
  kept.dropPeer(ALICE.identity.peerId);
  assert.equal(kept.size, 0);

  const keying = copyOf(MET.responder);
  const wiped = bookOf(BOB, MET.responder);
  wiped.drop(ID);
  wiped.hold(keying);
  keying.resumeSecret.wipe();
  assert.equal(wiped.peerOf(ID), undefined);
  assert.equal(wiped.begin(ID, { localIndex: 1, now: START }), undefined);
  wiped.drop(ID);

  const dropped = both().alice;
  const open = ask(dropped);
  drain(open);
  dropped.drop(ID);
  assert.equal(open.phase, "failed");
});

test("RESUMABLE_MAX: the oldest yields; RESUME_RECEIVED_BYTES_MAX fits one packet", () => {
  const { alice, bob } = both();
  for (let i = 1; i < RESUMABLE_MAX; i++)
    alice.hold({ ...copyOf(MET.initiator), resumeId: i.toString(16).padStart(32, "0") });
  assert.equal(alice.size, RESUMABLE_MAX);
  assert.equal(alice.peerOf(ID), BOB.identity.peerId);
  alice.hold({ ...copyOf(MET.initiator), resumeId: "ff".repeat(16) });
  assert.equal(alice.size, RESUMABLE_MAX);
  assert.equal(alice.peerOf(ID), undefined);

  const initiator = ask(both().alice);
  const received = new Uint8Array(RESUME_RECEIVED_BYTES_MAX).fill(9);
  const { bytes } = answered(bob.answer(packetOf(initiator), { localIndex: 1, received, now: START }));
  initiator.handleMessage(bytes, START);
  const [done] = drain(initiator);
  assert.ok(done?.type === "done");
  assert.equal(bytesToHex(done.received), bytesToHex(received));
  const above = new Uint8Array(RESUME_RECEIVED_BYTES_MAX + 1);
  assert.throws(
    () => both().bob.answer(packetOf(ask(both().alice)), { localIndex: 1, received: above, now: START }),
    /received offsets/,
  );
});

const refusal = (code: string): object => ({ type: "refused", bytes: encodeRefuse(REFUSAL.unknown), code });

const outcome = (initiator: ResumeInitiator): string =>
  drain(initiator)
    .map((output) => (output.type === "failed" ? `failed: ${output.reason}` : output.type))
    .join();
