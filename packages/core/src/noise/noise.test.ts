/**
 * The Noise objects against published vectors: two frozen ones of spec/vectors/noise.json on any
 * clone, and the whole cacophony and snow sets where they are at hand (KITH_VECTORS, or
 * ../shared/vectors beside the project).
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import type { KeyPair } from "../crypto/provider.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { WireError } from "../lib/wire-error.ts";
import { CipherState } from "./cipher-state.ts";
import type { Role } from "./handshake-state.ts";
import { HandshakeState } from "./handshake-state.ts";
import type { HandshakePattern } from "./patterns.ts";
import { pattern, protocolName, withHfs, withPsk } from "./patterns.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const PUBLISHED = process.env["KITH_VECTORS"] ?? join(ROOT, "../shared/vectors");

const S = { initiator: "s" } as const;
const RS = { responder: "s" } as const;
const BOTH = { ...S, ...RS } as const;

/** Every pattern of Noise revision 34 §7 and appendix §18.1 that the sets hold. */
const PATTERNS: readonly HandshakePattern[] = [
  pattern("N", ["e es"], RS),
  pattern("K", ["e es ss"], BOTH),
  pattern("X", ["e es s ss"], RS),
  pattern("NN", ["e", "e ee"]),
  pattern("NK", ["e es", "e ee"], RS),
  pattern("NX", ["e", "e ee s es"]),
  pattern("XN", ["e", "e ee", "s se"]),
  pattern("XK", ["e es", "e ee", "s se"], RS),
  pattern("XX", ["e", "e ee s es", "s se"]),
  pattern("KN", ["e", "e ee se"], S),
  pattern("KK", ["e es ss", "e ee se"], BOTH),
  pattern("KX", ["e", "e ee se s es"], S),
  pattern("IN", ["e s", "e ee se"]),
  pattern("IK", ["e es s ss", "e ee se"], RS),
  pattern("IX", ["e s", "e ee se s es"]),
  pattern("NK1", ["e", "e ee es"], RS),
  pattern("NX1", ["e", "e ee s", "es"]),
  pattern("X1N", ["e", "e ee", "s", "se"]),
  pattern("X1K", ["e es", "e ee", "s", "se"], RS),
  pattern("XK1", ["e", "e ee es", "s se"], RS),
  pattern("X1K1", ["e", "e ee es", "s", "se"], RS),
  pattern("X1X", ["e", "e ee s es", "s", "se"]),
  pattern("XX1", ["e", "e ee s", "es s se"]),
  pattern("X1X1", ["e", "e ee s", "es s", "se"]),
  pattern("K1N", ["e", "e ee", "se"], S),
  pattern("K1K", ["e es", "e ee", "se"], BOTH),
  pattern("KK1", ["e", "e ee se es"], BOTH),
  pattern("K1K1", ["e", "e ee es", "se"], BOTH),
  pattern("K1X", ["e", "e ee s es", "se"], S),
  pattern("KX1", ["e", "e ee se s", "es"], S),
  pattern("K1X1", ["e", "e ee s", "se es"], S),
  pattern("I1N", ["e s", "e ee", "se"]),
  pattern("I1K", ["e es s", "e ee", "se"], RS),
  pattern("IK1", ["e s", "e ee se es"], RS),
  pattern("I1K1", ["e s", "e ee es", "se"], RS),
  pattern("I1X", ["e s", "e ee s es", "se"]),
  pattern("IX1", ["e s", "e ee se s", "es"]),
  pattern("I1X1", ["e s", "e ee s", "se es"]),
];

interface Vector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_psks?: readonly string[];
  readonly init_static?: string;
  readonly init_ephemeral: string;
  readonly init_remote_static?: string;
  readonly resp_prologue: string;
  readonly resp_psks?: readonly string[];
  readonly resp_static?: string;
  readonly resp_ephemeral?: string;
  readonly resp_remote_static?: string;
  readonly handshake_hash?: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

function patternOf(name: string): HandshakePattern {
  const [, base, modifiers] = /^Noise_([A-Z0-9]+?)((?:psk\d\+?)*)_25519_AESGCM_SHA256$/.exec(name) ?? [];
  const found = PATTERNS.find((each) => each.name === base);
  assert.ok(found, `pattern of ${name}`);
  const positions = [...(modifiers ?? "").matchAll(/psk(\d)/g)].map((match) => Number(match[1]));
  return positions.reduce(withPsk, found);
}

const pairOf = (secret: string | undefined): KeyPair | undefined => {
  if (secret === undefined) return undefined;
  const secretKey = hexToBytes(secret);
  return { secretKey, publicKey: nobleProvider.x25519PublicKey(secretKey) };
};

function stateOf(vector: Vector, role: Role): HandshakeState {
  const isInitiator = role === "initiator";
  const remote = isInitiator ? vector.init_remote_static : vector.resp_remote_static;
  return new HandshakeState({
    provider: nobleProvider,
    random: () => assert.fail("the vector gives all chance"),
    pattern: patternOf(vector.protocol_name),
    role,
    prologue: hexToBytes(isInitiator ? vector.init_prologue : vector.resp_prologue),
    s: pairOf(isInitiator ? vector.init_static : vector.resp_static),
    e: pairOf(isInitiator ? vector.init_ephemeral : vector.resp_ephemeral),
    rs: remote === undefined ? undefined : hexToBytes(remote),
    psks: ((isInitiator ? vector.init_psks : vector.resp_psks) ?? []).map(hexToBytes),
  });
}

/** Runs a vector and returns how many bytes of handshake messages it had. */
function runVector(vector: Vector): void {
  const handshake = patternOf(vector.protocol_name);
  assert.equal(protocolName(handshake), vector.protocol_name);
  const states = { initiator: stateOf(vector, "initiator"), responder: stateOf(vector, "responder") };
  const steps = vector.messages.slice(0, handshake.messages.length);
  for (const [index, { payload, ciphertext }] of steps.entries()) {
    const [writer, reader] = turn(states, index);
    assert.equal(bytesToHex(writer.writeMessage(hexToBytes(payload))), ciphertext, `message ${index}`);
    assert.equal(bytesToHex(reader.readMessage(hexToBytes(ciphertext))), payload, `message ${index} read`);
  }
  assert.ok(states.initiator.isComplete && states.responder.isComplete);
  const hash = bytesToHex(states.initiator.handshakeHash);
  assert.equal(hash, bytesToHex(states.responder.handshakeHash));
  if (vector.handshake_hash !== undefined) assert.equal(hash, vector.handshake_hash);

  const keys = { initiator: states.initiator.finish(), responder: states.responder.finish() };
  const ciphers = {
    initiator: new CipherState(nobleProvider, keys.initiator.send),
    responder: new CipherState(nobleProvider, keys.responder.send),
  };
  const readers = {
    initiator: new CipherState(nobleProvider, keys.initiator.receive),
    responder: new CipherState(nobleProvider, keys.responder.receive),
  };
  const none = new Uint8Array(0);
  const isOneWay = handshake.messages.length === 1;
  for (const [offset, { payload, ciphertext }] of vector.messages.slice(steps.length).entries()) {
    const isFromInitiator = isOneWay || (steps.length + offset) % 2 === 0;
    const sender = isFromInitiator ? ciphers.initiator : ciphers.responder;
    const receiver = isFromInitiator ? readers.responder : readers.initiator;
    assert.equal(bytesToHex(sender.encryptWithAd(none, hexToBytes(payload))), ciphertext);
    assert.equal(bytesToHex(receiver.decryptWithAd(none, hexToBytes(ciphertext))), payload);
  }
}

/** A flip in `ciphertext` of message `target` must fail there, or, where nothing is sealed yet, in a later message. */
function tamperFails(vector: Vector, target: number, byte: number, bit: number): boolean {
  const states = { initiator: stateOf(vector, "initiator"), responder: stateOf(vector, "responder") };
  const count = patternOf(vector.protocol_name).messages.length;
  try {
    for (let index = 0; index < count; index++) {
      const [writer, reader] = turn(states, index);
      const message = writer.writeMessage(hexToBytes(vector.messages[index]!.payload)).slice();
      if (index === target) message[byte]! ^= 1 << bit;
      reader.readMessage(message);
    }
  } catch (error) {
    assert.ok(error instanceof WireError, String(error));
    return true;
  }
  // Only a message of plaintext can pass, and then the two sides disagree about the transcript.
  return bytesToHex(states.initiator.handshakeHash) !== bytesToHex(states.responder.handshakeHash);
}

function turn(states: Record<Role, HandshakeState>, index: number): readonly [HandshakeState, HandshakeState] {
  return index % 2 === 0 ? [states.initiator, states.responder] : [states.responder, states.initiator];
}

const frozen: { cases: readonly (Vector & { name: string })[] } = JSON.parse(
  readFileSync(join(ROOT, "spec/vectors/noise.json"), "utf8"),
);

for (const vector of frozen.cases) {
  test(`noise vector: ${vector.name}`, () => runVector(vector));
  test(`noise vector: ${vector.name}, each byte of each message damaged, fails [HS-1]`, () => {
    for (const [index] of patternOf(vector.protocol_name).messages.entries()) {
      const length = vector.messages[index]!.ciphertext.length / 2;
      for (let byte = 0; byte < length; byte++)
        assert.ok(tamperFails(vector, index, byte, byte % 8), `${index}:${byte}`);
    }
  });
}

for (const set of ["cacophony", "snow"]) {
  const file = join(PUBLISHED, "noise", `${set}.json`);
  const skip = existsSync(file)
    ? false
    : `${set}.json is not here: set KITH_VECTORS to the folder of published vectors`;
  test(`published Noise vectors: ${set}`, { skip }, (context) => {
    const { vectors }: { vectors: readonly Vector[] } = JSON.parse(readFileSync(file, "utf8"));
    for (const vector of vectors) runVector(vector);
    context.diagnostic(`${vectors.length} ${set} vectors ran`);
    assert.ok(vectors.length > 40, "the set is whole");
  });
  test(`published Noise vectors: ${set}, damaged messages fail`, { skip }, (context) => {
    const { vectors }: { vectors: readonly Vector[] } = JSON.parse(readFileSync(file, "utf8"));
    let count = 0;
    for (const [number, vector] of vectors.entries()) {
      for (const [index] of patternOf(vector.protocol_name).messages.entries()) {
        // Every byte of the frozen ones is tried above; here another one of each message.
        const byte = (31 * number + 7 * index) % (vector.messages[index]!.ciphertext.length / 2);
        assert.ok(tamperFails(vector, index, byte, 3), `${vector.protocol_name} ${index}:${byte}`);
        count++;
      }
    }
    context.diagnostic(`${count} damaged ${set} messages refused`);
  });
}

test("withHfs and withPsk write the names and lines of the specifications", () => {
  const xx = withHfs(PATTERNS.find((each) => each.name === "XX")!);
  assert.equal(protocolName(xx), "Noise_XXhfs_25519+MLKEM768_AESGCM_SHA256");
  assert.deepEqual(xx.messages, [
    ["e", "e1"],
    ["e", "ee", "ekem1", "s", "es"],
    ["s", "se"],
  ]);
  const resume = withPsk(withHfs(PATTERNS.find((each) => each.name === "NN")!), 0);
  assert.equal(protocolName(resume), "Noise_NNhfs+psk0_25519+MLKEM768_AESGCM_SHA256");
  assert.deepEqual(resume.messages, [
    ["psk", "e", "e1"],
    ["e", "ee", "ekem1"],
  ]);
});

test("HandshakeState refuses a public key of low order, truncated messages and one too large", () => {
  const base = { provider: nobleProvider, random: (length: number) => new Uint8Array(length).fill(7) };
  const make = (role: Role): HandshakeState =>
    new HandshakeState({
      ...base,
      pattern: patternOf("Noise_NN_25519_AESGCM_SHA256"),
      role,
      prologue: new Uint8Array(0),
    });
  const responder = make("responder");
  responder.readMessage(new Uint8Array(32)); // the point of order 1
  assert.throws(() => responder.writeMessage(new Uint8Array(0)), code("ERR_CRYPTO"));
  assert.throws(() => make("responder").readMessage(new Uint8Array(31)), code("ERR_TRUNCATED"));
  assert.throws(() => make("responder").readMessage(new Uint8Array(65_536)), code("ERR_TOO_LARGE"));
  const initiator = make("initiator");
  initiator.writeMessage(new Uint8Array(0));
  assert.throws(() => initiator.readMessage(new Uint8Array(40).fill(9)), code("ERR_CRYPTO"), "shorter than a tag");
});

test("HandshakeState refuses its own ephemeral from the other side", () => {
  const secretKey = new Uint8Array(32).fill(3);
  const make = (role: Role): HandshakeState =>
    new HandshakeState({
      provider: nobleProvider,
      random: () => assert.fail("no chance needed"),
      pattern: patternOf("Noise_NN_25519_AESGCM_SHA256"),
      role,
      prologue: new Uint8Array(0),
      e: { secretKey: secretKey.slice(), publicKey: nobleProvider.x25519PublicKey(secretKey) },
    });
  const [initiator, responder] = [make("initiator"), make("responder")];
  const message = initiator.writeMessage(new Uint8Array(0));
  assert.throws(() => responder.readMessage(message), code("ERR_CRYPTO"));
});

test("HandshakeState asserts on misuse: wrong turn, too early, too often", () => {
  const [vector] = frozen.cases;
  const state = stateOf(vector!, "initiator");
  assert.throws(() => state.readMessage(new Uint8Array(100)), /not our turn to read/);
  assert.throws(() => state.finish(), /not finished/);
  assert.throws(() => state.writePayload(new Uint8Array(0)), /writeTokens comes first/);
  state.writeMessage(new Uint8Array(0));
  assert.throws(() => state.writeMessage(new Uint8Array(0)), /not our turn to write/);
  state.wipe();
  assert.throws(() => state.readMessage(new Uint8Array(100)), /no message left/);
});

function code(expected: string): (error: unknown) => boolean {
  return (error) => error instanceof WireError && error.code === expected;
}
