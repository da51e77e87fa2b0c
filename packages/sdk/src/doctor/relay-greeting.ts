/**
 * The beginning of a visit to a relay, as far as a doctor goes: *hello*, how the relay came by its key, *welcome*. What it
 * proves, and what its clock shows. Nothing is said of who asks.
 *
 * @module
 */
import {
  bytesToHex,
  type CryptoProvider,
  decodeServerMessage,
  encodeClientMessage,
  formerKeys,
  type ServerMessage,
  type Succession,
  WireError,
  welcomeBytes,
} from "@kith/core";

const VERSION = 1;
export const GREETING_NONCE_BYTES = 32;

export interface Greeting {
  readonly type: "welcome";
  readonly welcome: Extract<ServerMessage, { type: "welcome" }>;
  readonly nonce: Uint8Array;
  /** How the relay says that it came by its key. */
  readonly chain: readonly Succession[];
}

export const helloBytes = (nonce: Uint8Array): Uint8Array =>
  encodeClientMessage({ type: "hello", version: VERSION, nonce });

/** Takes what comes, message by message. */
export class GreetingReader {
  readonly #nonce: Uint8Array;
  #chain: readonly Succession[] = [];

  constructor(nonce: Uint8Array) {
    this.#nonce = nonce;
  }

  /** `undefined`: more is to come. `stranger`: that is no relay of ours. */
  read(bytes: Uint8Array): Greeting | { readonly type: "stranger" } | undefined {
    try {
      const message = decodeServerMessage(bytes);
      if (message.type === "welcome")
        return { type: "welcome", welcome: message, nonce: this.#nonce, chain: this.#chain };
      if (message.type !== "successor" || this.#chain.length > 0) return { type: "stranger" };
      this.#chain = message.chain;
      return undefined;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return { type: "stranger" };
    }
  }
}

/** `unproven`: it does not show that the key is its own. `expected`: in hexadecimal, if one is. */
export function judgeGreeting(
  provider: CryptoProvider,
  { welcome, nonce, chain }: Greeting,
  expected: string | undefined,
): "unproven" | "changed" | "right" | "new" {
  const signed = welcomeBytes(nonce, welcome.nonce, welcome.wall);
  if (!provider.ed25519Verify(welcome.relayKey, signed, welcome.signature)) return "unproven";
  if (expected === undefined) return "new";
  const before = formerKeys(provider, chain, welcome.relayKey).map(bytesToHex);
  return [...before, bytesToHex(welcome.relayKey)].includes(expected) ? "right" : "changed";
}
