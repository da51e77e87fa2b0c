/**
 * A client's way into a relay, from connected to *ready* (spec/relay.md §4): one login on one connection.
 *
 *     greeting ─welcome▶ entering ─toll▶ paying ─paid▶ entering ─ready▶ done
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import { bytesEqual } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { after, type Instant } from "../lib/time.ts";
import {
  RELAY_LOGIN_TIMEOUT,
  RELAY_MESSAGE_BYTES_MAX,
  RELAY_TOLL_BITS_PAID_MAX,
  RELAY_TOLL_TIMEOUT,
} from "../wire/relay-limits.ts";
import { loginBytes, relaySeed, tollChallenge, welcomeBytes } from "./relay-login.ts";
import { type ClientMessage, RELAY_NONCE_BYTES, RELAY_VERSION, type ServerMessage } from "./relay-message.ts";

export interface RelayEntryOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  /** Of the identity; its key at this relay comes of it. */
  readonly seed: Secret;
  /** The key that this relay must have; `undefined`: whichever it shows. */
  readonly relayKey: Uint8Array | undefined;
  /** What lets us in where strangers are not welcome. */
  readonly pass?: Uint8Array | undefined;
}

type Ready = Extract<ServerMessage, { type: "ready" }>;

export type RelayEntryOutput =
  | { readonly type: "say"; readonly message: ClientMessage }
  | { readonly type: "solve"; readonly challenge: Uint8Array; readonly bits: number }
  /** The relay has this key, and it is proven. */
  | { readonly type: "known"; readonly relayKey: Uint8Array }
  | { readonly type: "keyChanged"; readonly expected: Uint8Array; readonly found: Uint8Array }
  | { readonly type: "entered"; readonly key: Uint8Array; readonly ready: Ready }
  | { readonly type: "refused"; readonly why: "misbehaved" | "expensive" };

interface Entering {
  readonly until: Instant;
  readonly relayKey: Uint8Array;
  readonly relayNonce: Uint8Array;
  readonly key: Uint8Array;
}

type Phase =
  | { readonly at: "greeting"; readonly until: Instant; readonly nonce: Uint8Array }
  | ({ readonly at: "entering" | "paying" } & Entering)
  | { readonly at: "done" };

export class RelayEntry {
  readonly #options: RelayEntryOptions;
  readonly #outputs: RelayEntryOutput[] = [];
  #phase: Phase;

  constructor(options: RelayEntryOptions, now: Instant) {
    this.#options = options;
    const nonce = options.random(RELAY_NONCE_BYTES).slice();
    this.#phase = { at: "greeting", until: after(now, RELAY_LOGIN_TIMEOUT), nonce };
    this.#say({ type: "hello", version: RELAY_VERSION, nonce });
  }

  handleMessage(message: ServerMessage, now: Instant): void {
    const phase = this.#phase;
    if (phase.at === "greeting" && message.type === "welcome") this.#welcomed(message, phase.nonce, now);
    else if (phase.at === "entering" && message.type === "toll") this.#asked(message, phase, now);
    else if (phase.at === "entering" && message.type === "ready") this.#entered(message, phase.key);
    else this.#end({ type: "refused", why: "misbehaved" });
  }

  handleSolved(counter: number, now: Instant): void {
    if (this.#phase.at !== "paying") return;
    this.#phase = { ...this.#phase, at: "entering", until: after(now, RELAY_LOGIN_TIMEOUT) };
    this.#say({ type: "pay", counter });
  }

  /** By when the next step must be done. */
  nextTimeout(): Instant | undefined {
    return this.#phase.at === "done" ? undefined : this.#phase.until;
  }

  poll(): RelayEntryOutput | undefined {
    return this.#outputs.shift();
  }

  #welcomed(message: Extract<ServerMessage, { type: "welcome" }>, nonce: Uint8Array, now: Instant): void {
    const { provider, seed, relayKey: expected, pass = new Uint8Array(0) } = this.#options;
    const { nonce: relayNonce, wall, signature, version } = message;
    const signed = welcomeBytes(nonce, relayNonce, wall);
    if (version !== RELAY_VERSION || !provider.ed25519Verify(message.relayKey, signed, signature))
      return this.#end({ type: "refused", why: "misbehaved" });
    const relayKey = message.relayKey.slice();
    if (expected !== undefined && !bytesEqual(expected, relayKey))
      return this.#end({ type: "keyChanged", expected, found: relayKey });
    const own = relaySeed(provider, seed, relayKey);
    const key = provider.ed25519PublicKey(own.reveal());
    const proof = provider.ed25519Sign(own.reveal(), loginBytes(relayKey, relayNonce));
    own.wipe();
    const until = after(now, RELAY_LOGIN_TIMEOUT);
    this.#phase = { at: "entering", until, relayKey, relayNonce: relayNonce.slice(), key };
    this.#outputs.push({ type: "known", relayKey });
    this.#say({ type: "login", key, signature: proof, pass });
  }

  #asked({ bits, challenge }: Extract<ServerMessage, { type: "toll" }>, entering: Entering, now: Instant): void {
    const { relayKey, relayNonce, key } = entering;
    const expected = tollChallenge(this.#options.provider, relayKey, relayNonce, key);
    // Another challenge would be work for somebody else's login.
    if (!bytesEqual(expected, challenge)) return this.#end({ type: "refused", why: "misbehaved" });
    if (bits > RELAY_TOLL_BITS_PAID_MAX) return this.#end({ type: "refused", why: "expensive" });
    this.#phase = { at: "paying", until: after(now, RELAY_TOLL_TIMEOUT), relayKey, relayNonce, key };
    this.#outputs.push({ type: "solve", challenge: expected, bits });
  }

  #entered(ready: Ready, key: Uint8Array): void {
    // Through a smaller window the longest packet would never leave.
    if (ready.window < RELAY_MESSAGE_BYTES_MAX) return this.#end({ type: "refused", why: "misbehaved" });
    this.#end({ type: "entered", key, ready });
  }

  #end(output: RelayEntryOutput): void {
    this.#phase = { at: "done" };
    this.#outputs.push(output);
  }

  #say(message: ClientMessage): void {
    this.#outputs.push({ type: "say", message });
  }
}
