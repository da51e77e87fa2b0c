/**
 * Envelopes: what members pass on for each other (spec/mesh.md §2). Fixed offsets, so that who passes
 * one on looks at few fields and sends the same bytes with two of them changed.
 *
 *     broadcast   u8 type · u8 hops left · u32 age, ms · 16 B room tag · 32 B origin · 16 B stream · u64 sequence
 *                 · payload · 64 B signature
 *     unicast     u8 type · u8 hops left · u32 age, ms · 16 B room tag · 32 B origin · 32 B destination · 16 B id
 *                 · payload · 64 B signature
 *     room tag    first 16 B of SHA-256("kith/1 room envelope" ‖ 0 ‖ room id)
 *     stream name first 8 B of SHA-256("kith/1 room stream name" ‖ 0 ‖ origin ‖ stream)
 *
 * The origin signs everything from the room tag to the payload, under a label for each kind. Type, hops
 * and age are each hop's own word.
 *
 * @module
 */
import { LABEL, type Label, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import { PEER_ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { SIGNATURE_BYTES, signLabelled, verifyLabelled } from "../identity/signed.ts";
import { assert } from "../lib/assert.ts";
import { bytesToHex } from "../lib/hex.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { type RoomId, roomIdToBytes } from "../room/room-id.ts";
import {
  BROADCAST_HOPS_MAX,
  ENVELOPE_PAYLOAD_BYTES_MAX,
  ENVELOPE_UNIT_BYTES,
  UNICAST_HOPS_MAX,
} from "../wire/mesh-limits.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";

export const ROOM_TAG_BYTES = 16;
export const STREAM_ID_BYTES = 16;
export const UNICAST_ID_BYTES = 16;
/** Origin and stream, as they lie in an envelope. */
export const STREAM_KEY_BYTES: number = PEER_ID_BYTES + STREAM_ID_BYTES;
/** What stands for a stream key where many envelopes are named. */
export const STREAM_NAME_BYTES = 8;

const HOPS_AT = 1;
const AGE_AT = 2;
const TAG_AT = 6;
export const ORIGIN_AT: number = TAG_AT + ROOM_TAG_BYTES;
const STREAM_AT = ORIGIN_AT + PEER_ID_BYTES;
const SEQUENCE_AT = STREAM_AT + STREAM_ID_BYTES;
const BROADCAST_PAYLOAD_AT = SEQUENCE_AT + 8;
const DESTINATION_AT = ORIGIN_AT + PEER_ID_BYTES;
const ID_AT = DESTINATION_AT + PEER_ID_BYTES;
const UNICAST_PAYLOAD_AT = ID_AT + UNICAST_ID_BYTES;
const AGE_MS_MAX = 0xffff_ffff;

export interface Broadcast {
  readonly hopsLeft: number;
  readonly ageMs: number;
  readonly roomTag: Uint8Array;
  readonly origin: PeerId;
  /** 32 hexadecimal digits. */
  readonly stream: string;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

export interface Unicast {
  readonly hopsLeft: number;
  readonly ageMs: number;
  readonly roomTag: Uint8Array;
  readonly origin: PeerId;
  readonly destination: PeerId;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly payload: Uint8Array;
}

/** What tells members that an envelope is of their room, and others nothing. */
export const roomTagOf = (provider: CryptoProvider, room: RoomId): Uint8Array =>
  provider.sha256(labelBytes(LABEL.roomEnvelope), Uint8Array.of(0), roomIdToBytes(room)).slice(0, ROOM_TAG_BYTES);

export const streamNameOf = (provider: CryptoProvider, key: Uint8Array): Uint8Array =>
  provider.sha256(labelBytes(LABEL.roomStreamName), Uint8Array.of(0), key).slice(0, STREAM_NAME_BYTES);

// --- making ---------------------------------------------------------------------------------

export interface Signer {
  readonly provider: CryptoProvider;
  readonly identity: LocalIdentity;
}

export function encodeBroadcast(
  signer: Signer,
  roomTag: Uint8Array,
  stream: Uint8Array,
  sequence: number,
  payload: Uint8Array,
): Uint8Array {
  assert(payload.length <= ENVELOPE_PAYLOAD_BYTES_MAX, `broadcast of ${payload.length} bytes`);
  const writer = begin(MESH_MESSAGE.broadcast, BROADCAST_HOPS_MAX, roomTag, signer.identity.peerId, payload.length);
  writer.bytes(stream).u64(sequence).bytes(payload);
  return signed(signer, LABEL.roomBroadcast, writer.finish());
}

export function encodeUnicast(
  signer: Signer,
  roomTag: Uint8Array,
  destination: PeerId,
  id: Uint8Array,
  payload: Uint8Array,
): Uint8Array {
  assert(payload.length <= ENVELOPE_PAYLOAD_BYTES_MAX, `unicast of ${payload.length} bytes`);
  const writer = begin(MESH_MESSAGE.unicast, UNICAST_HOPS_MAX, roomTag, signer.identity.peerId, payload.length);
  writer.bytes(peerIdToBytes(destination)).bytes(id).bytes(payload);
  return signed(signer, LABEL.roomUnicast, writer.finish());
}

const begin = (type: number, hops: number, roomTag: Uint8Array, origin: PeerId, payloadBytes: number): Writer =>
  new Writer(UNICAST_PAYLOAD_AT + payloadBytes).u8(type).u8(hops).u32(0).bytes(roomTag).bytes(peerIdToBytes(origin));

function signed({ provider, identity }: Signer, label: Label, unsigned: Uint8Array): Uint8Array {
  const envelope = new Uint8Array(unsigned.length + SIGNATURE_BYTES);
  envelope.set(unsigned);
  envelope.set(signLabelled(provider, identity, label, unsigned.subarray(TAG_AT)), unsigned.length);
  return envelope;
}

/** A copy to pass on: the same but for type, hops and age. */
export function readdressed(envelope: Uint8Array, type: number, hopsLeft: number, ageMs: number): Uint8Array {
  const copy = envelope.slice();
  const age = Math.min(AGE_MS_MAX, Math.max(0, Math.floor(ageMs)));
  copy[0] = type;
  copy[HOPS_AT] = hopsLeft;
  copy[AGE_AT] = age >>> 24;
  copy[AGE_AT + 1] = age >>> 16;
  copy[AGE_AT + 2] = age >>> 8;
  copy[AGE_AT + 3] = age;
  return copy;
}

// --- reading --------------------------------------------------------------------------------

/** Looks at the form alone. @throws {WireError} */
export function checkBroadcast(bytes: Uint8Array): void {
  check(bytes, BROADCAST_PAYLOAD_AT, BROADCAST_HOPS_MAX);
  // So that one more is a number, too.
  if (sequenceOf(bytes) >= Number.MAX_SAFE_INTEGER) throw new WireError("ERR_VALUE", "sequence over 2^53 - 2");
}

/** Looks at the form alone. @throws {WireError} */
export const checkUnicast = (bytes: Uint8Array): void => check(bytes, UNICAST_PAYLOAD_AT, UNICAST_HOPS_MAX);

function check(bytes: Uint8Array, payloadAt: number, hopsMax: number): void {
  const payloadBytes = bytes.length - payloadAt - SIGNATURE_BYTES;
  if (payloadBytes < 0) throw new WireError("ERR_TRUNCATED", `envelope of ${bytes.length} bytes`);
  if (payloadBytes > ENVELOPE_PAYLOAD_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `payload of ${payloadBytes}`);
  if (hopsLeftOf(bytes) > hopsMax) throw new WireError("ERR_VALUE", `${hopsLeftOf(bytes)} hops, at most ${hopsMax}`);
}

export const hopsLeftOf = (envelope: Uint8Array): number => envelope[HOPS_AT] ?? 0;
export const ageOf = (envelope: Uint8Array): number => u32(envelope, AGE_AT);
export const isOfRoom = (envelope: Uint8Array, roomTag: Uint8Array): boolean => isAt(envelope, TAG_AT, roomTag);
export const originOf = (envelope: Uint8Array): PeerId => peerIdFromBytes(envelope.subarray(ORIGIN_AT, STREAM_AT));
export const streamOf = (envelope: Uint8Array): string => bytesToHex(envelope.subarray(STREAM_AT, SEQUENCE_AT));
export const sequenceOf = (envelope: Uint8Array): number => u64(envelope, SEQUENCE_AT);
export const destinationOf = (envelope: Uint8Array): PeerId =>
  peerIdFromBytes(envelope.subarray(DESTINATION_AT, ID_AT));
export const unicastIdOf = (envelope: Uint8Array): string => bytesToHex(envelope.subarray(ID_AT, UNICAST_PAYLOAD_AT));
/** Views into the envelope. */
export const broadcastPayload = (envelope: Uint8Array): Uint8Array =>
  envelope.subarray(BROADCAST_PAYLOAD_AT, envelope.length - SIGNATURE_BYTES);
export const unicastPayload = (envelope: Uint8Array): Uint8Array =>
  envelope.subarray(UNICAST_PAYLOAD_AT, envelope.length - SIGNATURE_BYTES);

/** Everything of a broadcast; views into `bytes`. Says nothing about the signature. @throws {WireError} */
export function decodeBroadcast(bytes: Uint8Array): Broadcast {
  checkBroadcast(bytes);
  return {
    ...headOf(bytes),
    stream: streamOf(bytes),
    sequence: sequenceOf(bytes),
    payload: broadcastPayload(bytes),
  };
}

/** Everything of a unicast; views into `bytes`. Says nothing about the signature. @throws {WireError} */
export function decodeUnicast(bytes: Uint8Array): Unicast {
  checkUnicast(bytes);
  return {
    ...headOf(bytes),
    destination: destinationOf(bytes),
    id: unicastIdOf(bytes),
    payload: unicastPayload(bytes),
  };
}

const headOf = (bytes: Uint8Array) => ({
  hopsLeft: hopsLeftOf(bytes),
  ageMs: ageOf(bytes),
  roomTag: bytes.subarray(TAG_AT, ORIGIN_AT),
  origin: originOf(bytes),
});

export const isBroadcastGenuine = (provider: CryptoProvider, origin: PeerId, envelope: Uint8Array): boolean =>
  isGenuine(provider, origin, LABEL.roomBroadcast, envelope);
export const isUnicastGenuine = (provider: CryptoProvider, origin: PeerId, envelope: Uint8Array): boolean =>
  isGenuine(provider, origin, LABEL.roomUnicast, envelope);

function isGenuine(provider: CryptoProvider, origin: PeerId, label: Label, envelope: Uint8Array): boolean {
  const end = envelope.length - SIGNATURE_BYTES;
  return verifyLabelled(provider, origin, label, envelope.subarray(end), envelope.subarray(TAG_AT, end));
}

/** What an envelope of so many bytes counts against a quota: one for each {@link ENVELOPE_UNIT_BYTES} begun. */
export const envelopeUnits = (bytes: number): number => 1 + Math.floor(bytes / ENVELOPE_UNIT_BYTES);

/** Whether `part` lies at `at` of `bytes`. */
export function isAt(bytes: Uint8Array, at: number, part: Uint8Array): boolean {
  for (let i = 0; i < part.length; i++) if (bytes[at + i] !== part[i]) return false;
  return true;
}

export const u32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
const u64 = (bytes: Uint8Array, at: number): number => u32(bytes, at) * 2 ** 32 + u32(bytes, at + 4);
