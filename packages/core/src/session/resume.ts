/**
 * Resumption: one round trip from an earlier keying of two processes to a new one, on any link
 * (spec/resume.md). Noise `NNhfs+psk0`, where the psk is the resume secret.
 *
 *     resume    u8 version · 16 B resume id · Noise 1 (e, e1; payload: u32 index)
 *     resumed   16 B resume id · Noise 2 (e, ekem1; payload: u32 index · var received offsets)
 *
 * `ResumeInitiator` is the side that asks, `ResumeBook` the side that answers and the keeper of
 * the secrets.
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { peerIdToBytes } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { hexToBytes } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import { Writer } from "../lib/writer.ts";
import { HandshakeState, type Role } from "../noise/handshake-state.ts";
import { NN_HFS_PSK0 } from "../noise/patterns.ts";
import { RESUME_RECEIVED_BYTES_MAX } from "../wire/limits.ts";
import type { Keying, KeyingFacts } from "./keying.ts";

export interface ResumeContext {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly self: PeerId;
}

/** The Noise side of a resumption of `old`, in which we have `role`. */
export function resumeNoise(context: ResumeContext, old: Keying, role: Role): HandshakeState {
  const { provider, random } = context;
  const prologue = resumePrologue(context.self, old, role);
  return new HandshakeState({
    provider,
    random,
    pattern: NN_HFS_PSK0,
    role,
    prologue,
    psks: [old.resumeSecret.reveal()],
  });
}

/** What carries over from `old`: who the two processes are, and the version they speak. */
export function resumedFacts(old: Keying, role: Role, localIndex: number, remoteIndex: number): KeyingFacts {
  const { peer, remoteContactKey, localIncarnation, remoteIncarnation, version } = old;
  return { role, peer, remoteContactKey, localIncarnation, remoteIncarnation, version, localIndex, remoteIndex };
}

export const encodeRequest = (index: number): Uint8Array => new Writer(4).u32(index).finish();

/** @throws {WireError} */
export function decodeRequest(payload: Uint8Array): number {
  const reader = new Reader(payload);
  const index = reader.u32();
  reader.end();
  return index;
}

/** `received` is the channels' own encoding; at most {@link RESUME_RECEIVED_BYTES_MAX}. */
export function encodeReply(index: number, received: Uint8Array): Uint8Array {
  assert(received.length <= RESUME_RECEIVED_BYTES_MAX, `received offsets of ${received.length} bytes`);
  return new Writer(16 + received.length).u32(index).varBytes(received).finish();
}

/** @throws {WireError} */
export function decodeReply(payload: Uint8Array): { readonly index: number; readonly received: Uint8Array } {
  const reader = new Reader(payload);
  const index = reader.u32();
  const received = reader.varBytes(RESUME_RECEIVED_BYTES_MAX).slice();
  reader.end();
  return { index, received };
}

/**
 * Label, version, id, and who is who. Both ends hold the same secret, so the roles are what makes
 * a request of ours that is sent back to us fail (spec/resume.md, reflection).
 */
function resumePrologue(self: PeerId, old: Keying, role: Role): Uint8Array {
  const local = { peer: self, incarnation: old.localIncarnation };
  const remote = { peer: old.peer, incarnation: old.remoteIncarnation };
  const [initiator, responder] = role === "initiator" ? [local, remote] : [remote, local];
  return new Writer(160)
    .bytes(labelBytes(LABEL.resumePrologue))
    .u8(0)
    .u8(old.version)
    .bytes(hexToBytes(old.resumeId))
    .bytes(peerIdToBytes(initiator.peer))
    .bytes(hexToBytes(initiator.incarnation))
    .bytes(peerIdToBytes(responder.peer))
    .bytes(hexToBytes(responder.incarnation))
    .finish();
}
