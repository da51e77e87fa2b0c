/**
 * What both sides of a handshake share (spec/handshake.md): Noise XX with ML-KEM-768 beside X25519,
 * in three packets, around it the version and the identity.
 *
 *     initiator                          responder
 *     hello (Noise 1) ───────────────▶
 *                     ◀─────────────── retry (cookie), perhaps, and hello again
 *                     ◀─────────────── answer (Noise 2: identity, signature)
 *     confirm (Noise 3: identity, signature) ─▶
 *
 * The Noise static key is made for one process and one identity, never stored, and vouched for by
 * the identity's signature over the exchange. `HandshakeInitiator` and `HandshakeResponder` are
 * the two machines.
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider, KeyPair } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { concatBytes } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Instant } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import type { Hello, Refusal } from "../wire/handshake-packet.ts";
import { VERSION } from "../wire/registry.ts";
import type { Keying } from "./keying.ts";

/** All versions from `min` to `max`. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

export const VERSIONS: VersionRange = { min: VERSION, max: VERSION };

export interface HandshakeOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  /** X25519, made for this process and this `identity`: a one-time identity has its own, or the two could be linked. */
  readonly staticKeys: KeyPair;
  /** 16 random bytes, made once a process and identity. */
  readonly incarnation: Uint8Array;
  /** The u32 that records to us will carry: not in use by any other keying of ours. */
  readonly localIndex: number;
  readonly now: Instant;
  /** What we speak; by default the one version there is. */
  readonly versions?: VersionRange | undefined;
  /** What both sides know of the link otherwise, and the prologue ends with; nothing unless told. */
  readonly binding?: Uint8Array | undefined;
  /** Whether the link delivers everything, once and in order (the default). On others, messages are repeated. */
  readonly isReliable?: boolean | undefined;
}

/**
 * Why a handshake failed. `crypto`: something does not verify, deliberately no finer. `self`: we
 * met ourselves. `unexpected-peer`: a valid handshake, with somebody else.
 */
export type HandshakeFailure = "timeout" | "refused" | "version" | "unexpected-peer" | "self" | "crypto" | "protocol";

export type HandshakeOutput =
  | { readonly type: "transmit"; readonly bytes: Uint8Array }
  | { readonly type: "done"; readonly keying: Keying }
  | {
      readonly type: "failed";
      readonly reason: HandshakeFailure;
      /** What the responder said; not authenticated. With `refused` only. */
      readonly refusal?: Refusal;
      /** Whose valid signature it was. With `unexpected-peer` only. */
      readonly peer?: PeerId;
    };

/** The highest version both ranges hold. */
export function highestCommonVersion(a: VersionRange, b: VersionRange): number | undefined {
  const version = Math.min(a.max, b.max);
  return version >= Math.max(a.min, b.min) ? version : undefined;
}

/** What the Noise hash begins with: all of hello but its cookie, which changes when it is sent again; and what the link is bound to. */
export function handshakePrologue(
  hello: Pick<Hello, "versionMin" | "versionMax" | "tag">,
  binding: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const versions = Uint8Array.of(0, hello.versionMin, hello.versionMax);
  return concatBytes(labelBytes(LABEL.handshakePrologue), versions, hello.tag, binding);
}

/** A peer's fault as a verdict of the machine; ours is thrown on. */
export function failureOf(error: unknown): HandshakeFailure {
  if (!(error instanceof WireError)) throw error;
  if (error.code === "ERR_CRYPTO") return "crypto";
  return error.code === "ERR_VERSION" ? "version" : "protocol";
}
