/**
 * What people read of a PeerId (spec/identity.md §5): the first 128 bits of its SHA-256, as eight
 * groups of four hexadecimal digits. Finding a second key with the same takes 2^128 tries.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { bytesToHex } from "../lib/hex.ts";
import { type PeerId, peerIdToBytes } from "./peer-id.ts";

/** `A3F2-B1C4-…`, eight groups. */
export const fingerprint = (provider: CryptoProvider, peer: PeerId): string => groups(provider, peer).join("-");

/** The first four groups: to recognise a peer in a list, never to verify one. */
export const shortFingerprint = (provider: CryptoProvider, peer: PeerId): string =>
  groups(provider, peer).slice(0, 4).join("-");

function groups(provider: CryptoProvider, peer: PeerId): string[] {
  const digits = bytesToHex(provider.sha256(peerIdToBytes(peer)).subarray(0, 16)).toUpperCase();
  return digits.match(/.{4}/g) ?? [];
}
