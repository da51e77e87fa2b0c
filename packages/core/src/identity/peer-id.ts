/**
 * A peer is its public key: 32 bytes of Ed25519, written as 64 lower-case hexadecimal digits.
 * Never a name, an address or a connection (spec/identity.md §1).
 *
 * @module
 */
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { WireError } from "../lib/wire-error.ts";

declare const brand: unique symbol;

/** 64 lower-case hexadecimal digits. As a string it is a map key, can be compared, and sorts as its bytes do. */
export type PeerId = string & { readonly [brand]: "PeerId" };

export const PEER_ID_BYTES = 32;

/** @throws {WireError} `ERR_VALUE` unless there are 32 bytes. Whether they are a usable key shows at the first signature. */
export function peerIdFromBytes(publicKey: Uint8Array): PeerId {
  if (publicKey.length !== PEER_ID_BYTES) throw new WireError("ERR_VALUE", `PeerId of ${publicKey.length} bytes`);
  return bytesToHex(publicKey) as PeerId;
}

export const peerIdToBytes = (peer: PeerId): Uint8Array => hexToBytes(peer);

/** Reads what {@link PeerId} prints; `undefined` for anything else. */
export function parsePeerId(text: string): PeerId | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? (text as PeerId) : undefined;
}
