/**
 * A client's way into a relay, from connected to *ready* (spec/relay.md §4): one login on one connection.
 *
 *     greeting ─(successor) welcome▶ entering ─toll▶ paying ─paid▶ entering ─ready▶ done
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
import {
  type ClientMessage,
  RELAY_NONCE_BYTES,
  RELAY_VERSION,
  type ServerMessage,
  type Succession,
} from "./relay-message.ts";
import { formerKeys } from "./relay-succession.ts";

export interface RelayEntryOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  /** Of the identity; its key at this relay comes of it. */
  readonly seed: Secret;
  /** The key that this relay must have; `undefined`: whichever it shows. */
  readonly relayKey: Uint8Array | undefined;
  /** The relay's when we first met: our key there is made of it. {@link relayKey} unless told. */
  readonly firstKey?: Uint8Array | undefined;
  /** What lets us in where strangers are not welcome. */
  readonly pass?: Uint8Array | undefined;
}

/** A relay that proved who it is. */
export interface ProvenRelay {
  readonly relayKey: Uint8Array;
  readonly firstKey: Uint8Array;
  /** That it gave up, as far as it said; oldest first. */
  readonly formerKeys: readonly Uint8Array[];
}

type Ready = Extract<ServerMessage, { type: "ready" }>;

export type RelayEntryOutput =
  | { readonly type: "say"; readonly message: ClientMessage }
  | { readonly type: "solve"; readonly challenge: Uint8Array; readonly bits: number }
  /** `isNew`: its key is not the one that it had to have, for none was told, or it has succeeded that one. */
  | { readonly type: "known"; readonly relay: ProvenRelay; readonly isNew: boolean }
  | { readonly type: "keyChanged"; readonly expected: Uint8Array; readonly found: Uint8Array }
  | { readonly type: "entered"; readonly key: Uint8Array; readonly ready: Ready }
  | { readonly type: "refused"; readonly why: "misbehaved" | "expensive" };

interface Entering {
  readonly until: Instant;
  readonly relayKey: Uint8Array;
  readonly relayNonce: Uint8Array;
  readonly key: Uint8Array;
}

type Chain = readonly Succession[];

type Phase =
  | { readonly at: "greeting"; readonly until: Instant; readonly nonce: Uint8Array; readonly chain?: Chain }
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
    if (phase.at === "greeting" && message.type === "welcome") this.#welcomed(message, phase, now);
    else if (phase.at === "greeting" && message.type === "successor" && phase.chain === undefined)
      this.#phase = { ...phase, chain: message.chain };
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

  #welcomed(
    message: Extract<ServerMessage, { type: "welcome" }>,
    { nonce, chain = [] }: { readonly nonce: Uint8Array; readonly chain?: Chain },
    now: Instant,
  ): void {
    const { provider, seed, relayKey: expected, pass = new Uint8Array(0) } = this.#options;
    const { nonce: relayNonce, wall, signature, version } = message;
    const signed = welcomeBytes(nonce, relayNonce, wall);
    if (version !== RELAY_VERSION || !provider.ed25519Verify(message.relayKey, signed, signature))
      return this.#end({ type: "refused", why: "misbehaved" });
    const relayKey = message.relayKey.slice();
    const before = formerKeys(provider, chain, relayKey);
    const isNew = expected === undefined || !bytesEqual(expected, relayKey);
    // Only forward: from a key that was given up to the one that is proven now.
    if (expected !== undefined && isNew && !before.some((key) => bytesEqual(key, expected)))
      return this.#end({ type: "keyChanged", expected, found: relayKey });
    const firstKey = this.#options.firstKey ?? expected ?? relayKey;
    const own = relaySeed(provider, seed, firstKey);
    const key = provider.ed25519PublicKey(own.reveal());
    const proof = provider.ed25519Sign(own.reveal(), loginBytes(relayKey, relayNonce));
    own.wipe();
    const until = after(now, RELAY_LOGIN_TIMEOUT);
    this.#phase = { at: "entering", until, relayKey, relayNonce: relayNonce.slice(), key };
    this.#outputs.push({ type: "known", relay: { relayKey, firstKey, formerKeys: before }, isNew });
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
