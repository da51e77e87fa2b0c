/** A relay made by hand, for tests of its client: it says what a test tells it to say, rightly signed. */
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, instant } from "../lib/time.ts";
import { RELAY_WINDOW_BYTES } from "../wire/relay-limits.ts";
import { RelayClient, type RelayClientOptions } from "./relay-client.ts";
import type { RelayClientOutput } from "./relay-client-output.ts";
import { tollChallenge, welcomeBytes } from "./relay-login.ts";
import { type ClientMessage, decodeClientMessage, encodeServerMessage, type ServerMessage } from "./relay-message.ts";

export const filled = (value: number, length = 32): Uint8Array => new Uint8Array(length).fill(value);
export const RELAY_SEED: Uint8Array = filled(77);
export const RELAY_KEY: Uint8Array = nobleProvider.ed25519PublicKey(RELAY_SEED);
const RELAY_NONCE = filled(5);

/** Bytes that a number determines (mulberry32). */
export function seeded(seed: number): RandomSource {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) & 0xff;
  };
  return (length) => Uint8Array.from({ length }, next);
}

export type Spoken = RelayClientOutput | { readonly type: "said"; readonly message: ClientMessage };

/** A client and the relay that it talks to. */
export class RelayRig {
  readonly client: RelayClient;
  now: Instant = instant(1_000);

  constructor(options: Partial<RelayClientOptions> = {}) {
    const usual = { provider: nobleProvider, random: seeded(1), seed: new Secret(filled(1)), relayKey: undefined };
    this.client = new RelayClient({ ...usual, ...options }, this.now);
  }

  /** What came of it since the last call; messages read. */
  take(): Spoken[] {
    const all: Spoken[] = [];
    for (let output = this.client.poll(); output !== undefined; output = this.client.poll())
      all.push(output.type === "send" ? { type: "said", message: decodeClientMessage(output.bytes) } : output);
    return all;
  }

  says(message: ServerMessage): void {
    this.client.handleMessage(encodeServerMessage(message).slice(), this.now);
  }

  wait(milliseconds: number): void {
    this.now = instant(this.now + milliseconds);
    this.client.handleTimeout(this.now);
  }

  /** Until the next timeout. */
  waitOut(): number {
    const wait = (this.client.nextTimeout() ?? this.now) - this.now;
    this.wait(wait);
    return wait;
  }

  /** Connects and is welcomed, after what is said `before`: what the client then says is not taken. */
  welcome(seed: Uint8Array = RELAY_SEED, before: readonly ServerMessage[] = []): void {
    this.client.handleUp(this.now);
    const hello = this.take().flatMap((spoken) => (spoken.type === "said" ? [spoken.message] : []))[0];
    if (hello?.type !== "hello") throw new Error("no hello");
    const signature = nobleProvider.ed25519Sign(seed, welcomeBytes(hello.nonce, RELAY_NONCE, 99));
    const relayKey = nobleProvider.ed25519PublicKey(seed);
    for (const message of before) this.says(message);
    this.says({ type: "welcome", version: 1, relayKey, nonce: RELAY_NONCE, wall: 99, signature });
  }

  challengeFor(key: Uint8Array): Uint8Array {
    return tollChallenge(nobleProvider, RELAY_KEY, RELAY_NONCE, key);
  }

  ready(window = RELAY_WINDOW_BYTES): void {
    this.says({ type: "ready", flags: 0, wall: 99, window, keptMax: 60 });
  }

  /** The whole way in, and nothing left to take. */
  enter(window?: number): this {
    this.welcome();
    this.ready(window);
    this.take();
    return this;
  }
}
