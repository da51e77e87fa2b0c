import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex } from "../lib/hex.ts";
import { after, millis, seconds } from "../lib/time.ts";
import { decodeHello, encodeHello, encodeRefuse, encodeRetry } from "../wire/handshake-packet.ts";
import { HANDSHAKE_REPEATS_MAX, HANDSHAKE_TIMEOUT, PREAUTH_PACKET_BYTES_MAX } from "../wire/limits.ts";
import { PACKET, REFUSAL } from "../wire/registry.ts";
import { highestCommonVersion } from "./handshake.ts";
import {
  ALICE,
  BOB,
  drain,
  flipped,
  initiatorOf,
  meet,
  outcomes,
  packetOf,
  party,
  responderOf,
  START,
  seededRandom,
} from "./handshake-fixture.test.ts";
import { wipeKeying } from "./keying.ts";

test("a handshake gives both the same keys, crossed, and each the other's identity", () => {
  const { initiator, responder } = meet();
  assert.deepEqual(initiator.sendSecret.reveal(), responder.receiveSecret.reveal());
  assert.deepEqual(initiator.receiveSecret.reveal(), responder.sendSecret.reveal());
  assert.notDeepEqual(initiator.sendSecret.reveal(), initiator.receiveSecret.reveal());
  assert.deepEqual(initiator.resumeSecret.reveal(), responder.resumeSecret.reveal());
  assert.equal(initiator.resumeId, responder.resumeId);
  assert.match(initiator.resumeId, /^[0-9a-f]{32}$/);
  assert.deepEqual(initiator.transcript, responder.transcript);
  assert.equal(initiator.peer, BOB.identity.peerId);
  assert.equal(responder.peer, ALICE.identity.peerId);
  assert.deepEqual(initiator.remoteContactKey, BOB.identity.contactPublicKey);
  assert.deepEqual(responder.remoteContactKey, ALICE.identity.contactPublicKey);
  assert.equal(initiator.remoteIncarnation, bytesToHex(BOB.incarnation));
  assert.equal(responder.remoteIncarnation, bytesToHex(ALICE.incarnation));
  assert.equal(initiator.localIncarnation, responder.remoteIncarnation);
  assert.deepEqual([initiator.localIndex, initiator.remoteIndex], [0xa11ce, 0xb0b]);
  assert.deepEqual([responder.localIndex, responder.remoteIndex], [0xb0b, 0xa11ce]);
  assert.deepEqual([initiator.role, responder.role], ["initiator", "responder"]);
  assert.deepEqual([initiator.version, responder.version], [1, 1]);
  wipeKeying(initiator);
  assert.ok(initiator.sendSecret.isWiped && initiator.resumeSecret.isWiped);
});

test("[HS-2] two handshakes of the same two share no key and no transcript", () => {
  const first = meet();
  const second = meet(initiatorOf(ALICE, { random: seededRandom("another") }));
  assert.notDeepEqual(first.initiator.transcript, second.initiator.transcript);
  assert.notDeepEqual(first.initiator.sendSecret.reveal(), second.initiator.sendSecret.reveal());
  assert.notEqual(first.initiator.resumeId, second.initiator.resumeId);
});

test("neither identity, contact key nor incarnation is readable on the wire", () => {
  const { hello, answer, confirm } = meet();
  const wire = [hello, answer, confirm].map(bytesToHex).join("|");
  for (const { identity, incarnation, staticKeys } of [ALICE, BOB]) {
    for (const secret of [identity.contactPublicKey, incarnation, staticKeys.publicKey]) {
      assert.ok(!wire.includes(bytesToHex(secret)));
    }
    assert.ok(!wire.includes(identity.peerId));
  }
});

test("[HS-4] an initiator that wants somebody else sends no message 3 and says who answered", () => {
  const eve = party("eve");
  const initiator = initiatorOf(ALICE, { expectedPeer: BOB.identity.peerId });
  const responder = responderOf(eve);
  responder.handleMessage(packetOf(initiator), START);
  initiator.handleMessage(packetOf(responder), START);
  assert.deepEqual(drain(initiator), [{ type: "failed", reason: "unexpected-peer", peer: eve.identity.peerId }]);
  assert.equal(meet(initiatorOf(ALICE, { expectedPeer: BOB.identity.peerId })).initiator.peer, BOB.identity.peerId);
});

test("[HS-3] an identity whose signature does not verify is refused on both sides", () => {
  const eve = party("eve");
  const impostor = { ...eve, identity: { ...eve.identity, peerId: BOB.identity.peerId } };
  const deceived = initiatorOf(ALICE, { expectedPeer: BOB.identity.peerId });
  const false2 = responderOf(impostor);
  false2.handleMessage(packetOf(deceived), START);
  deceived.handleMessage(packetOf(false2), START);
  assert.deepEqual(outcomes(deceived), ["failed: crypto"]);

  const responder = responderOf({ ...BOB, identity: ALICE.identity });
  const false3 = initiatorOf(impostor);
  responder.handleMessage(packetOf(false3), START);
  false3.handleMessage(packetOf(responder), START);
  const [confirm] = drain(false3);
  assert.ok(confirm?.type === "transmit");
  responder.handleMessage(confirm.bytes, START);
  assert.deepEqual(outcomes(responder), ["failed: crypto"]);
});

test("[HS-5] meeting oneself fails, by identity and by static key", () => {
  const twin = { ...party("twin"), identity: ALICE.identity };
  const sameKeys = { ...party("other"), staticKeys: ALICE.staticKeys };
  for (const self of [ALICE, twin, sameKeys]) {
    const initiator = initiatorOf(ALICE);
    const responder = responderOf(self, { random: seededRandom("self") });
    responder.handleMessage(packetOf(initiator), START);
    initiator.handleMessage(packetOf(responder), START);
    assert.deepEqual(outcomes(initiator), ["failed: self"]);
  }
});

test("[HS-5] a responder refuses an initiator that claims the responder's identity", () => {
  // An initiator of ours stops by itself; this one sees another identity when it looks.
  let reads = 0;
  const identity = { ...BOB.identity };
  const peerId = { get: () => (reads++ === 0 ? ALICE.identity.peerId : BOB.identity.peerId) };
  const initiator = initiatorOf({ ...ALICE, identity: Object.defineProperty(identity, "peerId", peerId) });
  const responder = responderOf();
  responder.handleMessage(packetOf(initiator), START);
  initiator.handleMessage(packetOf(responder), START);
  const [confirm] = drain(initiator);
  assert.ok(confirm?.type === "transmit");
  responder.handleMessage(confirm.bytes, START);
  assert.deepEqual(outcomes(responder), ["failed: self"]);
});

test("[HS-5] a hello that comes back as an answer, our own ephemeral in it, is refused", () => {
  const initiator = initiatorOf();
  const { noise } = decodeHello(packetOf(initiator));
  const answer = new Uint8Array(1 + 1_352);
  answer[0] = PACKET.answer;
  answer.set(noise.subarray(0, 32), 1);
  initiator.handleMessage(answer, START);
  assert.deepEqual(outcomes(initiator), ["failed: crypto"]);
});

test("[HS-6] ephemeral and static keys of low order are refused", () => {
  const responder = responderOf();
  const hello = decodeHello(packetOf(initiatorOf()));
  const noise = hello.noise.slice();
  noise.fill(0, 0, 32);
  responder.handleMessage(encodeHello({ ...hello, noise }), START);
  assert.deepEqual(outcomes(responder), ["failed: crypto"]);
  const zero = { ...BOB, staticKeys: { secretKey: BOB.staticKeys.secretKey, publicKey: new Uint8Array(32) } };
  const initiator = initiatorOf();
  const impostor = responderOf(zero);
  impostor.handleMessage(packetOf(initiator), START);
  initiator.handleMessage(packetOf(impostor), START);
  assert.deepEqual(outcomes(initiator), ["failed: crypto"]);
});

test("[HS-7] an ML-KEM public key with a coefficient over q is refused", () => {
  const responder = responderOf();
  const hello = decodeHello(packetOf(initiatorOf()));
  const noise = hello.noise.slice();
  noise.fill(0xff, 32, 64);
  responder.handleMessage(encodeHello({ ...hello, noise }), START);
  assert.deepEqual(outcomes(responder), ["failed: crypto"]);
});

test("[HS-8] versions: the highest common one, else a refusal", () => {
  assert.equal(highestCommonVersion({ min: 1, max: 3 }, { min: 2, max: 5 }), 3);
  assert.equal(highestCommonVersion({ min: 1, max: 1 }, { min: 2, max: 5 }), undefined);
  const met = meet(
    initiatorOf(ALICE, { versions: { min: 1, max: 3 } }),
    responderOf(BOB, { versions: { min: 1, max: 2 } }),
  );
  assert.deepEqual([met.initiator.version, met.responder.version], [2, 2]);

  const responder = responderOf(BOB, { versions: { min: 2, max: 2 } });
  const initiator = initiatorOf();
  responder.handleMessage(packetOf(initiator), START);
  const [refuse, failed] = drain(responder);
  assert.deepEqual(refuse, { type: "transmit", bytes: encodeRefuse(REFUSAL.version) });
  assert.deepEqual(failed, { type: "failed", reason: "version" });
  initiator.handleMessage(encodeRefuse(REFUSAL.version), START);
  assert.deepEqual(drain(initiator), [{ type: "failed", reason: "refused", refusal: REFUSAL.version }]);
});

test("[HS-8] a hello whose versions were lowered on the way fails: the prologue has them", () => {
  const initiator = initiatorOf(ALICE, { versions: { min: 1, max: 2 } });
  const responder = responderOf(BOB, { versions: { min: 1, max: 2 } });
  responder.handleMessage(encodeHello({ ...decodeHello(packetOf(initiator)), versionMax: 1 }), START);
  initiator.handleMessage(packetOf(responder), START);
  assert.deepEqual(outcomes(initiator), ["failed: crypto"]);
});

test("[HS-8] an answer with less than the highest common version is refused", () => {
  // A responder that chooses as if it spoke 1 alone, and says that it speaks 1 to 2.
  let reads = 0;
  const versions = Object.defineProperty({ min: 1, max: 1 }, "max", { get: () => (reads++ === 0 ? 1 : 2) });
  const initiator = initiatorOf(ALICE, { versions: { min: 1, max: 2 } });
  const responder = responderOf(BOB, { versions });
  responder.handleMessage(packetOf(initiator), START);
  initiator.handleMessage(packetOf(responder), START);
  assert.deepEqual(outcomes(initiator), ["failed: version"]);
});

test("[HS-8] an initiator whose payload differs from its hello is refused", () => {
  let reads = 0;
  const versions = Object.defineProperty({ min: 1, max: 1 }, "max", { get: () => (reads++ < 2 ? 1 : 2) });
  const initiator = initiatorOf(ALICE, { versions });
  const responder = responderOf();
  responder.handleMessage(packetOf(initiator), START);
  initiator.handleMessage(packetOf(responder), START);
  const [confirm] = drain(initiator);
  assert.ok(confirm?.type === "transmit");
  responder.handleMessage(confirm.bytes, START);
  assert.deepEqual(outcomes(responder), ["failed: version"]);
});

test("[HS-9] a retry makes the same hello come again with the cookie, once", () => {
  const initiator = initiatorOf();
  const first = decodeHello(packetOf(initiator));
  initiator.handleMessage(encodeRetry(Uint8Array.of(7, 7, 7)), START);
  const again = packetOf(initiator);
  const second = decodeHello(again);
  assert.deepEqual(second, { ...first, cookie: Uint8Array.of(7, 7, 7) });
  const responder = responderOf();
  responder.handleMessage(again, START);
  const answer = packetOf(responder);
  initiator.handleMessage(answer, START);
  assert.deepEqual(outcomes(initiator), ["transmit", "done"], "the cookie is no part of the transcript");

  const twice = initiatorOf();
  packetOf(twice);
  twice.handleMessage(encodeRetry(Uint8Array.of(1)), START);
  packetOf(twice);
  twice.handleMessage(encodeRetry(Uint8Array.of(2)), START);
  assert.deepEqual(outcomes(twice), ["failed: protocol"]);
});

test("a contact tag is made for the ephemeral of this handshake and bound by it", () => {
  const seen: string[] = [];
  const tag = (ephemeral: Uint8Array): Uint8Array => {
    seen.push(bytesToHex(ephemeral));
    return ephemeral.slice(0, 16);
  };
  const initiator = initiatorOf(ALICE, { tag });
  const packet = packetOf(initiator);
  const hello = decodeHello(packet);
  assert.deepEqual(seen, [bytesToHex(hello.noise.subarray(0, 32))]);
  assert.deepEqual(hello.tag, hello.noise.slice(0, 16));
  const responder = responderOf();
  responder.handleMessage(encodeHello({ ...hello, tag: new Uint8Array(16) }), START);
  initiator.handleMessage(packetOf(responder), START);
  assert.deepEqual(outcomes(initiator), ["failed: crypto"], "a stripped tag");
});

test("HANDSHAKE_TIMEOUT ends either side, a moment earlier does not", () => {
  for (const machine of [initiatorOf(), responderOf()]) {
    drain(machine);
    const deadline = after(START, HANDSHAKE_TIMEOUT);
    assert.equal(machine.nextTimeout(), deadline);
    machine.handleTimeout(after(START, millis(HANDSHAKE_TIMEOUT - 1)));
    assert.deepEqual(drain(machine), []);
    machine.handleTimeout(deadline);
    assert.deepEqual(outcomes(machine), ["failed: timeout"]);
    assert.equal(machine.nextTimeout(), undefined);
    machine.handleTimeout(after(deadline, seconds(1)));
    assert.deepEqual(drain(machine), []);
  }
});

test("on a link that loses, each message is repeated until the next one comes", () => {
  const tuned = { isReliable: false };
  const initiator = initiatorOf(ALICE, tuned);
  const responder = responderOf(BOB, tuned);
  const hello = packetOf(initiator); //                                                     lost
  const due = initiator.nextTimeout()!;
  initiator.handleTimeout(due);
  const again = packetOf(initiator);
  assert.deepEqual(again, hello);
  responder.handleMessage(again, due);
  const answer = packetOf(responder); //                                                    lost
  responder.handleMessage(hello, due); //                                                   late: the same answer
  assert.deepEqual(packetOf(responder), answer);
  responder.handleTimeout(responder.nextTimeout()!);
  assert.deepEqual(packetOf(responder), answer);
  initiator.handleMessage(answer, due);
  const [confirm, done] = drain(initiator);
  assert.equal(done?.type, "done");
  responder.handleMessage(Uint8Array.of(PACKET.record, 1, 2, 3), due); //                   overtook the confirm
  assert.deepEqual(drain(responder), []);
  initiator.handleMessage(answer, due); //                                                  the confirm was lost
  assert.deepEqual(drain(initiator), [confirm]);
  if (confirm?.type === "transmit") responder.handleMessage(confirm.bytes, due);
  assert.deepEqual(outcomes(responder), ["done"]);
  for (let i = 0; i < 2 * HANDSHAKE_REPEATS_MAX; i++) initiator.handleMessage(answer, due);
  assert.equal(drain(initiator).length, HANDSHAKE_REPEATS_MAX - 1, "bounded");
  const asked = responderOf(BOB, tuned);
  for (let i = 0; i < 2 * HANDSHAKE_REPEATS_MAX; i++) asked.handleMessage(hello, due);
  assert.equal(drain(asked).length, 1 + HANDSHAKE_REPEATS_MAX, "bounded");
});

test("damage: a hello with one flipped bit never makes a session", () => {
  const { hello, answer } = meet();
  let answered = 0;
  for (let byte = 0; byte < hello.length; byte += byte < 60 ? 1 : 41) {
    const responder = responderOf();
    responder.handleMessage(flipped(hello, byte, byte % 8), START);
    const [output] = drain(responder);
    if (output?.type !== "transmit" || output.bytes[0] === PACKET.refuse) continue;
    answered++;
    assert.notDeepEqual(output.bytes, answer);
    const initiator = initiatorOf(); // the same chance as the one whose hello was damaged
    assert.deepEqual(packetOf(initiator), hello);
    initiator.handleMessage(output.bytes, START);
    assert.deepEqual(outcomes(initiator), ["failed: crypto"], `byte ${byte}`);
  }
  assert.ok(answered > 20, `${answered} answered`);
});

test("damage: answer and confirm, bytes flipped or cut, fail whoever reads them", () => {
  const { answer, confirm } = meet();
  for (let byte = 0; byte < answer.length; byte += 23) {
    for (const broken of [flipped(answer, byte, byte % 8), answer.subarray(0, byte)]) {
      const initiator = initiatorOf();
      drain(initiator);
      initiator.handleMessage(broken, START);
      assert.match(outcomes(initiator).join(), /^failed: (crypto|protocol)$/, `answer byte ${byte}`);
    }
  }
  for (let byte = 0; byte < confirm.length; byte += 9) {
    for (const broken of [flipped(confirm, byte, byte % 8), confirm.subarray(0, byte)]) {
      const responder = responderOf();
      responder.handleMessage(packetOf(initiatorOf()), START);
      drain(responder);
      responder.handleMessage(broken, START);
      assert.match(outcomes(responder).join(), /^failed: (crypto|protocol)$/, `confirm byte ${byte}`);
    }
  }
  // The frame of these loops is sound: undamaged, the same bytes open.
  const responder = responderOf();
  responder.handleMessage(packetOf(initiatorOf()), START);
  drain(responder);
  responder.handleMessage(confirm, START);
  assert.deepEqual(outcomes(responder), ["done"]);
});

test("trailing bytes, an empty packet and one over PREAUTH_PACKET_BYTES_MAX fail", () => {
  for (const packet of [
    new Uint8Array(0),
    Uint8Array.from([...packetOf(initiatorOf()), 0]),
    new Uint8Array(PREAUTH_PACKET_BYTES_MAX + 1).fill(PACKET.hello),
  ]) {
    const responder = responderOf();
    responder.handleMessage(packet, START);
    assert.deepEqual(outcomes(responder), ["failed: protocol"]);
  }
});
