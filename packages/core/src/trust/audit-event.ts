/**
 * What can stand in the audit log, and its bytes (spec/trust.md §7).
 *
 *     entry = u64 sequence · u64 wall time · 32 B hash of the entry before · u8 event
 *             · u8 1 and 32 B PeerId, or u8 0 · text source · text detail
 *
 * Source and detail have an alphabet that cannot carry a message, a name or a key: an address,
 * a code, a number.
 *
 * @module
 */
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { Reader } from "../lib/reader.ts";
import type { WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { AUDIT_TEXT_BYTES_MAX } from "../wire/limits.ts";

/** Numbers are for ever: one that is given up is not used again. */
export const AUDIT_EVENT = {
  started: 1,
  stopped: 2,
  discovered: 3,
  connected: 4,
  disconnected: 5,
  authFailed: 6,
  refused: 7, //          a stranger was not answered
  paired: 8,
  pairingFailed: 9,
  trusted: 10, //         a key was pinned
  revoked: 11,
  blocked: 12,
  unblocked: 13,
  roleChanged: 14,
  granted: 15,
  grantRevoked: 16,
  grantExpired: 17,
  denied: 18, //          policy said no
  limitHit: 19,
  keyChanged: 20,
  clockBehind: 21,
  misbehaved: 22, //      a peer broke the protocol
  privacyChanged: 23,
  identityExported: 24,
  fileReceived: 25,
  fileSent: 26,
  exported: 27, //        this log
  rotated: 28, //         the oldest entries were dropped
  suppressed: 29, //      so many entries were not written: too many a minute
  damaged: 30, //         something stored could not be read
  grantReceived: 31, //   a contact lets us do something there
  grantWithdrawn: 32, //  and took that back
  clockAccepted: 33, //   a person said that the clock is right
  roomEntered: 34, //     we founded it, or somebody let us in
  roomLeft: 35,
  roomLost: 36, //        we are expelled there, or our admission does not count any more
  roomAdmitted: 37, //    we let somebody in
  roomExpelled: 38, //    we expelled somebody
  roomRoleChanged: 39, // ours, or by us
} as const;

export type AuditEvent = keyof typeof AUDIT_EVENT;

/** What a machine says; the log adds time and place. */
export interface AuditRecord {
  readonly event: AuditEvent;
  readonly peer?: PeerId;
  /** An address as limits see it; the log makes it {@link auditSource}. */
  readonly source?: string;
  /** A code or a number: what {@link isAuditDetail} refuses is our bug. */
  readonly detail?: string;
}

export interface AuditEntry extends AuditRecord {
  readonly sequence: number;
  readonly at: WallTime;
  /** 32 bytes. */
  readonly previous: Uint8Array;
}

const EVENTS = new Map<number, AuditEvent>();
for (const [event, number] of Object.entries(AUDIT_EVENT)) if (isAuditEvent(event)) EVENTS.set(number, event);

function isAuditEvent(name: string): name is AuditEvent {
  return Object.hasOwn(AUDIT_EVENT, name);
}

/** Letters, digits and the marks of addresses. */
export const isAuditSource = (text: string): boolean =>
  text.length <= AUDIT_TEXT_BYTES_MAX && /^[0-9A-Za-z.:%_/[\]-]*$/.test(text);

/** An address or a relay's label as the log shows it: what is outside the alphabet becomes "_", what is too long is cut. */
export const auditSource = (text: string): string =>
  text.slice(0, AUDIT_TEXT_BYTES_MAX).replace(/[^0-9A-Za-z.:%_/[\]-]/g, "_");

/** Lower case, digits and separators: codes and numbers. */
export const isAuditDetail = (text: string): boolean =>
  text.length <= AUDIT_TEXT_BYTES_MAX && /^[0-9a-z .:/_=-]*$/.test(text);

export function encodeAuditEntry(entry: AuditEntry): Uint8Array {
  const { source = "", detail = "" } = entry;
  assert(isAuditSource(source) && isAuditDetail(detail), "audit text outside its alphabet");
  assert(entry.previous.length === 32, "hash of 32 bytes");
  const writer = new Writer(128).u64(entry.sequence).u64(entry.at).bytes(entry.previous).u8(AUDIT_EVENT[entry.event]);
  if (entry.peer === undefined) writer.u8(0);
  else writer.u8(1).bytes(peerIdToBytes(entry.peer));
  return writer.text(source).text(detail).finish();
}

/** @throws {WireError} on anything that {@link encodeAuditEntry} does not make. */
export function decodeAuditEntry(bytes: Uint8Array): AuditEntry {
  const reader = new Reader(bytes);
  const sequence = reader.u64();
  const at = reader.u64() as WallTime;
  const previous = reader.bytes(32).slice();
  const event = EVENTS.get(reader.u8());
  if (event === undefined) throw new WireError("ERR_UNKNOWN_TYPE", "no such audit event");
  const hasPeer = reader.u8();
  if (hasPeer > 1) throw new WireError("ERR_VALUE", "audit entry: peer flag");
  const peer = hasPeer === 1 ? peerIdFromBytes(reader.bytes(32)) : undefined;
  const source = reader.text(AUDIT_TEXT_BYTES_MAX);
  const detail = reader.text(AUDIT_TEXT_BYTES_MAX);
  reader.end();
  if (!isAuditSource(source) || !isAuditDetail(detail)) throw new WireError("ERR_TEXT", "audit text");
  return {
    sequence,
    at,
    previous,
    event,
    ...(peer !== undefined && { peer }),
    ...(source !== "" && { source }),
    ...(detail !== "" && { detail }),
  };
}
