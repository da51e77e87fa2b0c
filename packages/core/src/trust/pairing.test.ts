import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity, oneTimeIdentity } from "../identity/keys.ts";
import { concatBytes } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import { textToBytes } from "../lib/utf8.ts";
import { HANDSHAKE_TIMEOUT, PAIRING_PERSON_TIMEOUT, PAIRING_TRIES } from "../wire/limits.ts";
import { decodePairingMessage } from "./pairing-message.ts";
import { agree, assertPaired, pair, qr, shownQr, started } from "./pairing-world.test.ts";
import { at, NOW, person, provider, seeded, WALL } from "./trust-fixture.test.ts";

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

test("PairingMachine pairs by a scanned QR secret, once", () => {
  const offered = shownQr();
  const made = started({ method: "qr", secret: qr(9) }, {}, { offered });
  agree(made);
  assertPaired(made, "qr");
  assert.equal(offered.isUsable(NOW), false);
  const again = started({ method: "qr", secret: qr(9) }, {}, { offered });
  assert.equal(again.ada.failure, "unavailable");
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
