/**
 * A contact: a person or thing we know, with the keys of its devices, and how each was verified
 * (spec/trust.md §2).
 *
 *     "trust/contact/<id, 32 hexadecimal digits>" =
 *         u8 1 · text name · text notes · u8 role · u8 count · count × key
 *     key = 32 B PeerId · var contact key (0 or 32 B) · u8 verified by · [32 B voucher's PeerId]
 *           · u64 pinned at · u64 last seen (0: never) · u8 count · count × text hint
 *
 * @module
 */
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { Reader } from "../lib/reader.ts";
import type { WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import {
  HINT_BYTES_MAX,
  HINTS_PER_KEY_MAX,
  KEYS_PER_CONTACT_MAX,
  NAME_BYTES_MAX,
  NOTES_BYTES_MAX,
} from "../wire/limits.ts";
import { type Role, roleNumber, roleOfNumber } from "./roles.ts";

const VERSION = 1;

/** How we came to believe that a key is that person's; the strongest first. */
export const VERIFIED_BY = ["qr", "pin", "code", "words", "vouched", "pinned", "first-use"] as const;
export type VerifiedBy = (typeof VERIFIED_BY)[number];

/** Whether people did something that a stranger in between would have failed at. */
export const isVerified = (by: VerifiedBy): boolean => by === "qr" || by === "pin" || by === "code" || by === "words";

export interface PinnedKey {
  readonly peer: PeerId;
  /** 32 bytes of X25519; `undefined` where a program pinned the PeerId alone and no session has brought it yet. */
  readonly contactKey?: Uint8Array;
  readonly verifiedBy: VerifiedBy;
  /** Who vouched, with `verifiedBy: "vouched"` and only there. */
  readonly vouchedBy?: PeerId;
  readonly pinnedAt: WallTime;
  readonly lastSeenAt?: WallTime;
  /** Addresses where it was reached, the latest first. */
  readonly hints: readonly string[];
}

export interface Contact {
  /** Ours, random: 32 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly notes: string;
  readonly role: Role;
  /** One for each device, the first pinned first. Never empty. */
  readonly keys: readonly PinnedKey[];
}

export function encodeContact(contact: Contact): Uint8Array {
  assert(contact.keys.length >= 1 && contact.keys.length <= KEYS_PER_CONTACT_MAX, "keys of a contact");
  const writer = new Writer(256).u8(VERSION).text(contact.name).text(contact.notes).u8(roleNumber(contact.role));
  writer.u8(contact.keys.length);
  for (const key of contact.keys) {
    assert((key.verifiedBy === "vouched") === (key.vouchedBy !== undefined), "a voucher where one vouched");
    assert(key.hints.length <= HINTS_PER_KEY_MAX, "hints of a key");
    writer
      .bytes(peerIdToBytes(key.peer))
      .varBytes(key.contactKey ?? new Uint8Array(0))
      .u8(VERIFIED_BY.indexOf(key.verifiedBy) + 1);
    if (key.vouchedBy !== undefined) writer.bytes(peerIdToBytes(key.vouchedBy));
    writer
      .u64(key.pinnedAt)
      .u64(key.lastSeenAt ?? 0)
      .u8(key.hints.length);
    for (const hint of key.hints) writer.text(hint);
  }
  return writer.finish();
}

/** @throws {WireError} on anything that {@link encodeContact} does not make. */
export function decodeContact(id: string, bytes: Uint8Array): Contact {
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "contact");
  const name = reader.text(NAME_BYTES_MAX);
  const notes = reader.text(NOTES_BYTES_MAX);
  const role = roleOfNumber(reader.u8());
  if (role === undefined) throw new WireError("ERR_VALUE", "role");
  const count = reader.u8();
  if (count < 1 || count > KEYS_PER_CONTACT_MAX) throw new WireError("ERR_VALUE", `${count} keys`);
  const keys = Array.from({ length: count }, () => readKey(reader));
  reader.end();
  return { id, name, notes, role, keys };
}

function readKey(reader: Reader): PinnedKey {
  const peer = peerIdFromBytes(reader.bytes(32));
  const contactKey = reader.varBytes(32).slice();
  if (contactKey.length !== 0 && contactKey.length !== 32) throw new WireError("ERR_VALUE", "contact key");
  const verifiedBy = VERIFIED_BY[reader.u8() - 1];
  if (verifiedBy === undefined) throw new WireError("ERR_VALUE", "verified by");
  const vouchedBy = verifiedBy === "vouched" ? peerIdFromBytes(reader.bytes(32)) : undefined;
  const pinnedAt = reader.u64() as WallTime;
  const lastSeenAt = reader.u64() as WallTime;
  const count = reader.u8();
  if (count > HINTS_PER_KEY_MAX) throw new WireError("ERR_VALUE", `${count} hints`);
  const hints = Array.from({ length: count }, () => reader.text(HINT_BYTES_MAX));
  return {
    peer,
    ...(contactKey.length === 32 && { contactKey }),
    verifiedBy,
    ...(vouchedBy !== undefined && { vouchedBy }),
    pinnedAt,
    ...(lastSeenAt > 0 && { lastSeenAt }),
    hints,
  };
}
