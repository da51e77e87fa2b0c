/**
 * What a finished handshake or resumption gives: the keys of one keying of a session, who is at
 * the other end, and how to resume (spec/handshake.md §7, spec/resume.md §2). A session takes one
 * to begin with and may adopt newer ones of the same two processes.
 *
 * Kept in memory only: no key that is used with a counter is ever stored.
 *
 * @module
 */
import { LABEL } from "../crypto/labels.ts";
import { Secret } from "../crypto/secret.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { HandshakeState } from "../noise/handshake-state.ts";
import { RESUME_ID_BYTES } from "../wire/handshake-packet.ts";

export interface Keying {
  /** Who began this handshake or resumption. It decides path parity and which traffic secret is whose. */
  readonly role: "initiator" | "responder";
  /** The identity at the other end: its signature over this very exchange, or over the one resumed, was verified. */
  readonly peer: PeerId;
  /** The peer's X25519 contact key, 32 bytes: for recognition, never for authentication. */
  readonly remoteContactKey: Uint8Array;
  /** 32 hexadecimal digits, made at random by each process. A session belongs to a pair of them. */
  readonly localIncarnation: string;
  readonly remoteIncarnation: string;
  /** The protocol version that both chose: the highest common one. */
  readonly version: number;
  /** The u32 that records *to* us carry in their header, and the one that records to the peer do. */
  readonly localIndex: number;
  readonly remoteIndex: number;
  /** 32 bytes each: where the key chains of the two directions begin. The holder wipes them. */
  readonly sendSecret: Secret;
  readonly receiveSecret: Secret;
  /** 32 bytes: the psk of the next resumption, and its one-use id (32 hexadecimal digits). */
  readonly resumeSecret: Secret;
  readonly resumeId: string;
  /** 32 bytes: the hash of the whole exchange, the same at both ends and never the same twice. */
  readonly transcript: Uint8Array;
}

/** Overwrites the keys of `keying`, those for resumption included. A second call does nothing. */
export function wipeKeying(keying: Keying): void {
  keying.sendSecret.wipe();
  keying.receiveSecret.wipe();
  keying.resumeSecret.wipe();
}

/** Takes the keys out of a finished Noise exchange, which is of no further use. */
export function keyingFromNoise(noise: HandshakeState, facts: KeyingFacts): Keying {
  const resumeSecret = new Secret(noise.exportSecret(LABEL.resumeSecret, 32));
  const resumeId = bytesToHex(noise.exportSecret(LABEL.resumeId, RESUME_ID_BYTES));
  const transcript = noise.handshakeHash;
  const { send, receive } = noise.finish();
  return {
    ...facts,
    sendSecret: new Secret(send),
    receiveSecret: new Secret(receive),
    resumeSecret,
    resumeId,
    transcript,
  };
}

/** The part of a keying that no key derivation gives. */
export type KeyingFacts = Omit<Keying, "sendSecret" | "receiveSecret" | "resumeSecret" | "resumeId" | "transcript">;
