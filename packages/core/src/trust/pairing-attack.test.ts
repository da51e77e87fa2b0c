/** Guesses, people in between, and what must survive a restart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../crypto/secret.ts";
import { oneTimeIdentity } from "../identity/keys.ts";
import { textToBytes } from "../lib/utf8.ts";
import { PAIRING_CODE_TTL, PAIRING_TRIES } from "../wire/limits.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { encodePairingMessage } from "./pairing-message.ts";
import { agree, assertPaired, End, pair, qr, shownQr, started, wrongCode } from "./pairing-world.test.ts";
import { ShownCode, staleCodes } from "./shown-code.ts";
import { at, drain, NOW, person, provider, seeded, WALL, wallAt } from "./trust-fixture.test.ts";

test("[PAI-6] a wrong QR secret is refused, counted, and shown nothing", () => {
  const offered = shownQr();
  const { ada, bob } = started({ method: "qr", secret: qr(8) }, {}, { offered });
  assert.equal(ada.failure, "wrong-code");
  assert.equal(bob.failure, "wrong-code");
  assert.equal(offered.triesLeft, PAIRING_TRIES - 1);
  assert.ok(offered.isUsable(NOW), "still good for the one it was made for");
});

test("[PAI-4] three wrong codes end it, counted at the shower; the third right one pairs", () => {
  for (const wrongs of [PAIRING_TRIES - 1, PAIRING_TRIES]) {
    const made = started({ method: "pin", shows: false });
    const { ada, bob, run } = made;
    const right = bob.code;
    let now = NOW;
    for (let i = 0; i < wrongs; i++) {
      assert.ok(ada.machine.enterCode(wrongCode(right), now));
      run(now);
      now = at((i + 1) * 10_000);
      if (i + 1 < PAIRING_TRIES) {
        assert.deepEqual(ada.step, { at: "enter-code", method: "pin", triesLeft: PAIRING_TRIES - 1 - i });
      }
    }
    if (wrongs === PAIRING_TRIES) {
      assert.deepEqual([ada.failure, bob.failure], ["wrong-code", "wrong-code"]);
      assert.equal(ada.machine.enterCode(right, now), false);
    } else {
      ada.machine.enterCode(right, now);
      run(now);
      agree(made);
      assertPaired(made, "pin");
    }
  }
});

test("[PAI-4] tries belong to the code: three sessions with one guess each use it up", () => {
  const offered = new ShownCode({
    method: "pin",
    secret: new Secret(textToBytes("111111")),
    random: seeded(5),
    now: NOW,
    wall: WALL,
  });
  const attempts = new AttemptLimits([], NOW, WALL);
  for (let i = 0; i < PAIRING_TRIES; i++) {
    const { ada, run } = started({ method: "pin", shows: false }, {}, { offered, attempts, source: `10.0.0.${i}` });
    ada.machine.enterCode("222222", NOW);
    run();
    ada.machine.cancel();
  }
  assert.equal(offered.isUsable(NOW), false);
  const late = started({ method: "pin", shows: false }, {}, { offered, attempts, source: "10.0.0.9" });
  assert.notEqual(late.bob.code, "111111", "a new code");
});

test("[PAI-4] sessions that wait side by side get three tries in all, and none after the right one", () => {
  for (const isFirstRight of [false, true]) {
    const secret = new Secret(textToBytes("111111"));
    const offered = new ShownCode({ method: "pin", secret, random: seeded(5), now: NOW, wall: WALL });
    const attempts = new AttemptLimits([], NOW, WALL);
    const confirms: (() => End)[] = [];
    for (let i = 0; i <= PAIRING_TRIES; i++) {
      const { ada, bob, run } = started(
        { method: "pin", shows: false },
        {},
        { offered, attempts, source: `10.0.0.${i}` },
      );
      ada.machine.enterCode(isFirstRight && i === 0 ? "111111" : "222222", NOW);
      const held: Uint8Array[] = [];
      run(NOW, (bytes) => {
        if (bytes[0] !== 0x04) return bytes;
        held.push(bytes);
        return undefined;
      });
      confirms.push(() => {
        bob.machine.handleMessage(held[0]!, NOW, WALL);
        bob.take();
        return bob;
      });
    }
    const ends = confirms.map((confirm) => confirm());
    assert.equal(ends.at(-1)?.failure, "expired");
    assert.equal(ends[1]?.failure, isFirstRight ? "expired" : undefined);
    assert.equal(ends[PAIRING_TRIES - 1]?.failure, isFirstRight ? "expired" : "wrong-code");
    assert.equal(offered.isUsable(NOW), false);
  }
});

test("[PAI-5] the count is stored before the answer goes out, and a restart does not reset it", () => {
  const { ada, bob, run } = started({ method: "pin", shows: false });
  const right = bob.code;
  const id = bob.step?.at === "show-code" ? bob.step.shown.id : "";
  ada.machine.enterCode(wrongCode(right), NOW);
  for (const bytes of ada.take()) bob.machine.handleMessage(bytes, NOW, WALL);
  for (const bytes of bob.take()) ada.machine.handleMessage(bytes, NOW, WALL);
  for (const bytes of ada.take()) bob.machine.handleMessage(bytes, NOW, WALL);
  const outputs = drain(bob.machine);
  const store = outputs.find((output) => output.type === "store");
  assert.ok(store && store.token > 0);
  assert.ok(!outputs.some((output) => output.type === "transmit"), "no answer yet");
  bob.disk.keep(outputs); // and here the process is killed
  const options = { method: "pin", random: seeded(6), now: NOW } as const;
  const again = new ShownCode({
    ...options,
    secret: new Secret(textToBytes(right)),
    wall: wallAt(30_000),
    again: { id, restored: bob.disk.restored },
  });
  assert.equal(again.triesLeft, PAIRING_TRIES - 1);
  assert.equal(again.expiresAt, at(PAIRING_CODE_TTL - 30_000), "nor does its time begin anew");
  assert.ok([...bob.disk.entries.keys()].some((key) => key.startsWith("trust/attempts/10.0.0.1")));
  assert.deepEqual([...staleCodes(bob.disk.restored, new Set())], [`trust/code/${id}`]);
  bob.disk.entries.set(`trust/code/${id}`, Uint8Array.of(1));
  const damaged = new ShownCode({
    ...options,
    secret: new Secret(textToBytes(right)),
    wall: WALL,
    again: { id, restored: bob.disk.restored },
  });
  assert.equal(damaged.isUsable(NOW), false);
  bob.machine.handleStored(store.token, NOW);
  run();
  assert.equal(ada.step?.at, "enter-code");
});

test("[PAI-4] a code lives for PAIRING_CODE_TTL and not a millisecond longer", () => {
  const early = started({ method: "pin", shows: false });
  early.ada.machine.enterCode(early.bob.code, at(PAIRING_CODE_TTL - 1));
  early.run(at(PAIRING_CODE_TTL - 1));
  assert.equal(early.bob.step?.at, "consent");
  const late = started({ method: "pin", shows: false });
  assert.equal(late.bob.machine.nextTimeout(), at(PAIRING_CODE_TTL));
  late.ada.machine.enterCode(late.bob.code, at(PAIRING_CODE_TTL));
  late.run(at(PAIRING_CODE_TTL));
  assert.deepEqual([late.ada.failure, late.bob.failure], ["expired", "expired"]);
});

test("[PAI-3] somebody in between, with a session and so a transcript to each side, gets nowhere", () => {
  // The best it can do is pass everything on; the two transcripts differ all the same.
  const other = { transcript: new Uint8Array(32).fill(0x66) };
  const pin = started({ method: "pin", shows: false }, {}, other);
  pin.ada.machine.enterCode(pin.bob.code, NOW);
  pin.run();
  assert.equal(pin.bob.limits.begin("10.0.0.1", false, NOW).answer, "wait");
  assert.ok(pin.bob.outputs.some((output) => output.type === "audit" && output.record.detail === "wrong code"));
  assert.equal(pin.ada.paired ?? pin.bob.paired, undefined);
  const scan = started({ method: "qr", secret: qr(9) }, {}, { ...other, offered: shownQr() });
  assert.equal(scan.ada.failure, "wrong-code");
  const words = started({ method: "words" }, {}, other);
  assert.equal(words.bob.failure, "protocol", "the commitment was for another transcript");
});

test("[PAI-3] the words differ if the one in between runs the protocol with each side by itself", () => {
  const [left, right] = [pair(), pair({}, { transcript: new Uint8Array(32).fill(0x66) })];
  left.ada.machine.start({ method: "words" }, NOW, WALL);
  left.run();
  const middle = new End("initiator", person(1), person(2), { transcript: new Uint8Array(32).fill(0x66) });
  middle.machine.start({ method: "words" }, NOW, WALL);
  for (let i = 0; i < 3; i++) {
    for (const bytes of middle.take()) right.bob.machine.handleMessage(bytes, NOW, WALL);
    for (const bytes of right.bob.take()) middle.machine.handleMessage(bytes, NOW, WALL);
  }
  assert.ok(left.ada.step?.at === "compare" && right.bob.step?.at === "compare");
  assert.notDeepEqual(left.ada.step.words, right.bob.step.words);
  left.ada.machine.match(false, NOW);
  left.run();
  assert.deepEqual([left.ada.failure, left.bob.failure], ["mismatch", "mismatch"]);
});

test("[PAI-3] a shower that does not know the code is found out, and gets three guesses in all", () => {
  const { ada, bob, run } = started({ method: "pin", shows: false });
  ada.machine.enterCode(wrongCode(bob.code), NOW);
  run(NOW, (bytes, from) =>
    from === bob && bytes[0] === 0x05 ? encodePairingMessage({ type: "confirm", proof: new Uint8Array(32) }) : bytes,
  );
  assert.equal(ada.failure, "mismatch");
  const greedy = started({ method: "pin", shows: false });
  let now = NOW;
  for (let i = 0; i < PAIRING_TRIES; i++) {
    assert.equal(greedy.ada.step?.at, "enter-code", `guess ${i}`);
    greedy.ada.machine.enterCode(wrongCode(greedy.bob.code), now);
    greedy.run(now, (bytes, from) => {
      if (from === greedy.bob && bytes[0] === 0x0b) return undefined;
      return from === greedy.bob && bytes[0] === 0x05 ? encodePairingMessage({ type: "wrong", triesLeft: 2 }) : bytes;
    });
    now = at((i + 1) * 10_000);
  }
  assert.equal(greedy.ada.failure, "wrong-code");
});

test("[PAI-7] the typer keeps the pace that the shower asks for, by itself", () => {
  const { ada, bob, run } = started({ method: "pin", shows: false });
  const right = bob.code;
  ada.machine.enterCode(wrongCode(right), NOW);
  run();
  assert.ok(ada.machine.enterCode(right, at(100)));
  run(at(100));
  assert.equal(bob.step?.at, "show-code", "nothing was sent yet");
  const next = ada.machine.nextTimeout();
  assert.equal(next, at(6_000));
  ada.machine.handleTimeout(next!);
  run(next);
  assert.equal(bob.step?.at, "consent");
});

test("[PAI-7] a source over its limits is told so before any CPace work, and a contact never is", () => {
  for (const isKnown of [false, true]) {
    const attempts = new AttemptLimits([], NOW, WALL);
    for (let i = 0; i < 5; i++) attempts.wrongCode("10.0.0.1", false, NOW, WALL);
    const { ada, bob, run } = started({ method: "pin", shows: false }, {}, { attempts, isKnown });
    ada.machine.enterCode(bob.code, NOW);
    run();
    assert.equal(ada.failure, isKnown ? undefined : "blocked");
    assert.equal(bob.step?.at, isKnown ? "consent" : "show-code");
  }
});

test("[PAI-9] malformed shares and unfinished attempts use up no try", () => {
  const offered = new ShownCode({
    method: "pin",
    secret: new Secret(textToBytes("111111")),
    random: seeded(5),
    now: NOW,
    wall: WALL,
  });
  const attempts = new AttemptLimits([], NOW, WALL);
  for (const share of [new Uint8Array(32), new Uint8Array(32).fill(0xff)]) {
    const { ada, bob, run } = started({ method: "pin", shows: false }, {}, { offered, attempts, isKnown: true });
    ada.machine.enterCode("111111", NOW);
    run(NOW, (bytes) => (bytes[0] === 0x03 ? encodePairingMessage({ type: "share", share }) : bytes));
    assert.equal(bob.failure, "protocol");
  }
  const { ada, bob } = started({ method: "pin", shows: false }, {}, { offered, attempts });
  ada.machine.enterCode("222222", NOW);
  for (const bytes of ada.take()) bob.machine.handleMessage(bytes, NOW, WALL);
  bob.take();
  bob.machine.handleClosed();
  assert.equal(offered.triesLeft, PAIRING_TRIES);
  assert.equal(attempts.begin("10.0.0.1", false, at(5_000)).answer, "go");
});

test("[PAI-12] a blocked identity behind a one-time one is denied as if a person had", () => {
  const once = oneTimeIdentity(provider, seeded(32));
  const isBlocked = (id: string): boolean => id === person(1).peerId;
  const { ada, bob } = started({ method: "first-use" }, { identity: once, introduceAs: person(1) }, { isBlocked });
  assert.equal(ada.failure, "denied");
  assert.ok(!bob.outputs.some((output) => output.type === "step" && output.step.at === "consent"));
});

test("[PAI-12] our own introduction, proof or share reflected to us is refused", () => {
  const once = oneTimeIdentity(provider, seeded(33));
  const { ada } = pair({ identity: once, introduceAs: person(1) });
  ada.machine.start({ method: "first-use" }, NOW, WALL);
  const [, introduction] = ada.take();
  ada.machine.handleMessage(introduction!, NOW, WALL);
  ada.take();
  assert.equal(ada.failure, "protocol");
  const scanner = pair().ada;
  scanner.machine.start({ method: "qr", secret: qr(9) }, NOW, WALL);
  const [, proof] = scanner.take();
  scanner.machine.handleMessage(proof!, NOW, WALL);
  scanner.take();
  assert.equal(scanner.failure, "mismatch");
  const { ada: typer, bob, run } = started({ method: "pin", shows: false });
  typer.machine.enterCode(bob.code, NOW);
  run(NOW, (bytes, from) => {
    if (from === typer) typer.machine.handleMessage(bytes, NOW, WALL);
    return undefined;
  });
  assert.notEqual(typer.step?.at, "consent");
  assert.equal(typer.failure, "mismatch");
});

test("[PAI-14] who had the code beforehand tries it once, whatever a liar says of tries left", () => {
  const code = (): Secret => new Secret(textToBytes("acorn-canyon"));
  const made = started({ method: "code", code: code() });
  made.run(NOW, (bytes, from) => {
    if (from === made.bob && bytes[0] === 0x0b) return undefined;
    return from === made.bob && bytes[0] === 0x05 ? encodePairingMessage({ type: "wrong", triesLeft: 2 }) : bytes;
  });
  assert.equal(made.ada.failure, "wrong-code");
  assert.equal(made.wire.filter(([type]) => type === 0x04).length, 1);
});

test("[PAI-14] a code leads to a room or to files only where it was typed beforehand", () => {
  const { ada, run } = pair();
  ada.machine.start({ method: "code", shows: false }, NOW, WALL);
  run(NOW, (bytes) => (bytes[0] === 0x02 ? encodePairingMessage({ type: "ready", leadsTo: "room" }) : bytes));
  assert.equal(ada.failure, "protocol");
});

test("[PAI-14] what a code leads to cannot be changed by somebody in between", () => {
  const offered = new ShownCode({
    ...{ method: "code", leadsTo: "files", tries: 1, random: seeded(5), now: NOW, wall: WALL },
    secret: new Secret(textToBytes("acorn-canyon")),
  });
  const middle = { transcript: new Uint8Array(32).fill(0x66), offered };
  const made = pair({}, middle);
  made.ada.machine.start({ method: "code", code: new Secret(textToBytes("acorn-canyon")) }, NOW, WALL);
  made.run(NOW, (bytes) => (bytes[0] === 0x02 ? encodePairingMessage({ type: "ready", leadsTo: "contacts" }) : bytes));
  assert.equal(made.ada.failure, "wrong-code");
  assert.ok(!made.wire.some(([type]) => type === 0x09), "nobody was introduced");
});
