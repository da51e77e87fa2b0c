import assert from "node:assert/strict";
import { test } from "node:test";
import { cpaceFinish } from "../crypto/cpace.ts";
import { Secret } from "../crypto/secret.ts";
import { sasCommitment, sasWords } from "../identity/sas.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { textToBytes } from "../lib/utf8.ts";
import { NAME_BYTES_MAX, PAIRING_CODE_CHARS_MAX, PAIRING_MESSAGE_BYTES_MAX } from "../wire/limits.ts";
import { decodeIntroduction, encodeIntroduction } from "./introduction.ts";
import { associatedData, type PairingGround, PairingKeys, pairingContext } from "./pairing-keys.ts";
import { decodePairingMessage, encodePairingMessage, type PairingMethod } from "./pairing-message.ts";
import { newPin, newWordCode, normalizeCode } from "./shown-code.ts";
import { assertStrict, codeOf, person, provider, seeded, unspaced, vectors } from "./trust-fixture.test.ts";

const GROUND: PairingGround = {
  provider,
  side: "initiator",
  local: person(1).peerId,
  remote: person(2).peerId,
  transcript: new Uint8Array(32).fill(0x77),
};
const THEIRS: PairingGround = { ...GROUND, side: "responder", local: GROUND.remote, remote: GROUND.local };

interface MessageCase {
  name: string;
  message: string;
  error?: string;
}
for (const { name, message, error } of vectors<MessageCase>("pairing-message.json")) {
  test(`pairing message vector: ${name}`, () => {
    const bytes = hexToBytes(unspaced(message));
    if (error !== undefined) assert.throws(() => decodePairingMessage(bytes), { code: error });
    else {
      assert.deepEqual(encodePairingMessage(decodePairingMessage(bytes)), bytes);
      assertStrict(bytes, decodePairingMessage);
    }
  });
}

test("decodePairingMessage takes PAIRING_MESSAGE_BYTES_MAX bytes and not one more", () => {
  const whole = encodePairingMessage({
    type: "introduce",
    introduction: new Uint8Array(PAIRING_MESSAGE_BYTES_MAX - 3),
  });
  assert.equal(whole.length, PAIRING_MESSAGE_BYTES_MAX);
  assert.equal(decodePairingMessage(whole).type, "introduce");
  const more = encodePairingMessage({ type: "introduce", introduction: new Uint8Array(PAIRING_MESSAGE_BYTES_MAX - 2) });
  assert.equal(
    codeOf(() => decodePairingMessage(more)),
    "ERR_TOO_LARGE",
  );
});

interface KeyCase {
  name: string;
  method: PairingMethod;
  attempt: number;
  transcript: string;
  initiator: string;
  responder: string;
  context: string;
  secret?: string;
  proofInitiator?: string;
  proofResponder?: string;
  sealedByInitiator?: string;
  introduction?: string;
  nonceInitiator?: string;
  nonceResponder?: string;
  commitment?: string;
  words?: string;
}
for (const each of vectors<KeyCase>("pairing-keys.json")) {
  test(`pairing key vector: ${each.name}`, () => {
    const ground: PairingGround = {
      provider,
      side: "initiator",
      local: each.initiator as PairingGround["local"],
      remote: each.responder as PairingGround["local"],
      transcript: hexToBytes(each.transcript),
    };
    const context = pairingContext(ground, each.method, each.attempt);
    assert.equal(bytesToHex(context), each.context);
    if (each.nonceInitiator !== undefined && each.nonceResponder !== undefined) {
      const [ours, theirs] = [hexToBytes(each.nonceInitiator), hexToBytes(each.nonceResponder)];
      assert.equal(bytesToHex(sasCommitment(provider, context, ours)), each.commitment);
      assert.equal(sasWords(provider, context, ours, theirs).join(" "), each.words);
      return;
    }
    const secret = new Secret(hexToBytes(each.secret ?? ""));
    const use = each.method === "qr" ? "qr" : "cpace";
    const keys = new PairingKeys(ground, context, secret, use);
    assert.equal(bytesToHex(keys.proof()), each.proofInitiator);
    assert.ok(keys.verifies(hexToBytes(each.proofResponder ?? "")));
    assert.equal(bytesToHex(keys.seal(hexToBytes(each.introduction ?? ""))), each.sealedByInitiator);
  });
}

test("[PAI-3] pairingContext differs with transcript, peers, their roles, method and attempt", () => {
  const contexts = [
    pairingContext(GROUND, "pin", 0),
    pairingContext(GROUND, "pin", 1),
    pairingContext(GROUND, "code", 0),
    pairingContext({ ...GROUND, transcript: new Uint8Array(32) }, "pin", 0),
    pairingContext({ ...GROUND, side: "responder" }, "pin", 0),
    pairingContext({ ...GROUND, remote: person(3).peerId }, "pin", 0),
  ].map(bytesToHex);
  assert.equal(new Set(contexts).size, contexts.length);
  assert.equal(bytesToHex(pairingContext(THEIRS, "pin", 0)), contexts[0], "the same at both ends");
  assert.notDeepEqual(associatedData(GROUND, "initiator"), associatedData(GROUND, "responder"));
  assert.equal(typeof cpaceFinish, "function");
});

test("PairingKeys: a proof is one side's, a seal opens at the other side and once is all", () => {
  const context = pairingContext(GROUND, "qr", 0);
  const make = (ground: PairingGround): PairingKeys =>
    new PairingKeys(ground, context, new Secret(new Uint8Array(16).fill(5)), "qr");
  const [ours, theirs] = [make(GROUND), make(THEIRS)];
  assert.ok(theirs.verifies(ours.proof()) && ours.verifies(theirs.proof()));
  assert.equal(ours.verifies(ours.proof()), false, "reflected");
  const sealed = ours.seal(textToBytes("hi"));
  assert.deepEqual(theirs.open(sealed), textToBytes("hi"));
  assert.equal(ours.open(sealed), undefined, "reflected");
  assert.throws(() => ours.seal(textToBytes("again")), { name: "AssertionError" });
  for (let i = 0; i < sealed.length; i++) {
    const broken = sealed.slice();
    broken[i]! ^= 1;
    assert.equal(theirs.open(broken), undefined);
  }
  ours.wipe();
  assert.throws(() => ours.proof(), { name: "AssertionError" });
});

test("introductions round-trip in both forms, and nothing else is taken", () => {
  const plain = encodeIntroduction(THEIRS, person(2), "Bob", "guest");
  assert.deepEqual(decodeIntroduction(GROUND, plain), {
    peer: person(2).peerId,
    name: "Bob",
    contactKey: person(2).contactPublicKey,
    roleAsked: "guest",
  });
  assertStrict(plain, (bytes) => decodeIntroduction(GROUND, bytes));
  const signed = encodeIntroduction(THEIRS, person(5), "B", "member");
  assert.equal(decodeIntroduction(GROUND, signed).peer, person(5).peerId);
  const body = signed.length - 96;
  for (let i = body; i < signed.length; i++) {
    const broken = signed.slice();
    broken[i]! ^= 1;
    assert.equal(
      codeOf(() => decodeIntroduction(GROUND, broken)),
      "ERR_CRYPTO",
      `byte ${i}`,
    );
  }
});

test("decodeIntroduction takes a name of NAME_BYTES_MAX bytes, refuses one more and what deceives", () => {
  const withName = (name: Uint8Array): Uint8Array => {
    const empty = encodeIntroduction(THEIRS, person(2), "", "guest");
    const length = name.length < 128 ? [name.length] : [(name.length & 0x7f) | 0x80, name.length >> 7];
    return Uint8Array.of(1, ...length, ...name, ...empty.subarray(2));
  };
  assert.equal(
    decodeIntroduction(GROUND, withName(new Uint8Array(NAME_BYTES_MAX).fill(0x61))).name.length,
    NAME_BYTES_MAX,
  );
  const over = withName(new Uint8Array(NAME_BYTES_MAX + 1).fill(0x61));
  assert.equal(
    codeOf(() => decodeIntroduction(GROUND, over)),
    "ERR_TOO_LARGE",
  );
  for (const name of ["a\u001b[2J", "ada\u202egnp", " Ada", "a\nb", "A\u030a"]) {
    assert.equal(
      codeOf(() => decodeIntroduction(GROUND, withName(textToBytes(name)))),
      "ERR_TEXT",
      JSON.stringify(name),
    );
  }
});

test("normalizeCode reads what people type, and refuses what can be no code", () => {
  const read = (method: "pin" | "code", text: string): string | undefined => {
    const secret = normalizeCode(method, text);
    return secret && Buffer.from(secret.reveal()).toString();
  };
  assert.equal(read("pin", " 012-345 "), "012345");
  for (const text of ["", "12345", "1234567", "12345a", "１２３４５６", "0".repeat(PAIRING_CODE_CHARS_MAX + 1)]) {
    assert.equal(read("pin", text), undefined, text);
  }
  const code = newWordCode(seeded(1));
  assert.match(code, /^[a-z]+-[a-z]+$/);
  assert.equal(read("code", code.toUpperCase().replace("-", "  ")), code);
  for (const text of ["", "zzzzzz qqqqqq", code.split("-")[0]!, `${code} ${code}`])
    assert.equal(read("code", text), undefined);
});

test("newPin has six digits, leading zeros included, and uses all of them", () => {
  const random = seeded(8);
  const pins = Array.from({ length: 500 }, () => newPin(random));
  assert.ok(pins.every((pin) => /^[0-9]{6}$/.test(pin)));
  assert.ok(pins.some((pin) => pin.startsWith("0")));
  assert.ok(new Set(pins).size > 490);
});
