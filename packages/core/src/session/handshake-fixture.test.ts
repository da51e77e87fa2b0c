/** What the handshake and resumption tests share: seeded chance, two parties, and a pipe between them. */
import { nobleProvider } from "../crypto/noble-provider.ts";
import type { CryptoProvider, KeyPair } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { identityFromSeed, type LocalIdentity } from "../identity/keys.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, instant } from "../lib/time.ts";
import { textToBytes } from "../lib/utf8.ts";
import type { HandshakeOptions, HandshakeOutput } from "./handshake.ts";
import { HandshakeInitiator, type InitiatorOptions } from "./handshake-initiator.ts";
import { HandshakeResponder } from "./handshake-responder.ts";
import type { Keying } from "./keying.ts";

export const START: Instant = instant(1_000);

/** SHA-256(seed ‖ u32 counter), counter from 0, cut into what is asked: spec/vectors say the same. */
export function seededRandom(seed: string): RandomSource {
  let counter = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const index = new Uint8Array(4);
      new DataView(index.buffer).setUint32(0, counter++);
      bytes.set(nobleProvider.sha256(textToBytes(seed), index).subarray(0, length - at), at);
    }
    return bytes;
  };
}

export interface Party {
  readonly name: string;
  readonly identity: LocalIdentity;
  readonly staticKeys: KeyPair;
  readonly incarnation: Uint8Array;
}

export function party(name: string, provider: CryptoProvider = nobleProvider): Party {
  const random = seededRandom(name);
  const identity = identityFromSeed(provider, new Secret(random(32)));
  return { name, identity, staticKeys: provider.x25519Generate(random), incarnation: random(16) };
}

export const ALICE: Party = party("alice");
export const BOB: Party = party("bob");

type Tuned = Partial<InitiatorOptions>;

/** Every machine of a party draws the same chance, unless `tuned` has another source. */
export function options(who: Party, localIndex: number, tuned: Tuned = {}): HandshakeOptions & Tuned {
  const { name, ...keys } = who;
  return {
    provider: nobleProvider,
    random: seededRandom(`${name} handshake`),
    ...keys,
    localIndex,
    now: START,
    ...tuned,
  };
}

export const initiatorOf = (who: Party = ALICE, tuned: Tuned = {}): HandshakeInitiator =>
  new HandshakeInitiator(options(who, 0xa11ce, tuned));

export const responderOf = (who: Party = BOB, tuned: Tuned = {}): HandshakeResponder =>
  new HandshakeResponder(options(who, 0xb0b, tuned));

interface Polled<Output> {
  poll(): Output | undefined;
}

export function drain<Output>(machine: Polled<Output>): Output[] {
  const outputs: Output[] = [];
  for (let output = machine.poll(); output !== undefined; output = machine.poll()) outputs.push(output);
  return outputs;
}

/** The one packet that comes out now. */
export function packetOf(machine: Polled<{ type: string } | { type: "transmit"; bytes: Uint8Array }>): Uint8Array {
  const packets = drain(machine).flatMap((output) => ("bytes" in output ? [output.bytes] : []));
  const [packet] = packets;
  if (packet === undefined || packets.length !== 1) throw new Error(`${packets.length} packets instead of one`);
  return packet;
}

/** What came out, without the bytes: `["transmit", "done"]`, or `failed: crypto`. */
export const outcomes = (machine: Polled<HandshakeOutput>): string[] =>
  drain(machine).map((output) => (output.type === "failed" ? `failed: ${output.reason}` : output.type));

export interface Meeting {
  readonly hello: Uint8Array;
  readonly answer: Uint8Array;
  readonly confirm: Uint8Array;
  readonly initiator: Keying;
  readonly responder: Keying;
}

/** Runs both to the end over a pipe that loses nothing. */
export function meet(
  initiator: HandshakeInitiator = initiatorOf(),
  responder: HandshakeResponder = responderOf(),
): Meeting {
  const hello = packetOf(initiator);
  responder.handleMessage(hello, START);
  const answer = packetOf(responder);
  initiator.handleMessage(answer, START);
  const [confirm, done] = drain(initiator);
  if (confirm?.type !== "transmit" || done?.type !== "done")
    throw new Error(`initiator: ${JSON.stringify([confirm, done])}`);
  responder.handleMessage(confirm.bytes, START);
  const [met] = drain(responder);
  if (met?.type !== "done") throw new Error(`responder: ${JSON.stringify(met)}`);
  return { hello, answer, confirm: confirm.bytes, initiator: done.keying, responder: met.keying };
}

export function flipped(packet: Uint8Array, byte: number, bit: number): Uint8Array {
  const copy = packet.slice();
  copy[byte] = (copy[byte] ?? 0) ^ (1 << bit);
  return copy;
}
