/**
 * The payload of Noise messages 2 and 3: who speaks, and the proof (spec/handshake.md §5).
 *
 *     u8 version                      the one both will use
 *     u8 version min · u8 version max   what the writer speaks
 *     32 B identity · 32 B contact key · 16 B incarnation · u32 index
 *     64 B signature                  of the identity, over label ‖ 0x00 ‖ h ‖ static ‖ all fields above
 *
 * `h` is the handshake hash before this payload: over every byte of the exchange, the KEM
 * ciphertext and the encrypted static key included. The static key is signed in the clear as
 * well, so that nothing rests on AES-GCM committing to its key.
 *
 * @module
 */
import type { Label } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import { PEER_ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { SIGNATURE_BYTES, signLabelled, verifyLabelled } from "../identity/signed.ts";
import { assert } from "../lib/assert.ts";
import { concatBytes } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import type { VersionRange } from "./handshake.ts";

export const INCARNATION_BYTES = 16;
const CONTACT_KEY_BYTES = 32;
const FIELDS_BYTES = 3 + PEER_ID_BYTES + CONTACT_KEY_BYTES + INCARNATION_BYTES + 4;
export const PAYLOAD_BYTES: number = FIELDS_BYTES + SIGNATURE_BYTES;

/** What the signature covers besides the payload's own fields. */
export interface PayloadContext {
  readonly provider: CryptoProvider;
  /** That of the writer's role. */
  readonly label: Label;
  /** The handshake hash before the payload. */
  readonly hash: Uint8Array;
  /** The writer's Noise static public key. */
  readonly staticKey: Uint8Array;
}

/** Who the other side proved to be. */
export interface Introduction {
  readonly version: number;
  readonly versions: VersionRange;
  readonly peer: PeerId;
  readonly contactKey: Uint8Array;
  /** 32 hexadecimal digits. */
  readonly incarnation: string;
  readonly index: number;
}

export function encodePayload(
  own: { version: number; versions: VersionRange; identity: LocalIdentity; incarnation: Uint8Array; index: number },
  context: PayloadContext,
): Uint8Array {
  assert(own.incarnation.length === INCARNATION_BYTES, "incarnation");
  const fields = new Writer(FIELDS_BYTES)
    .u8(own.version)
    .u8(own.versions.min)
    .u8(own.versions.max)
    .bytes(peerIdToBytes(own.identity.peerId))
    .bytes(own.identity.contactPublicKey)
    .bytes(own.incarnation)
    .u32(own.index)
    .finish();
  const { provider, label, hash, staticKey } = context;
  return concatBytes(fields, signLabelled(provider, own.identity, label, hash, staticKey, fields));
}

/**
 * Reads the payload and verifies its signature. The result holds copies.
 * @throws {WireError} `ERR_CRYPTO` for a signature that does not verify.
 */
export function decodePayload(payload: Uint8Array, context: PayloadContext): Introduction {
  const reader = new Reader(payload);
  const version = reader.u8();
  const versions = { min: reader.u8(), max: reader.u8() };
  const peer = peerIdFromBytes(reader.bytes(PEER_ID_BYTES));
  const contactKey = reader.bytes(CONTACT_KEY_BYTES).slice();
  const incarnation = bytesToHex(reader.bytes(INCARNATION_BYTES));
  const index = reader.u32();
  const fields = payload.subarray(0, reader.offset);
  const signature = reader.bytes(SIGNATURE_BYTES);
  reader.end();
  if (versions.min > versions.max) throw new WireError("ERR_VALUE", `versions ${versions.min} to ${versions.max}`);
  const { provider, label, hash, staticKey } = context;
  if (!verifyLabelled(provider, peer, label, signature, hash, staticKey, fields)) {
    throw new WireError("ERR_CRYPTO", "Cannot accept the identity: its signature does not verify");
  }
  return { version, versions, peer, contactKey, incarnation, index };
}
