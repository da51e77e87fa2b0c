/**
 * The signed head of the audit log: its bytes, and how an entry is hashed. Layout in `audit-log.ts`.
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { SIGNATURE_BYTES, signLabelled, verifyLabelled } from "../identity/signed.ts";
import { assert } from "../lib/assert.ts";
import { concatBytes } from "../lib/bytes.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { AUDIT_ENTRIES_MAX, AUDIT_SEGMENT_ENTRIES } from "../wire/limits.ts";

const HEAD_VERSION = 1;
/** The first of each segment, and one for the segment that begins next. */
const ANCHORS_MAX = AUDIT_ENTRIES_MAX / AUDIT_SEGMENT_ENTRIES + 1;

export interface AuditHead {
  /** 16 hexadecimal digits, random: a new chain never mixes with an old one. */
  readonly logId: string;
  /** Whose log it is; the key that signs the head. */
  readonly peer: PeerId;
  /** The oldest sequence kept. */
  readonly first: number;
  readonly next: number;
  readonly anchors: readonly Uint8Array[];
  readonly hash: Uint8Array;
}

export const auditEntryHash = (provider: CryptoProvider, entry: Uint8Array): Uint8Array =>
  provider.sha256(labelBytes(LABEL.auditEntry), Uint8Array.of(0), entry);

export function encodeAuditHead(provider: CryptoProvider, identity: LocalIdentity, head: AuditHead): Uint8Array {
  assert(head.anchors.length >= 1 && head.anchors.length <= ANCHORS_MAX, `${head.anchors.length} anchors`);
  const body = new Writer(256)
    .u8(HEAD_VERSION)
    .bytes(hexToBytes(head.logId))
    .bytes(peerIdToBytes(head.peer))
    .u64(head.first)
    .u64(head.next)
    .u8(head.anchors.length)
    .bytes(concatBytes(...head.anchors))
    .bytes(head.hash)
    .finish();
  return concatBytes(body, signLabelled(provider, identity, LABEL.auditHead, body));
}

/** Reads the fields; whether the signature holds is {@link isAuditHeadSigned}'s to say. */
export function decodeAuditHead(bytes: Uint8Array): AuditHead {
  const reader = new Reader(bytes);
  if (reader.u8() !== HEAD_VERSION) throw new WireError("ERR_VERSION", "audit head");
  const logId = bytesToHex(reader.bytes(8));
  const peer = peerIdFromBytes(reader.bytes(32));
  const first = reader.u64();
  const next = reader.u64();
  const count = reader.u8();
  if (count < 1 || count > ANCHORS_MAX) throw new WireError("ERR_VALUE", `${count} anchors`);
  const anchors = Array.from({ length: count }, () => reader.bytes(32).slice());
  const hash = reader.bytes(32).slice();
  reader.bytes(SIGNATURE_BYTES);
  reader.end();
  if (next < first) throw new WireError("ERR_VALUE", "audit head: range");
  return { logId, peer, first, next, anchors, hash };
}

/** Whether the key named in the head signed these very bytes. */
export function isAuditHeadSigned(provider: CryptoProvider, bytes: Uint8Array): boolean {
  const { peer } = decodeAuditHead(bytes);
  const end = bytes.length - SIGNATURE_BYTES;
  return verifyLabelled(provider, peer, LABEL.auditHead, bytes.subarray(end), bytes.subarray(0, end));
}
