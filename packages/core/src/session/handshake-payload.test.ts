import assert from "node:assert/strict";
import { test } from "node:test";
import { LABEL } from "../crypto/labels.ts";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { bytesToHex } from "../lib/hex.ts";
import { WireError } from "../lib/wire-error.ts";
import { HandshakeState } from "../noise/handshake-state.ts";
import { XX_HFS } from "../noise/patterns.ts";
import { decodeHello, encodeConfirm, encodeHello } from "../wire/handshake-packet.ts";
import { handshakePrologue, VERSIONS } from "./handshake.ts";
import {
  ALICE,
  BOB,
  drain,
  flipped,
  outcomes,
  packetOf,
  responderOf,
  START,
  seededRandom,
} from "./handshake-fixture.test.ts";
import { decodePayload, encodePayload, PAYLOAD_BYTES, type PayloadContext } from "./handshake-payload.ts";

const CONTEXT: PayloadContext = {
  provider: nobleProvider,
  label: LABEL.handshakeInitiator,
  hash: new Uint8Array(32).fill(1),
  staticKey: new Uint8Array(32).fill(2),
};
const OWN = { version: 1, versions: VERSIONS, identity: ALICE.identity, incarnation: ALICE.incarnation, index: 77 };
const PAYLOAD = encodePayload(OWN, CONTEXT);

test("a payload has PAYLOAD_BYTES, field after field, and reads back", () => {
  assert.equal(PAYLOAD.length, PAYLOAD_BYTES);
  const { peerId, contactPublicKey } = ALICE.identity;
  const fields = `010101${peerId}${bytesToHex(contactPublicKey)}${bytesToHex(ALICE.incarnation)}0000004d`;
  assert.equal(bytesToHex(PAYLOAD.subarray(0, -64)), fields);
  assert.deepEqual(decodePayload(PAYLOAD, CONTEXT), {
    version: 1,
    versions: { min: 1, max: 1 },
    peer: peerId,
    contactKey: contactPublicKey,
    incarnation: bytesToHex(ALICE.incarnation),
    index: 77,
  });
});

test("[HS-3] a payload cut, extended or with any byte flipped is refused", () => {
  for (let length = 0; length < PAYLOAD.length; length++) {
    assert.throws(() => decodePayload(PAYLOAD.subarray(0, length), CONTEXT), code("ERR_TRUNCATED"), `${length}`);
  }
  assert.throws(() => decodePayload(Uint8Array.from([...PAYLOAD, 0]), CONTEXT), code("ERR_TRAILING"));
  for (let byte = 0; byte < PAYLOAD.length; byte++) {
    assert.throws(() => decodePayload(flipped(PAYLOAD, byte, byte % 8), CONTEXT), WireError, `byte ${byte}`);
  }
  const turned = encodePayload({ ...OWN, versions: { min: 2, max: 1 } }, CONTEXT);
  assert.throws(() => decodePayload(turned, CONTEXT), code("ERR_VALUE"));
});

test("[HS-3] a signature holds for one role, one exchange and one static key", () => {
  for (const other of [
    { label: LABEL.handshakeResponder },
    { hash: new Uint8Array(32).fill(3) },
    { staticKey: new Uint8Array(32).fill(3) },
  ]) {
    assert.throws(() => decodePayload(PAYLOAD, { ...CONTEXT, ...other }), code("ERR_CRYPTO"));
  }
});

/** An initiator that follows Noise and may write anything into message 3. */
function confirmWith(
  changed: Partial<typeof OWN>,
  label: PayloadContext["label"] = LABEL.handshakeInitiator,
): string[] {
  const responder = responderOf(BOB);
  const head = { versionMin: 1, versionMax: 1, tag: new Uint8Array(16) };
  const noise = new HandshakeState({
    provider: nobleProvider,
    random: seededRandom("hand-made"),
    pattern: XX_HFS,
    role: "initiator",
    prologue: handshakePrologue(head),
    s: ALICE.staticKeys,
  });
  const hello = encodeHello({ ...head, cookie: new Uint8Array(0), noise: noise.writeMessage(new Uint8Array(0)) });
  assert.equal(decodeHello(hello).versionMax, 1);
  responder.handleMessage(hello, START);
  noise.readMessage(packetOf(responder).subarray(1));
  noise.writeTokens();
  const context = { ...CONTEXT, label, hash: noise.handshakeHash, staticKey: ALICE.staticKeys.publicKey };
  responder.handleMessage(encodeConfirm(noise.writePayload(encodePayload({ ...OWN, ...changed }, context))), START);
  const said = outcomes(responder);
  assert.deepEqual(drain(responder), []);
  return said;
}

test("[HS-8] a responder takes the version it chose and the range of the hello, and nothing else", () => {
  assert.deepEqual(confirmWith({}), ["done"]);
  assert.deepEqual(confirmWith({ version: 2 }), ["failed: version"]);
  assert.deepEqual(confirmWith({ version: 0 }), ["failed: version"]);
  assert.deepEqual(confirmWith({ versions: { min: 0, max: 1 } }), ["failed: version"]);
  assert.deepEqual(confirmWith({ versions: { min: 1, max: 2 } }), ["failed: version"]);
});

test("[HS-3] a responder's signature is none of an initiator", () => {
  assert.deepEqual(confirmWith({}, LABEL.handshakeResponder), ["failed: crypto"]);
});

function code(expected: string): (error: unknown) => boolean {
  return (error) => error instanceof WireError && error.code === expected;
}
