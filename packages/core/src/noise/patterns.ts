/**
 * Handshake patterns of the Noise framework (revision 34, §7, §9) as data, with its modifiers
 * `pskN` and, from the hybrid forward secrecy draft, `hfs`:
 *
 *     XX         XXhfs                     NNhfs+psk0
 *     → e        → e, e1                   → psk, e, e1
 *     ← e, ee,   ← e, ee, ekem1,           ← e, ee, ekem1
 *       s, es      s, es
 *     → s, se    → s, se
 *
 * `e1` sends a fresh ML-KEM-768 public key, `ekem1` answers with a ciphertext for it.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";

const TOKENS = ["e", "s", "ee", "es", "se", "ss", "psk", "e1", "ekem1"] as const;
export type Token = (typeof TOKENS)[number];

export interface HandshakePattern {
  /** With the modifiers: `XXhfs`. */
  readonly name: string;
  /** What each side knew before: at most `e` and `s`. */
  readonly initiatorKnown: readonly Token[];
  readonly responderKnown: readonly Token[];
  /** The initiator writes the first, and then they take turns. */
  readonly messages: readonly (readonly Token[])[];
}

/** Reads `"s"`, `""` and `["e", "e ee s es", "s se"]`: the lines of the Noise specification. */
export function pattern(
  name: string,
  messages: readonly string[],
  known: { readonly initiator?: string; readonly responder?: string } = {},
): HandshakePattern {
  return {
    name,
    initiatorKnown: tokens(known.initiator ?? ""),
    responderKnown: tokens(known.responder ?? ""),
    messages: messages.map(tokens),
  };
}

/** Noise §9.3: `psk0` begins the first message, any other number ends the message of that number. */
export function withPsk(base: HandshakePattern, position: number): HandshakePattern {
  assert(position >= 0 && position <= base.messages.length, `psk${position} in ${base.messages.length} messages`);
  const messages = base.messages.map((message, index): readonly Token[] => {
    if (position === 0 && index === 0) return ["psk", ...message];
    return index === position - 1 ? [...message, "psk"] : message;
  });
  return { ...base, name: modified(base.name, `psk${position}`), messages };
}

/** HFS draft §3: `e1` follows the first `e`, `ekem1` the first `ee`. */
export function withHfs(base: HandshakePattern): HandshakePattern {
  const insert = (token: Token, after: Token, messages: readonly (readonly Token[])[]): readonly Token[][] => {
    const first = messages.findIndex((message) => message.includes(after));
    return messages.map((message, index) =>
      message.flatMap((each): Token[] => (index === first && each === after ? [each, token] : [each])),
    );
  };
  return {
    ...base,
    name: modified(base.name, "hfs"),
    messages: insert("ekem1", "ee", insert("e1", "e", base.messages)),
  };
}

export const XX: HandshakePattern = pattern("XX", ["e", "e ee s es", "s se"]);
export const NN: HandshakePattern = pattern("NN", ["e", "e ee"]);
export const XX_HFS: HandshakePattern = withHfs(XX);
/** Noise §8: modifiers whose order does not matter stand in alphabetical order. */
export const NN_HFS_PSK0: HandshakePattern = withPsk(withHfs(NN), 0);

/** The whole name that starts the hash. The KEM stands beside the curve where there is one. */
export function protocolName(handshake: HandshakePattern): string {
  const isHybrid = handshake.messages.some((message) => message.includes("e1"));
  return `Noise_${handshake.name}_25519${isHybrid ? "+MLKEM768" : ""}_AESGCM_SHA256`;
}

function modified(name: string, modifier: string): string {
  return /[a-z]/.test(name) ? `${name}+${modifier}` : name + modifier;
}

function tokens(line: string): readonly Token[] {
  return line
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => {
      const token = TOKENS.find((each) => each === word);
      assert(token !== undefined, `token ${word}`);
      return token;
    });
}
