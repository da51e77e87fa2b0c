/** The frozen handshakes and resumptions of spec/vectors: every byte, from every secret. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { identityFromSeed } from "../identity/keys.ts";
import { parsePeerId } from "../identity/peer-id.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import { WireError } from "../lib/wire-error.ts";
import {
  decodeHello,
  decodeRefuse,
  decodeResume,
  decodeResumed,
  decodeRetry,
  encodeRetry,
} from "../wire/handshake-packet.ts";
import type { HandshakeOptions } from "./handshake.ts";
import { drain, flipped, START } from "./handshake-fixture.test.ts";
import { HandshakeInitiator } from "./handshake-initiator.ts";
import { HandshakeResponder } from "./handshake-responder.ts";
import type { Keying } from "./keying.ts";
import { ResumeBook } from "./resume-book.ts";

const VECTORS = join(import.meta.dirname, "../../../../spec/vectors");
const read = <T>(name: string): T => JSON.parse(readFileSync(join(VECTORS, name), "utf8"));

interface Side {
  readonly identitySeed: string;
  readonly staticSecret: string;
  readonly ephemeralSecret: string;
  /** d ‖ z of the initiator (FIPS 203 Algorithm 16), m of the responder (Algorithm 17). */
  readonly kemRandom: string;
  readonly incarnation: string;
  readonly index: number;
  readonly versions: { readonly min: number; readonly max: number };
}
interface Damage {
  readonly packet: string;
  readonly byte: number;
  readonly bit: number;
  readonly error: string;
}
interface HandshakeCase {
  readonly name: string;
  readonly initiator: Side;
  readonly responder: Side;
  readonly tag?: string;
  readonly cookie?: string;
  readonly hello: string;
  readonly answer: string;
  readonly confirm: string;
  readonly version: number;
  readonly initiatorToResponder: string;
  readonly responderToInitiator: string;
  readonly resumeSecret: string;
  readonly resumeId: string;
  readonly transcript: string;
  readonly damaged: readonly Damage[];
}
interface PacketCase {
  readonly name: string;
  readonly packet: string;
  readonly bytes: string;
  readonly error?: string;
}

/** Hands out exactly these, in this order and of these lengths. */
function scripted(...values: readonly string[]): RandomSource {
  const left = values.map(hexToBytes);
  return (length) => {
    const value = left.shift();
    assert.equal(value?.length, length, "the vector gives all chance");
    return value ?? assert.fail();
  };
}

function optionsOf(side: Side): HandshakeOptions {
  const secretKey = hexToBytes(side.staticSecret);
  return {
    provider: nobleProvider,
    random: scripted(side.ephemeralSecret, side.kemRandom),
    identity: identityFromSeed(nobleProvider, new Secret(hexToBytes(side.identitySeed))),
    staticKeys: { secretKey, publicKey: nobleProvider.x25519PublicKey(secretKey) },
    incarnation: hexToBytes(side.incarnation),
    localIndex: side.index,
    versions: side.versions,
    now: START,
  };
}

const handshakes = read<{ cases: readonly HandshakeCase[]; packets: readonly PacketCase[] }>("handshake.json");

for (const vector of handshakes.cases) {
  test(`handshake vector: ${vector.name}`, () => {
    const { initiator, hello } = begun(vector);
    const responder = new HandshakeResponder(optionsOf(vector.responder));
    assert.equal(bytesToHex(hello), vector.hello);
    responder.handleMessage(hello, START);
    const [answer] = drain(responder);
    assert.ok(answer?.type === "transmit");
    assert.equal(bytesToHex(answer.bytes), vector.answer);
    initiator.handleMessage(answer.bytes, START);
    const [confirm, ours] = drain(initiator);
    assert.ok(confirm?.type === "transmit" && ours?.type === "done");
    assert.equal(bytesToHex(confirm.bytes), vector.confirm);
    responder.handleMessage(confirm.bytes, START);
    const [theirs] = drain(responder);
    assert.ok(theirs?.type === "done");
    compare(ours.keying, theirs.keying, vector);
    assert.equal(ours.keying.version, vector.version);
    assert.equal(theirs.keying.version, vector.version);
  });

  test(`handshake vector: ${vector.name}, damaged`, () => {
    for (const { packet, byte, bit, error } of vector.damaged) {
      const { initiator } = begun(vector);
      const responder = new HandshakeResponder(optionsOf(vector.responder));
      const reader = packet === "answer" ? initiator : responder;
      if (packet === "confirm") responder.handleMessage(hexToBytes(vector.hello), START);
      drain(reader);
      const bytes = packet === "hello" ? vector.hello : packet === "answer" ? vector.answer : vector.confirm;
      reader.handleMessage(flipped(hexToBytes(bytes), byte, bit), START);
      const failed = drain(reader).at(-1);
      assert.ok(failed?.type === "failed");
      assert.equal(failed.reason, error, `${packet} byte ${byte}`);
    }
  });
}

interface ResumeCase {
  readonly name: string;
  readonly initiator: ResumeSide;
  readonly responder: ResumeSide;
  readonly version: number;
  readonly psk: string;
  readonly id: string;
  readonly received: string;
  readonly resume: string;
  readonly resumed: string;
  readonly initiatorToResponder: string;
  readonly responderToInitiator: string;
  readonly resumeSecret: string;
  readonly resumeId: string;
  readonly transcript: string;
}
interface ResumeSide {
  readonly peerId: string;
  readonly incarnation: string;
  readonly ephemeralSecret: string;
  readonly kemRandom: string;
  readonly index: number;
}

const resumptions = read<{ cases: readonly ResumeCase[]; packets: readonly PacketCase[] }>("resume.json");

for (const vector of resumptions.cases) {
  test(`resume vector: ${vector.name}`, () => {
    const [mine, others] = [bookOf(vector, "initiator"), bookOf(vector, "responder")];
    const initiator = mine.begin(vector.id, { localIndex: vector.initiator.index, now: START });
    const [request] = initiator === undefined ? [] : drain(initiator);
    assert.ok(initiator !== undefined && request?.type === "transmit");
    assert.equal(bytesToHex(request.bytes), vector.resume);
    const received = hexToBytes(vector.received);
    const verdict = others.answer(request.bytes, { localIndex: vector.responder.index, received, now: START });
    assert.ok(verdict.type === "answered");
    assert.equal(bytesToHex(verdict.bytes), vector.resumed);
    initiator.handleMessage(verdict.bytes, START);
    const [done] = drain(initiator);
    assert.ok(done?.type === "done");
    assert.equal(bytesToHex(done.received), vector.received);
    compare(done.keying, verdict.keying, vector);
  });
}

const DECODERS: Record<string, (packet: Uint8Array) => unknown> = {
  hello: decodeHello,
  retry: decodeRetry,
  refuse: decodeRefuse,
  resume: decodeResume,
  resumed: decodeResumed,
};

for (const { name, packet, bytes, error } of [...handshakes.packets, ...resumptions.packets]) {
  test(`packet vector: ${packet}, ${name}`, () => {
    const decode = () => DECODERS[packet]?.(hexToBytes(bytes)) ?? assert.fail(packet);
    if (error === undefined) decode();
    else assert.throws(decode, (thrown) => thrown instanceof WireError && thrown.code === error);
  });
}

function begun(vector: HandshakeCase): { initiator: HandshakeInitiator; hello: Uint8Array } {
  const { tag, cookie } = vector;
  const initiator = new HandshakeInitiator({
    ...optionsOf(vector.initiator),
    tag: tag === undefined ? undefined : () => hexToBytes(tag),
  });
  if (cookie !== undefined) {
    drain(initiator);
    initiator.handleMessage(encodeRetry(hexToBytes(cookie)), START);
  }
  const [hello] = drain(initiator);
  assert.ok(hello?.type === "transmit");
  return { initiator, hello: hello.bytes };
}

type Keys = Pick<
  HandshakeCase,
  "initiatorToResponder" | "responderToInitiator" | "resumeSecret" | "resumeId" | "transcript"
>;

function compare(initiator: Keying, responder: Keying, vector: Keys): void {
  for (const [keying, send, receive] of [
    [initiator, vector.initiatorToResponder, vector.responderToInitiator],
    [responder, vector.responderToInitiator, vector.initiatorToResponder],
  ] as const) {
    assert.equal(bytesToHex(keying.sendSecret.reveal()), send);
    assert.equal(bytesToHex(keying.receiveSecret.reveal()), receive);
    assert.equal(bytesToHex(keying.resumeSecret.reveal()), vector.resumeSecret);
    assert.equal(keying.resumeId, vector.resumeId);
    assert.equal(bytesToHex(keying.transcript), vector.transcript);
  }
}

/** The book of one side, holding what an earlier handshake of the two left. */
function bookOf(vector: ResumeCase, role: "initiator" | "responder"): ResumeBook {
  const [own, other] =
    role === "initiator" ? [vector.initiator, vector.responder] : [vector.responder, vector.initiator];
  const [self, peer] = [parsePeerId(own.peerId), parsePeerId(other.peerId)];
  assert.ok(self !== undefined && peer !== undefined);
  const random = scripted(own.ephemeralSecret, own.kemRandom);
  const book = new ResumeBook({ provider: nobleProvider, random, self });
  book.hold({
    role,
    peer,
    remoteContactKey: new Uint8Array(32),
    localIncarnation: own.incarnation,
    remoteIncarnation: other.incarnation,
    version: vector.version,
    localIndex: 0,
    remoteIndex: 0,
    sendSecret: new Secret(new Uint8Array(32)),
    receiveSecret: new Secret(new Uint8Array(32)),
    resumeSecret: new Secret(hexToBytes(vector.psk)),
    resumeId: vector.id,
    transcript: new Uint8Array(32),
  });
  return book;
}
