/**
 * What an operation does: type, encode and decode side by side. Layouts stand with their numbers in
 * `wire/registry.ts` (spec/rooms.md §2).
 *
 * @module
 */
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import type { Reader } from "../lib/reader.ts";
import type { WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { isCleanName } from "../trust/display-name.ts";
import { type Role, roleNumber, roleOfNumber } from "../trust/roles.ts";
import { INVITATION_KEYS_MAX, NAME_BYTES_MAX, PROTOCOL_NAME_BYTES_MAX, ROOM_MEMBERS_MAX } from "../wire/limits.ts";
import { ROOM_ADMISSION, type ROOM_OPERATION } from "../wire/registry.ts";
import { type RoomPolicy, readPolicy, writePolicy } from "./room-policy.ts";

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const ID_BYTES = 16;
export const BUNDLE_HASH_BYTES = 32;

export type OperationKind = keyof typeof ROOM_OPERATION;

/** How somebody came in. `publicKey`: hexadecimal; `signature`: by its seed, over room and subject (invitation.ts). */
export type Admission =
  | { readonly by: "invitation"; readonly publicKey: string; readonly signature: Uint8Array }
  | { readonly by: "code" | "challenge" | "approval" };

export interface FoundBody {
  readonly kind: "found";
  /** The room's; not empty. */
  readonly name: string;
  readonly policy: RoomPolicy;
  /** 16 bytes, so that no two rooms are one. */
  readonly nonce: Uint8Array;
  /** What the founder calls itself; may be empty. */
  readonly founder: string;
}

export interface InviteBody {
  readonly kind: "invite";
  /** 32 hexadecimal digits. */
  readonly invitation: string;
  /** Hexadecimal, 1 to 64, ascending: one for each person. */
  readonly keys: readonly string[];
  readonly role: Role;
  readonly expires: WallTime;
}

export interface AdmitBody {
  readonly kind: "admit";
  readonly subject: PeerId;
  /** What it calls itself; may be empty. */
  readonly name: string;
  readonly role: Role;
  readonly how: Admission;
}

export type OperationBody =
  | FoundBody
  | InviteBody
  | { readonly kind: "revoke"; readonly invitation: string }
  | AdmitBody
  | { readonly kind: "role"; readonly subject: PeerId; readonly role: Role }
  /** Lets `subject` do `operation` until then; a second one for the same takes the first's place. */
  | { readonly kind: "grant"; readonly subject: PeerId; readonly operation: string; readonly expires: WallTime }
  | { readonly kind: "expel"; readonly subject: PeerId }
  | { readonly kind: "leave" | "checkpoint" }
  /** `bundle`: 32 bytes, the hash of what holds the new keys. */
  | { readonly kind: "rotate"; readonly bundle: Uint8Array; readonly recipients: number }
  | { readonly kind: "policy"; readonly policy: RoomPolicy; readonly name: string };

/** Everything after the fields that all operations have. */
export function encodeOperationBody(body: OperationBody): Uint8Array {
  const writer = new Writer();
  switch (body.kind) {
    case "found":
      assert(body.nonce.length === ID_BYTES, "nonce of 16 bytes");
      return writePolicy(writer.text(body.name), body.policy).bytes(body.nonce).text(body.founder).finish();
    case "invite":
      writer.bytes(hexToBytes(body.invitation)).u8(roleNumber(body.role)).u64(body.expires).u8(body.keys.length);
      for (const key of body.keys) writer.bytes(hexToBytes(key));
      return writer.finish();
    case "revoke":
      return hexToBytes(body.invitation);
    case "admit":
      return encodeAdmit(writer, body);
    case "role":
      return writer.bytes(peerIdToBytes(body.subject)).u8(roleNumber(body.role)).finish();
    case "grant":
      return writer.bytes(peerIdToBytes(body.subject)).text(body.operation).u64(body.expires).finish();
    case "expel":
      return peerIdToBytes(body.subject);
    case "rotate":
      return writer.bytes(body.bundle).u16(body.recipients).finish();
    case "policy":
      return writePolicy(writer, body.policy).text(body.name).finish();
    case "leave":
    case "checkpoint":
      return writer.finish();
  }
}

function encodeAdmit(writer: Writer, { subject, name, role, how }: AdmitBody): Uint8Array {
  writer.bytes(peerIdToBytes(subject)).text(name).u8(roleNumber(role)).u8(ROOM_ADMISSION[how.by]);
  if (how.by === "invitation") writer.bytes(hexToBytes(how.publicKey)).bytes(how.signature);
  return writer.finish();
}

/** Reads as much as the body of this kind takes; copies. */
export function readOperationBody(kind: OperationKind, reader: Reader): OperationBody {
  switch (kind) {
    case "found":
      return {
        kind,
        name: readRoomName(reader),
        policy: readPolicy(reader),
        nonce: reader.bytes(ID_BYTES).slice(),
        founder: readName(reader),
      };
    case "invite":
      return readInvite(reader);
    case "revoke":
      return { kind, invitation: bytesToHex(reader.bytes(ID_BYTES)) };
    case "admit":
      return { kind, subject: readPeer(reader), name: readName(reader), role: readRole(reader), how: readHow(reader) };
    case "role":
      return { kind, subject: readPeer(reader), role: readRole(reader) };
    case "grant":
      return { kind, subject: readPeer(reader), operation: readGranted(reader), expires: reader.u64() as WallTime };
    case "expel":
      return { kind, subject: readPeer(reader) };
    case "rotate":
      return { kind, bundle: reader.bytes(BUNDLE_HASH_BYTES).slice(), recipients: readCount(reader) };
    case "policy":
      return { kind, policy: readPolicy(reader), name: readRoomName(reader) };
    case "leave":
    case "checkpoint":
      return { kind };
  }
}

function readInvite(reader: Reader): InviteBody {
  const invitation = bytesToHex(reader.bytes(ID_BYTES));
  const [role, expires, count] = [readRole(reader), reader.u64() as WallTime, reader.u8()];
  if (count < 1 || count > INVITATION_KEYS_MAX) throw new WireError("ERR_LIMIT", `invitation for ${count}`);
  const keys: string[] = [];
  for (let i = 0; i < count; i++) {
    const key = bytesToHex(reader.bytes(KEY_BYTES));
    if (key <= (keys.at(-1) ?? "")) throw new WireError("ERR_VALUE", "invitation's keys not ascending");
    keys.push(key);
  }
  return { kind: "invite", invitation, keys, role, expires };
}

function readHow(reader: Reader): Admission {
  const number = reader.u8();
  const by = ADMISSIONS.find((name) => ROOM_ADMISSION[name] === number);
  if (by === undefined) throw new WireError("ERR_VALUE", `admission ${number}`);
  if (by !== "invitation") return { by };
  return { by, publicKey: bytesToHex(reader.bytes(KEY_BYTES)), signature: reader.bytes(SIGNATURE_BYTES).slice() };
}
const ADMISSIONS = ["invitation", "code", "challenge", "approval"] as const;

const readPeer = (reader: Reader): PeerId => peerIdFromBytes(reader.bytes(KEY_BYTES));

function readRole(reader: Reader): Role {
  const number = reader.u8();
  const role = roleOfNumber(number);
  if (role === undefined) throw new WireError("ERR_VALUE", `role ${number}`);
  return role;
}

function readName(reader: Reader): string {
  const name = reader.text(NAME_BYTES_MAX);
  if (!isCleanName(name)) throw new WireError("ERR_TEXT", "name");
  return name;
}

function readRoomName(reader: Reader): string {
  const name = readName(reader);
  if (name === "") throw new WireError("ERR_TEXT", "room without a name");
  return name;
}

function readGranted(reader: Reader): string {
  const name = reader.text(PROTOCOL_NAME_BYTES_MAX);
  if (!/^[a-z0-9][a-z0-9./_-]*$/.test(name)) throw new WireError("ERR_TEXT", "operation granted");
  return name;
}

function readCount(reader: Reader): number {
  const count = reader.u16();
  if (count > ROOM_MEMBERS_MAX) throw new WireError("ERR_VALUE", `${count} recipients`);
  return count;
}
