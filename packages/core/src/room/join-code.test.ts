/** Room codes and challenges: who may guess how often, and what whoever listens can do with it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cpaceFinish, cpaceGenerator, cpaceStart } from "../crypto/cpace.ts";
import type { Secret } from "../crypto/secret.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { millis, seconds } from "../lib/time.ts";
import { textToBytes } from "../lib/utf8.ts";
import { AttemptLimits } from "../trust/attempt-limits.ts";
import { associatedData, PAIRING_CI, PairingKeys, pairingContext } from "../trust/pairing-keys.ts";
import { NOW, person, provider, seeded, vectors, WALL, wallAt } from "../trust/trust-fixture.test.ts";
import {
  CHALLENGE_PAUSE,
  CODE_ATTEMPT_COOLDOWN,
  JOIN_REQUEST_INTERVAL,
  PAIRING_CODE_TTL,
  PAIRING_TRIES,
} from "../wire/limits.ts";
import { codeGround } from "./join-code.ts";
import { decodeJoinMessage, encodeJoinMessage } from "./join-message.ts";
import { JoinRequests } from "./join-requests.ts";
import {
  assertIn,
  Desk,
  invitationTicket,
  Joining,
  type JoiningOptions,
  knockTicket,
  PARTS,
  ROOM,
  Room,
  start,
  TRANSCRIPT,
} from "./join-world.test.ts";
import {
  adoptRoomCode,
  newRoomCode,
  parseRoomCode,
  type RoomCode,
  roomCodeNews,
  roomCodeText,
  type TypedRoomCode,
} from "./room-code.ts";
import type { RoomId } from "./room-id.ts";

const RETRY = millis(CODE_ATTEMPT_COOLDOWN + 1_000);

const shown = (seed = 1): { room: Room; code: RoomCode; typed: TypedRoomCode } => {
  const room = new Room();
  const code = newRoomCode({ random: seeded(seed), taken: new Set(), now: NOW, wall: WALL });
  room.codes = [code];
  const typed = parseRoomCode(roomCodeText(code));
  assert.ok(typed !== undefined);
  return { room, code, typed };
};
const wrongWords = ({ number, words }: TypedRoomCode): TypedRoomCode => ({
  number,
  words: words === "acorn-canyon" ? "canyon-acorn" : "acorn-canyon",
});

test("[JOI-13] a room code brings its guest in, tells it which room, and works once", () => {
  const { room, code, typed } = shown();
  const joining = start({ ticket: typed, room });
  assertIn(joining);
  assert.deepEqual(joining.wish?.how, { by: "code" });
  assert.deepEqual(
    joining.guestOutputs.find((output) => output.type === "room"),
    { type: "room", room: ROOM, name: "Garden" },
  );
  assert.equal(joining.ofHost("codeTried")?.how, "right");
  assert.equal(code.shown.isUsable(NOW), false);
  assert.equal(start({ ticket: typed, room, guest: person(3) }).failure, "unknown");
});

test("[JOI-13] three wrong room codes burn it: the words are refused then, and whoever shows it is told", () => {
  const { room, code, typed } = shown();
  const desk = new Desk();
  for (let tries = 1; tries <= PAIRING_TRIES; tries++) {
    const joining = new Joining({ ticket: wrongWords(typed), room, desk, source: `10.0.0.${tries}` });
    assert.equal(joining.start().failure, "wrongCode");
    assert.equal(joining.ofHost("codeTried")?.how, "wrong");
    assert.equal(code.shown.triesLeft, PAIRING_TRIES - tries);
    assert.equal(joining.wish, undefined);
    // The count was stored before the guest was told.
    const order = joining.hostOutputs.map((output) => {
      if (output.type !== "send") return output.type;
      const message = decodeJoinMessage(output.bytes);
      return message.type === "proof" ? message.message.type : message.type;
    });
    assert.ok(order.indexOf("store") < order.indexOf("wrong"), order.join(" "));
  }
  const fourth = start({ ticket: typed, room, desk, source: "10.0.0.9" });
  assert.equal(fourth.failure, "unknown");
});

test("[JOI-13] a code that another member announced is answered by both, and tried at each door for itself", () => {
  const { room, code, typed } = shown();
  const other = new Room();
  const news = roomCodeNews(code);
  assert.ok(news.type === "shown");
  const adopted = adoptRoomCode(news, { random: seeded(4), now: NOW, wall: WALL });
  other.codes = [adopted];
  assert.equal(start({ ticket: wrongWords(typed), room: other, host: person(4) }).failure, "wrongCode");
  assert.equal(adopted.shown.triesLeft, PAIRING_TRIES - 1);
  assert.equal(code.shown.triesLeft, PAIRING_TRIES);
  assertIn(start({ ticket: typed, room: other, host: person(4), source: "10.0.0.2" }));
  assertIn(start({ ticket: typed, room, guest: person(3) }));
});

test("[JOI-13] an expired code, one of a member that may not invite, and a wrong number let nobody in", () => {
  const { room, typed } = shown();
  assert.equal(start({ ticket: { ...typed, number: (typed.number % 999) + 1 }, room }).failure, "unknown");
  assert.equal(start({ ticket: typed, room, now: (NOW + PAIRING_CODE_TTL) as typeof NOW }).failure, "unknown");
  room.admits.delete("code");
  assert.equal(start({ ticket: typed, room }).failure, "policy");
});

test("[JOI-13] limits on guessing codes are pairing's: a cool-down, and a block of the source", () => {
  const { room, code, typed } = shown();
  const desk = new Desk();
  assert.equal(start({ ticket: wrongWords(typed), room, desk }).failure, "wrongCode");
  const soon = start({ ticket: typed, room, desk, now: (NOW + 1_000) as typeof NOW });
  assert.equal(soon.failure, "tryLater");
  assert.equal(code.shown.triesLeft, PAIRING_TRIES - 1, "which costs no try");
  assertIn(start({ ticket: typed, room, desk, now: (NOW + RETRY) as typeof NOW }));
});

test("[R19] [JOI-14] somebody in between, with a session to either side, comes to nothing with a code", () => {
  const { room, code, typed } = shown();
  const transcripts = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
  const joining = start({ ticket: typed, room, transcripts });
  assert.equal(joining.failure, "wrongCode");
  assert.equal(joining.wish, undefined);
  assert.ok(!joining.said.some(({ type }) => type === "room"));
  assert.equal(code.shown.triesLeft, PAIRING_TRIES - 1, "and is counted");
});

test("[JOI-14] a member that cannot prove the code gets neither name nor prekey", () => {
  const { room, typed } = shown();
  const joining = new Joining({ ticket: typed, room });
  joining.change = (bytes, from) => {
    const message = decodeJoinMessage(bytes);
    if (from === "guest" || message.type !== "proof" || message.message.type !== "confirm") return bytes;
    return encodeJoinMessage({ type: "proof", message: { type: "confirm", proof: new Uint8Array(32) } });
  };
  assert.equal(joining.start().failure, "mismatch");
  const types = joining.wire.map(({ bytes }) => decodeJoinMessage(bytes).type);
  assert.ok(!types.includes("present"));
});

test("[JOI-14] a proof of a code means nothing under another number, as a challenge, or in a pairing", () => {
  const own = { provider, guest: person(1).peerId, host: person(2).peerId, transcript: TRANSCRIPT };
  const pairing = { provider, side: "initiator", local: own.guest, remote: own.host, transcript: TRANSCRIPT } as const;
  const contexts = [
    pairingContext(codeGround(own, "initiator", { number: 7 }), "code", 0),
    pairingContext(codeGround(own, "initiator", { number: 8 }), "code", 0),
    pairingContext(codeGround(own, "initiator", { challengeOf: ROOM }), "code", 0),
    pairingContext(pairing, "code", 0),
  ].map((context) => context.join());
  assert.equal(new Set(contexts).size, contexts.length);
  assert.deepEqual(
    pairingContext(codeGround(own, "responder", { number: 7 }), "code", 0).join(),
    contexts[0],
    "both sides have the same",
  );
});

// --- challenges ---------------------------------------------------------------------------------

const challenging = (more: Partial<JoiningOptions> = {}): Joining => {
  const room = more.room ?? new Room();
  room.knocks = { answer: "wait", wants: "challenge" };
  return new Joining({ ticket: knockTicket, room, ...more });
};
const challenged = (more: Partial<JoiningOptions> = {}): Joining => {
  const joining = challenging(more).start();
  assert.equal(joining.step, "waiting");
  assert.ok(joining.host.challenge(joining.now, joining.wall));
  return joining.run();
};
const wrongPin = (right: string): string => (right === "123456" ? "654321" : "123456");
const answer = (joining: Joining, code: string): Joining => {
  assert.ok(joining.guest.answer(code, joining.now));
  return joining.run();
};

test("[R44] [JOI-15] a newcomer without an invitation is listed, and comes in once it answers its challenge", () => {
  const joining = challenged();
  assert.equal(joining.ofHost("request")?.request.name, "Ada");
  assert.equal(joining.ofHost("admit"), undefined, "listed is not admitted");
  assert.equal(joining.step, "challenged");
  assertIn(answer(joining, joining.pin));
  assert.deepEqual(joining.wish?.how, { by: "challenge" });
  assert.equal(joining.ofHost("request")?.change, "gone");
  assert.equal(joining.desk.requests.waitingIn(ROOM), 0);
  assert.equal(joining.desk.disk.restored.length, 0, "nothing of the code is left behind");
});

test("[R45] [R46] [JOI-15] each member's own challenge: one answer links to one member, and no code fits another's", () => {
  const room = new Room();
  const first = challenged({ room, seed: 31 });
  assertIn(answer(first, first.pin));
  room.unconsented.add(person(1).peerId); // as a second member has it
  const second = challenged({ room, host: person(3), seed: 32 });
  assert.equal(second.ofHost("serve"), undefined);
  const leaked = wrongPin(second.pin); // what one member leaks is no answer to the other
  assert.equal(answer(second, leaked).step, "challenged");
  assert.ok(!second.isIn);
  second.pass(RETRY);
  assertIn(answer(second, second.pin), []);
  assert.equal(second.ofHost("consented")?.guest, person(1).peerId);
  assert.equal(second.wish, undefined, "it is a member already");
});

test("[R47] [JOI-16] three wrong answers to one member's challenges, then it is refused for ten minutes", () => {
  const desk = new Desk();
  const joining = challenged({ desk });
  for (let left = PAIRING_TRIES - 1; left > 0; left--) {
    answer(joining, wrongPin(joining.pin)).pass(RETRY);
    const step = joining.guestOutputs.findLast((output) => output.type === "step")?.step;
    assert.deepEqual(step, { at: "challenged", triesLeft: left });
  }
  answer(joining, wrongPin(joining.pin));
  assert.equal(joining.failure, "wrongCode");
  assert.equal(joining.wait, CHALLENGE_PAUSE);
  assert.equal(joining.end, "wrongCode");
  const third = joining.now;

  const fourth = challenging({ desk, now: (third + seconds(30)) as typeof NOW }).start();
  assert.equal(fourth.failure, "tryLater");
  assert.equal(fourth.wait, CHALLENGE_PAUSE - seconds(30));
  assert.equal(fourth.ofHost("request"), undefined, "nobody is asked");
  const restored = new Desk();
  restored.requests = new JoinRequests(desk.disk.restored, (third + 1) as typeof NOW, wallAt(third + 1 - NOW));
  assert.equal(challenging({ desk: restored, now: (third + 1) as typeof NOW }).start().failure, "tryLater");
  const other = challenging({ desk, guest: person(3), source: "10.0.0.3", now: (third + 1) as typeof NOW }).start();
  assert.equal(other.step, "waiting", "others are not concerned");
  const later = challenging({ desk, now: (third + CHALLENGE_PAUSE) as typeof NOW }).start();
  assert.equal(later.step, "waiting");
});

test("[R47] [JOI-16] another code gives no more tries: they are the guest's", () => {
  const desk = new Desk();
  const first = challenged({ desk });
  answer(first, wrongPin(first.pin));
  first.host.handleClosed();
  const second = challenged({ desk, now: (NOW + RETRY) as typeof NOW, seed: 33 });
  assert.equal(second.host.request?.shown?.triesLeft, PAIRING_TRIES - 1);
  answer(second, wrongPin(second.pin)).pass(RETRY);
  answer(second, wrongPin(second.pin));
  assert.equal(second.failure, "wrongCode");
});

test("[JOI-16] a guest that waits on two channels has its three tries once", () => {
  const desk = new Desk();
  const [first, second] = [challenged({ desk, isKnown: true }), challenging({ desk, isKnown: true }).start()];
  for (let tries = 0; tries < PAIRING_TRIES; tries++) answer(first, wrongPin(first.pin)).pass(RETRY);
  assert.equal(first.end, "wrongCode");
  assert.equal(second.host.challenge(first.now, first.wall), false);
});

test("[R47] [JOI-14] a recorded exchange of a six-digit code cannot be searched: it fits no candidate, the right one included", () => {
  const joining = challenged();
  const { pin } = joining;
  assertIn(answer(joining, pin));
  const said = joining.wire.flatMap(({ from, bytes }) => {
    const message = decodeJoinMessage(bytes);
    return message.type === "proof" ? [{ from, message: message.message }] : [];
  });
  const share = (who: "guest" | "host"): Uint8Array => {
    const found = said.find(({ from, message }) => from === who && message.type === "share");
    return found?.message.type === "share" ? found.message.share : assert.fail();
  };
  const confirm = (who: "guest" | "host"): Uint8Array => {
    const found = said.find(({ from, message }) => from === who && message.type === "confirm");
    return found?.message.type === "confirm" ? found.message.proof : assert.fail();
  };
  const own = { provider, guest: person(1).peerId, host: person(2).peerId, transcript: TRANSCRIPT };
  const ground = codeGround(own, "initiator", { challengeOf: ROOM });
  const context = pairingContext(ground, "pin", 0);
  /** Everything that a listener can compute of a candidate: a generator, and keys with a scalar of its own. */
  const fits = (candidate: string, scalar: Secret | undefined): boolean => {
    const prs = textToBytes(candidate);
    const run = cpaceStart({ provider, random: seeded(77), prs, ci: PAIRING_CI, sid: context });
    const isk = cpaceFinish({
      provider,
      role: "initiator",
      sid: context,
      scalar: scalar ?? run.scalar,
      share: share("guest"),
      ad: associatedData(ground, "initiator"),
      remoteShare: share("host"),
      remoteAd: associatedData(ground, "responder"),
    });
    if (isk === undefined) return false;
    const keys = new PairingKeys(ground, context, isk, "cpace");
    return keys.verifies(confirm("host")) || Buffer.from(keys.proof()).equals(confirm("guest"));
  };
  const candidates = [pin, ...Array.from({ length: 24 }, (_, i) => `${100_000 + i * 37}`)];
  for (const candidate of candidates) assert.equal(fits(candidate, undefined), false, candidate);

  // A share is a random multiple of the candidate's generator: for each candidate there is a scalar that made it
  // (the group has prime order), so that no share favours any. Only who has the scalar itself can tell.
  const generators = candidates.map((each) => cpaceGenerator(provider, textToBytes(each), PAIRING_CI, context).toHex());
  assert.equal(new Set(generators).size, candidates.length);
  // The guest's chance from its beginning: the first it draws is its scalar.
  const mine = cpaceStart({ provider, random: seeded(21), prs: textToBytes(pin), ci: PAIRING_CI, sid: context });
  assert.deepEqual(mine.share, share("guest"), "the test's own check: with the guest's scalar it is this share");
  assert.equal(fits(pin, mine.scalar), true, "and the right code fits");
});

test("[JOI-15] a challenge is made once, for who waits for one, and its code goes with its time", () => {
  const joining = challenged();
  const { pin } = joining;
  assert.ok(joining.host.challenge(joining.now, joining.wall));
  assert.equal(joining.pin, pin);
  assert.equal(joining.guest.answer("12345", joining.now), false, "what can be no code costs nothing");
  joining.pass(PAIRING_CODE_TTL);
  assert.equal(joining.failure, "timeout");
  assert.equal(joining.end, "timeout");
  assert.equal(joining.desk.requests.waitingIn(ROOM), 0);
  assert.equal(joining.desk.disk.restored.length, 0);

  const approval = start({ ticket: knockTicket });
  assert.equal(approval.host.challenge(NOW, WALL), false);
  assert.equal(approval.guest.answer("123456", NOW), false);
});

test("[R46] [JOI-15] a member that has not answered this member's challenge gets by no other way to it", () => {
  const { room, typed } = shown();
  const { seed } = room.invite();
  room.members.add(person(1).peerId);
  room.unconsented.add(person(1).peerId);
  for (const ticket of [knockTicket, invitationTicket(seed), typed]) {
    const joining = start({ ticket, room });
    assert.deepEqual(joining.said.at(-1), { type: "waiting", wants: "challenge" });
    assert.equal(joining.ofHost("serve"), undefined);
    assert.equal(joining.ofHost("admit"), undefined);
  }
});

test("[R41] [JOI-15] a member that we cut off is refused, whatever it comes with", () => {
  const { room, typed } = shown();
  const { seed } = room.invite();
  room.members.add(person(1).peerId);
  room.cut.add(person(1).peerId);
  for (const ticket of [knockTicket, invitationTicket(seed), typed]) {
    const joining = start({ ticket, room });
    assert.equal(joining.failure, "denied");
    assert.equal(joining.ofHost("serve"), undefined);
    assert.equal(joining.ofHost("request"), undefined);
  }
});

test("[JOI-15] a role lost meanwhile, or an admission by another member, decides a challenge", () => {
  const lost = challenged();
  lost.room.admits.delete("challenge");
  assert.equal(answer(lost, lost.pin).failure, "policy");

  const overtaken = challenged();
  overtaken.room.members.add(person(1).peerId);
  assertIn(answer(overtaken, overtaken.pin));
  assert.ok(overtaken.ofHost("serve"));

  // Admitted while the guest's answer is on its way: the answer is late, and no fault.
  const crossing = challenged();
  assert.ok(crossing.guest.answer(crossing.pin, crossing.now));
  crossing.host.admitted(PARTS, crossing.now);
  assertIn(crossing.run());
});

test("a guest whose source guessed too often is not answered, and contacts are never paused", () => {
  const desk = new Desk();
  desk.attempts = new AttemptLimits([], NOW, WALL);
  for (let i = 0; i < 5; i++) desk.attempts.wrongCode("10.0.0.1", false, NOW, WALL);
  const stranger = challenged({ desk });
  assert.equal(answer(stranger, stranger.pin).failure, "tryLater");
  const known = challenged({ desk, isKnown: true, guest: person(3), now: (NOW + JOIN_REQUEST_INTERVAL) as typeof NOW });
  assertIn(answer(known, known.pin));
});

interface CodeCase {
  kind: string;
  name: string;
  transcript: string;
  number?: number;
  challengeOf?: string;
  own: string;
}
for (const each of vectors<CodeCase>("room-joining.json").filter(({ kind }) => kind === "code")) {
  test(`room joining vector: ${each.name}`, () => {
    const own = { provider, guest: person(1).peerId, host: person(2).peerId, transcript: hexToBytes(each.transcript) };
    const use = each.number === undefined ? { challengeOf: each.challengeOf as RoomId } : { number: each.number };
    const ground = codeGround(own, "responder", use);
    assert.equal(bytesToHex(ground.transcript), each.own);
    assert.deepEqual([ground.local, ground.remote], [own.host, own.guest]);
  });
}
