/**
 * The messages of a `join/1` channel: type, encode and decode side by side (spec/room-joining.md §4).
 * Layouts stand with their numbers in `wire/registry.ts`.
 *
 * @module
 */
import { unreachable } from "../lib/assert.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { isCleanName } from "../trust/display-name.ts";
import { decodePairingMessage, encodePairingMessage, type PairingMessage } from "../trust/pairing-message.ts";
import {
  JOIN_MESSAGE_BYTES_MAX,
  JOIN_PART_BYTES_MAX,
  JOIN_PARTS_MAX,
  JOIN_PREKEY_BYTES_MAX,
  NAME_BYTES_MAX,
  ROOM_CODE_NUMBER_MAX,
} from "../wire/limits.ts";
import { JOIN_MESSAGE, JOIN_PART, JOIN_REFUSAL, JOIN_WAIT, JOIN_WAY } from "../wire/registry.ts";
import { INVITATION_KEY_BYTES, JOIN_PROOF_BYTES } from "./invitation.ts";

const SIGNATURE_BYTES = 64;

export type JoinRefusalWord = keyof typeof JOIN_REFUSAL;
/** Somebody's yes, or the right answer to a challenge. */
export type JoinWait = keyof typeof JOIN_WAIT;
export type JoinPartKind = keyof typeof JOIN_PART;

/** One of the byte strings that make a guest a member; what they hold is for the room's log and keys to judge. */
export interface JoinPart {
  readonly kind: JoinPartKind;
  /** At most `JOIN_PART_BYTES_MAX`. */
  readonly bytes: Uint8Array;
}

/** What an invitation's seed signed: for the room's log, and for this session. */
export interface PresentedInvitation {
  readonly publicKey: Uint8Array;
  readonly roomSignature: Uint8Array;
  readonly sessionSignature: Uint8Array;
}

export interface JoinPresent {
  readonly type: "present";
  readonly way: "invitation" | "knock" | "code";
  /** With an invitation, and only then. */
  readonly invitation?: PresentedInvitation;
  /** What the guest calls itself: a claim. Clean; may be empty. */
  readonly name: string;
  /** Opaque here. */
  readonly prekey: Uint8Array;
}

/** Said while a code is proven. */
export type CodeMessage = Extract<PairingMessage, { type: "ready" | "share" | "confirm" | "wrong" | "cancel" }>;

/** Whether it may travel in a joining. */
export const isCodeMessage = (message: PairingMessage): message is CodeMessage =>
  ["ready", "share", "confirm", "wrong", "cancel"].includes(message.type);

export type JoinMessage =
  | { readonly type: "ask"; readonly kind: "knock"; readonly roomProof: Uint8Array }
  | {
      readonly type: "ask";
      readonly kind: "invitation";
      readonly roomProof: Uint8Array;
      readonly invitationProof: Uint8Array;
    }
  | { readonly type: "code"; readonly number: number }
  | JoinPresent
  | { readonly type: "done" | "unknown" }
  | { readonly type: "known"; readonly proof: Uint8Array }
  | { readonly type: "room"; readonly sealed: Uint8Array }
  | { readonly type: "waiting"; readonly wants: JoinWait }
  | { readonly type: "part"; readonly part: JoinPart }
  | { readonly type: "end"; readonly parts: number }
  | { readonly type: "refused"; readonly why: JoinRefusalWord /** 0: unknown. */; readonly seconds: number }
  | { readonly type: "proof"; readonly message: CodeMessage };

export function encodeJoinMessage(message: JoinMessage): Uint8Array {
  const writer = new Writer(64).u8(JOIN_MESSAGE[message.type]);
  switch (message.type) {
    case "ask":
      writer.u8(JOIN_WAY[message.kind]).bytes(message.roomProof);
      return (message.kind === "invitation" ? writer.bytes(message.invitationProof) : writer).finish();
    case "code":
      return writer.u16(message.number).finish();
    case "present":
      return writePresent(writer, message).finish();
    case "done":
    case "unknown":
      return writer.finish();
    case "known":
      return writer.bytes(message.proof).finish();
    case "room":
      return writer.varBytes(message.sealed).finish();
    case "waiting":
      return writer.u8(JOIN_WAIT[message.wants]).finish();
    case "part":
      return writer.u8(JOIN_PART[message.part.kind]).bytes(message.part.bytes).finish();
    case "end":
      return writer.varint(message.parts).finish();
    case "refused":
      return writer.u8(JOIN_REFUSAL[message.why]).u16(message.seconds).finish();
    case "proof":
      return writer.bytes(encodePairingMessage(message.message)).finish();
    default:
      return unreachable(message);
  }
}

/** Copies what it keeps. @throws {WireError} on anything that {@link encodeJoinMessage} does not make. */
export function decodeJoinMessage(bytes: Uint8Array): JoinMessage {
  const max = bytes[0] === JOIN_MESSAGE.part ? JOIN_PART_BYTES_MAX + 2 : JOIN_MESSAGE_BYTES_MAX;
  if (bytes.length > max) throw new WireError("ERR_TOO_LARGE", "join message");
  const reader = new Reader(bytes);
  const message = readMessage(reader);
  reader.end();
  return message;
}

function readMessage(reader: Reader): JoinMessage {
  switch (reader.u8()) {
    case JOIN_MESSAGE.ask:
      return readAsk(reader);
    case JOIN_MESSAGE.code: {
      const number = reader.u16();
      if (number < 1 || number > ROOM_CODE_NUMBER_MAX) throw new WireError("ERR_VALUE", `room code ${number}`);
      return { type: "code", number };
    }
    case JOIN_MESSAGE.present:
      return readPresent(reader);
    case JOIN_MESSAGE.done:
      return { type: "done" };
    case JOIN_MESSAGE.known:
      return { type: "known", proof: readProof(reader) };
    case JOIN_MESSAGE.unknown:
      return { type: "unknown" };
    case JOIN_MESSAGE.room:
      return { type: "room", sealed: reader.varBytes(JOIN_MESSAGE_BYTES_MAX).slice() };
    case JOIN_MESSAGE.waiting:
      return { type: "waiting", wants: readName(JOIN_WAIT, reader) };
    case JOIN_MESSAGE.part:
      return { type: "part", part: { kind: readName(JOIN_PART, reader), bytes: reader.rest().slice() } };
    case JOIN_MESSAGE.end: {
      const parts = reader.varint();
      if (parts > JOIN_PARTS_MAX) throw new WireError("ERR_LIMIT", `${parts} parts`);
      return { type: "end", parts };
    }
    case JOIN_MESSAGE.refused:
      return { type: "refused", why: readName(JOIN_REFUSAL, reader), seconds: reader.u16() };
    case JOIN_MESSAGE.proof:
      return { type: "proof", message: readCodeMessage(reader.rest()) };
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", "no such join message");
  }
}

function readAsk(reader: Reader): JoinMessage {
  const kind = readName(JOIN_WAY, reader);
  const roomProof = readProof(reader);
  if (kind === "knock") return { type: "ask", kind, roomProof };
  if (kind !== "invitation") throw new WireError("ERR_VALUE", "no ticket of that kind");
  return { type: "ask", kind, roomProof, invitationProof: readProof(reader) };
}

function writePresent(writer: Writer, { way, invitation, name, prekey }: JoinPresent): Writer {
  writer.u8(JOIN_WAY[way]);
  if (invitation !== undefined) {
    writer.bytes(invitation.publicKey).bytes(invitation.roomSignature).bytes(invitation.sessionSignature);
  }
  return writer.text(name).varBytes(prekey);
}

function readPresent(reader: Reader): JoinPresent {
  const way = readName(JOIN_WAY, reader);
  const invitation = way === "invitation" ? readPresented(reader) : undefined;
  const name = reader.text(NAME_BYTES_MAX);
  if (!isCleanName(name)) throw new WireError("ERR_TEXT", "name with characters that deceive");
  const prekey = reader.varBytes(JOIN_PREKEY_BYTES_MAX).slice();
  return { type: "present", way, ...(invitation !== undefined && { invitation }), name, prekey };
}

const readPresented = (reader: Reader): PresentedInvitation => ({
  publicKey: reader.bytes(INVITATION_KEY_BYTES).slice(),
  roomSignature: reader.bytes(SIGNATURE_BYTES).slice(),
  sessionSignature: reader.bytes(SIGNATURE_BYTES).slice(),
});

const readProof = (reader: Reader): Uint8Array => reader.bytes(JOIN_PROOF_BYTES).slice();

function readCodeMessage(bytes: Uint8Array): CodeMessage {
  const message = decodePairingMessage(bytes);
  if (!isCodeMessage(message)) throw new WireError("ERR_VALUE", `pairing message ${message.type} while joining`);
  return message;
}

/** The name of the number that comes next. */
function readName<Name extends string>(table: Readonly<Record<Name, number>>, reader: Reader): Name {
  const number = reader.u8();
  for (const name in table) if (table[name] === number) return name;
  throw new WireError("ERR_VALUE", `${number} stands for nothing here`);
}

export const misplacedJoin = (message: JoinMessage): WireError =>
  new WireError("ERR_UNEXPECTED", `join message ${message.type}`);
