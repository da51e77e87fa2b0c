/**
 * What both sides do alike once Noise has come to a payload: read the other's introduction, write
 * their own, take the keys (spec/handshake.md §5, §7).
 *
 * @module
 */
import type { Label } from "../crypto/labels.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { HandshakeState } from "../noise/handshake-state.ts";
import type { HandshakeOptions, VersionRange } from "./handshake.ts";
import { decodePayload, encodePayload, type Introduction } from "./handshake-payload.ts";
import { type Keying, keyingFromNoise } from "./keying.ts";

/** After the tokens of its message. `undefined`: we met ourselves. @throws {WireError} */
export function readIntroduction(
  noise: HandshakeState,
  label: Label,
  { provider, identity, staticKeys }: HandshakeOptions,
): Introduction | undefined {
  const hash = noise.handshakeHash;
  const staticKey = noise.remoteStatic ?? new Uint8Array(0);
  const remote = decodePayload(noise.readPayload(), { provider, label, hash, staticKey });
  const isSelf = remote.peer === identity.peerId || bytesEqual(staticKey, staticKeys.publicKey);
  return isSelf ? undefined : remote;
}

/** After the tokens of our message; the rest of it. */
export function writeIntroduction(
  noise: HandshakeState,
  label: Label,
  { version, versions }: { readonly version: number; readonly versions: VersionRange },
  { provider, identity, staticKeys, incarnation, localIndex: index }: HandshakeOptions,
): Uint8Array {
  const context = { provider, label, hash: noise.handshakeHash, staticKey: staticKeys.publicKey };
  return noise.writePayload(encodePayload({ version, versions, identity, incarnation, index }, context));
}

export function takeKeying(
  noise: HandshakeState,
  role: Keying["role"],
  remote: Introduction,
  { incarnation, localIndex }: HandshakeOptions,
): Keying {
  return keyingFromNoise(noise, {
    role,
    peer: remote.peer,
    remoteContactKey: remote.contactKey,
    localIncarnation: bytesToHex(incarnation),
    remoteIncarnation: remote.incarnation,
    version: remote.version,
    localIndex,
    remoteIndex: remote.index,
  });
}
