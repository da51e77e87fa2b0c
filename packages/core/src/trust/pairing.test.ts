import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../crypto/secret.ts";
import { createIdentity, type LocalIdentity, oneTimeIdentity } from "../identity/keys.ts";
import { concatBytes } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import { textToBytes } from "../lib/utf8.ts";
import { HANDSHAKE_TIMEOUT, PAIRING_CODE_TTL, PAIRING_PERSON_TIMEOUT, PAIRING_TRIES } from "../wire/limits.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { PairingMachine, type PairingOptions, type PairingOutput, type PairingRequest } from "./pairing.ts";
import { decodePairingMessage, encodePairingMessage } from "./pairing-message.ts";
import { ShownCode, staleCodes } from "./shown-code.ts";
import { at, Disk, drain, NOW, person, provider, seeded, WALL, wallAt } from "./trust-fixture.test.ts";

const TRANSCRIPT = new Uint8Array(32).fill(0x77);
const YES = { accept: true, role: "member", remember: true } as const;

/** One end of a pairing: its machine, and all that it put out. */
class End {
  readonly machine: PairingMachine;
  readonly outputs: PairingOutput[] = [];
  readonly disk = new Disk();
  readonly limits = new AttemptLimits([], NOW, WALL);

  constructor(
    side: "initiator" | "responder",
    identity: LocalIdentity,
    remote: LocalIdentity,
    more: Partial<PairingOptions>,
  ) {
    this.machine = new PairingMachine({
      provider,
      random: seeded(side === "initiator" ? 11 : 12),
      side,
      identity,
      remote: remote.peerId,
      transcript: TRANSCRIPT,
      name: side === "initiator" ? "Ada" : "Bob",
      source: side === "initiator" ? "10.0.0.2" : "10.0.0.1",
      isKnown: false,
      attempts: this.limits,
      isBlocked: () => false,
      now: NOW,
      ...more,
    });
  }

  /** Stores what is to be stored, and gives back what goes over the wire. */
  take(now = NOW): Uint8Array[] {
    const wire: Uint8Array[] = [];
    for (let output = this.machine.poll(); output !== undefined; output = this.machine.poll()) {
      this.outputs.push(output);
      if (output.type === "transmit") wire.push(output.bytes);
      if (output.type !== "store") continue;
      this.disk.keep([output]);
      if (output.token > 0) this.machine.handleStored(output.token, now);
    }
    return wire;
  }

  get step(): Extract<PairingOutput, { type: "step" }>["step"] | undefined {
    return this.outputs.findLast((output) => output.type === "step")?.step;
  }
  get paired() {
    return this.outputs.find((output) => output.type === "done")?.paired;
  }
  get failure() {
    return this.outputs.find((output) => output.type === "failed")?.reason;
  }
  get code(): string {
    assert.equal(this.step?.at, "show-code");
    const shown = this.step?.at === "show-code" ? this.step.shown : undefined;
    return Buffer.from(shown!.secret.reveal()).toString();
  }
}

interface Pair {
  readonly ada: End;
  readonly bob: End;
  readonly wire: Uint8Array[];
  /** Carries messages both ways, in order, until neither says anything; `change` is who sits in between. */
  run(now?: ReturnType<typeof at>, change?: (bytes: Uint8Array, from: End) => Uint8Array | undefined): void;
}

function pair(ours: Partial<PairingOptions> = {}, theirs: Partial<PairingOptions> = {}): Pair {
  const [one, two] = [ours.identity ?? person(1), theirs.identity ?? person(2)];
  const ada = new End("initiator", one, two, ours);
  const bob = new End("responder", two, one, theirs);
  const wire: Uint8Array[] = [];
  return {
    ada,
    bob,
    wire,
    run(now = NOW, change = (bytes) => bytes) {
      for (let isBusy = true; isBusy; ) {
        isBusy = false;
        for (const [from, to] of [
          [ada, bob],
          [bob, ada],
        ] as const) {
          for (const bytes of from.take(now)) {
            isBusy = true;
            const changed = change(bytes, from);
            if (changed === undefined) continue;
            wire.push(changed);
            to.machine.handleMessage(changed, now, WALL);
          }
        }
      }
    },
  };
}

function started(
  request: PairingRequest,
  ours: Partial<PairingOptions> = {},
  theirs: Partial<PairingOptions> = {},
): Pair {
  const made = pair(ours, theirs);
  made.ada.machine.start(request, NOW, WALL);
  made.run();
  return made;
}

function agree({ ada, bob, run }: Pair): void {
  assert.equal(bob.step?.at, "consent");
  bob.machine.consent({ accept: true, role: "guest", remember: false }, NOW);
  run();
  assert.equal(ada.step?.at, "consent");
  ada.machine.consent(YES, NOW);
  run();
}

const wrongCode = (right: string): string => (right === "123456" ? "654321" : "123456");

function assertPaired({ ada, bob }: Pair, verifiedBy: string): void {
  assert.deepEqual(ada.paired, {
    peer: person(2).peerId,
    name: "Bob",
    contactKey: person(2).contactPublicKey,
    roleAsked: "member",
    verifiedBy,
    role: "member",
    roleGiven: "guest",
    remember: true,
  });
  assert.equal(bob.paired?.peer, person(1).peerId);
  assert.equal(bob.paired?.role, "guest");
  assert.equal(bob.paired?.remember, false);
  assert.ok(ada.machine.isOver && bob.machine.isOver);
  assert.equal(ada.machine.nextTimeout(), undefined);
}

for (const method of ["pin", "code"] as const) {
  for (const shows of [false, true]) {
    test(`PairingMachine pairs by ${method} that the ${shows ? "initiator" : "responder"} shows`, () => {
      const made = started({ method, shows });
      const { ada, bob, run } = made;
      const [typer, shower] = shows ? [bob, ada] : [ada, bob];
      assert.deepEqual(typer.step, { at: "enter-code", method, triesLeft: PAIRING_TRIES });
      assert.ok(
        typer.machine.enterCode(
          method === "pin" ? ` ${shower.code.slice(0, 3)}-${shower.code.slice(3)}` : shower.code,
          NOW,
        ),
      );
      run();
      agree(made);
      assertPaired(made, method);
      assert.equal(shower.disk.entries.size, 0, "the code is gone");
    });
  }
}

test("PairingMachine pairs by five words that are the same at both ends", () => {
  const made = started({ method: "words" });
  const { ada, bob, run } = made;
  assert.ok(ada.step?.at === "compare" && bob.step?.at === "compare");
  assert.equal(ada.step.words.length, 5);
  assert.deepEqual(ada.step.words, bob.step.words);
  bob.machine.match(true, NOW);
  run();
  assert.equal(bob.paired, undefined);
  ada.machine.match(true, NOW);
  run();
  agree(made);
  assertPaired(made, "words");
});

test("PairingMachine pairs on first use when both people say yes", () => {
  const made = started({ method: "first-use" });
  agree(made);
  assertPaired(made, "first-use");
});

const qr = (secret: number): Secret => new Secret(new Uint8Array(16).fill(secret));
const shownQr = (): ShownCode =>
  new ShownCode({ method: "qr", secret: qr(9), random: seeded(5), now: NOW, wall: WALL });

test("PairingMachine pairs by a scanned QR secret, once", () => {
  const offered = shownQr();
  const made = started({ method: "qr", secret: qr(9) }, {}, { offered });
  agree(made);
  assertPaired(made, "qr");
  assert.equal(offered.isUsable(NOW), false);
  const again = started({ method: "qr", secret: qr(9) }, {}, { offered });
  assert.equal(again.ada.failure, "unavailable");
});

test("[PAI-6] a wrong QR secret is refused, counted, and shown nothing", () => {
  const offered = shownQr();
  const { ada, bob } = started({ method: "qr", secret: qr(8) }, {}, { offered });
  assert.equal(ada.failure, "wrong-code");
  assert.equal(bob.failure, "wrong-code");
  assert.equal(offered.triesLeft, PAIRING_TRIES - 1);
  assert.ok(offered.isUsable(NOW), "still good for the one it was made for");
});

test("[PAI-2] no name, identity or key leaves before the code is confirmed, and then only sealed", () => {
  const made = started({ method: "pin", shows: false });
  const { ada, bob, run, wire } = made;
  const leaks = (): boolean => {
    const all = bytesToHex(concatBytes(...wire));
    const secrets = [textToBytes("Ada"), textToBytes("Bob"), person(1).contactPublicKey, person(2).contactPublicKey];
    return secrets.some((each) => all.includes(bytesToHex(each)));
  };
  ada.machine.enterCode(bob.code, NOW);
  run(NOW, (bytes, from) => (from === bob && bytes[0] === 0x04 ? undefined : bytes));
  assert.ok(!wire.some((bytes) => decodePairingMessage(bytes).type === "introduce"));
  assert.equal(leaks(), false);
  const other = started({ method: "pin", shows: false });
  other.ada.machine.enterCode(other.bob.code, NOW);
  other.run();
  agree(other);
  const all = bytesToHex(concatBytes(...other.wire));
  assert.ok(!all.includes(bytesToHex(textToBytes("Ada"))) && !all.includes(bytesToHex(person(2).contactPublicKey)));
});

test("[PAI-2] the responder introduces itself only after its own person said yes", () => {
  const { bob, wire, run, ada } = started({ method: "first-use" });
  const introductions = () => wire.filter((bytes) => decodePairingMessage(bytes).type === "introduce").length;
  assert.equal(bob.step?.at, "consent");
  assert.equal(introductions(), 1);
  bob.machine.consent({ accept: false }, NOW);
  run();
  assert.equal(introductions(), 1);
  assert.deepEqual([ada.failure, bob.failure], ["denied", "denied"]);
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

test("a session under one-time identities introduces the device's own, bound to that session", () => {
  const once = oneTimeIdentity(provider, seeded(31));
  const made = started({ method: "first-use" }, { identity: once, introduceAs: person(1) });
  agree(made);
  assert.equal(made.bob.paired?.peer, person(1).peerId);
  assert.deepEqual(made.bob.paired?.contactKey, person(1).contactPublicKey);
  const moved = pair({ identity: once, introduceAs: person(1), transcript: new Uint8Array(32) }, {});
  moved.ada.machine.start({ method: "first-use" }, NOW, WALL);
  moved.run();
  assert.equal(moved.bob.failure, "protocol", "signed for another transcript");
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

test("PairingMachine times out where a person or the peer says nothing, and tells the other side", () => {
  const silent = pair();
  assert.equal(silent.bob.machine.nextTimeout(), at(HANDSHAKE_TIMEOUT));
  silent.bob.machine.handleTimeout(at(HANDSHAKE_TIMEOUT - 1));
  assert.equal(silent.bob.machine.isOver, false);
  silent.bob.machine.handleTimeout(at(HANDSHAKE_TIMEOUT));
  silent.run();
  assert.equal(silent.bob.failure, "expired");
  for (const method of ["words", "first-use"] as const) {
    const { bob, ada, run } = started({ method });
    bob.machine.handleTimeout(at(PAIRING_PERSON_TIMEOUT));
    run();
    assert.deepEqual([ada.failure, bob.failure], ["expired", "expired"], method);
  }
});

test("PairingMachine.cancel tells the other side, and a closed channel ends it without a word", () => {
  const { ada, bob, run, wire } = started({ method: "words" });
  ada.machine.cancel();
  ada.machine.cancel();
  run();
  assert.deepEqual([ada.failure, bob.failure], ["cancelled", "cancelled"]);
  const closed = started({ method: "words" });
  const before = closed.wire.length;
  closed.ada.machine.handleClosed();
  assert.equal(closed.ada.take().length, 0);
  assert.equal(closed.ada.failure, "closed");
  assert.equal(closed.wire.length, before);
  assert.ok(wire.length > 0);
});

test("the log says how a pairing ended, and no output but the step shows the code", () => {
  const made = started({ method: "pin", shows: false });
  const code = made.bob.code;
  made.ada.machine.enterCode(code, NOW);
  made.run();
  agree(made);
  const lines = made.bob.outputs.flatMap((output) => (output.type === "audit" ? [output.record] : []));
  assert.deepEqual(lines, [{ event: "paired", peer: person(1).peerId, source: "10.0.0.1", detail: "pin" }]);
  assert.ok(!JSON.stringify([...made.ada.outputs, ...made.bob.outputs]).includes(code));
  assert.ok(!Buffer.concat(made.wire).includes(code));
  assert.equal(createIdentity(provider, seeded(40)).isOneTime, false);
});
