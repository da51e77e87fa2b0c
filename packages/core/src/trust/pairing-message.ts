/**
 * The messages of a pairing channel: type, encode and decode side by side (spec/pairing.md §3).
 * Layouts stand with their numbers in `wire/registry.ts`.
 *
 * @module
 */
import { AssertionError, unreachable } from "../lib/assert.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { PAIRING_MESSAGE_BYTES_MAX, PAIRING_TRIES } from "../wire/limits.ts";
import { PAIRING, PAIRING_CANCEL, PAIRING_METHOD } from "../wire/registry.ts";
import { type Role, roleNumber, roleOfNumber } from "./roles.ts";

export type PairingMethod = "pin" | "code" | "qr" | "words" | "first-use";

const METHODS: readonly (readonly [number, PairingMethod])[] = [
  [PAIRING_METHOD.pin, "pin"],
  [PAIRING_METHOD.code, "code"],
  [PAIRING_METHOD.qr, "qr"],
  [PAIRING_METHOD.words, "words"],
  [PAIRING_METHOD.firstUse, "first-use"],
];

/** What a right code is for: trust in each other, or, with a join code, what a one-time identity sends. */
export type CodeLeadsTo = "contacts" | "room" | "files";

/** On the wire 1 to 3. */
const LEADS_TO = ["contacts", "room", "files"] as const;

/** Why a pairing was given up, by the one who says it. */
export type PairingCancel = keyof typeof PAIRING_CANCEL;

export type PairingMessage =
  | { readonly type: "request"; readonly method: PairingMethod; readonly senderShows: boolean }
  | { readonly type: "ready"; readonly leadsTo: CodeLeadsTo }
  | { readonly type: "share"; readonly share: Uint8Array }
  | { readonly type: "confirm"; readonly proof: Uint8Array }
  | { readonly type: "wrong"; readonly triesLeft: number }
  | { readonly type: "commit"; readonly commitment: Uint8Array }
  | { readonly type: "nonce"; readonly nonce: Uint8Array }
  | { readonly type: "match" }
  | { readonly type: "introduce"; readonly introduction: Uint8Array }
  | { readonly type: "verdict"; readonly role: Role }
  | { readonly type: "cancel"; readonly reason: PairingCancel };

export function encodePairingMessage(message: PairingMessage): Uint8Array {
  const writer = new Writer(64).u8(PAIRING[message.type]);
  switch (message.type) {
    case "request":
      return writer
        .u8(numberOf(message.method))
        .u8(message.senderShows ? 1 : 0)
        .finish();
    case "ready":
      return writer.u8(LEADS_TO.indexOf(message.leadsTo) + 1).finish();
    case "match":
      return writer.finish();
    case "share":
      return writer.bytes(message.share).finish();
    case "confirm":
      return writer.bytes(message.proof).finish();
    case "wrong":
      return writer.u8(message.triesLeft).finish();
    case "commit":
      return writer.bytes(message.commitment).finish();
    case "nonce":
      return writer.bytes(message.nonce).finish();
    case "introduce":
      return writer.varBytes(message.introduction).finish();
    case "verdict":
      return writer.u8(roleNumber(message.role)).finish();
    case "cancel":
      return writer.u8(PAIRING_CANCEL[message.reason]).finish();
    default:
      return unreachable(message);
  }
}

/** Copies what it keeps. @throws {WireError} on anything that {@link encodePairingMessage} does not make. */
export function decodePairingMessage(bytes: Uint8Array): PairingMessage {
  if (bytes.length > PAIRING_MESSAGE_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", "pairing message");
  const reader = new Reader(bytes);
  const message = readMessage(reader);
  reader.end();
  return message;
}

function readMessage(reader: Reader): PairingMessage {
  switch (reader.u8()) {
    case PAIRING.request:
      return readRequest(reader);
    case PAIRING.ready:
      return { type: "ready", leadsTo: readLeadsTo(reader.u8()) };
    case PAIRING.share:
      return { type: "share", share: reader.bytes(32).slice() };
    case PAIRING.confirm:
      return { type: "confirm", proof: reader.bytes(32).slice() };
    case PAIRING.wrong: {
      const triesLeft = reader.u8();
      if (triesLeft >= PAIRING_TRIES) throw new WireError("ERR_VALUE", `${triesLeft} tries left`);
      return { type: "wrong", triesLeft };
    }
    case PAIRING.commit:
      return { type: "commit", commitment: reader.bytes(32).slice() };
    case PAIRING.nonce:
      return { type: "nonce", nonce: reader.bytes(32).slice() };
    case PAIRING.match:
      return { type: "match" };
    case PAIRING.introduce:
      return { type: "introduce", introduction: reader.varBytes(PAIRING_MESSAGE_BYTES_MAX).slice() };
    case PAIRING.verdict: {
      const role = roleOfNumber(reader.u8());
      if (role === undefined) throw new WireError("ERR_VALUE", "role");
      return { type: "verdict", role };
    }
    case PAIRING.cancel:
      return { type: "cancel", reason: readReason(reader.u8()) };
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", "no such pairing message");
  }
}

function readRequest(reader: Reader): PairingMessage {
  const number = reader.u8();
  const method = METHODS.find(([each]) => each === number)?.[1];
  const shows = reader.u8();
  if (method === undefined || shows > 1) throw new WireError("ERR_VALUE", "pairing request");
  const senderShows = shows === 1;
  // Who scans has something to say, who shows has not; and the last two methods show no code.
  if (senderShows && method !== "pin" && method !== "code") throw new WireError("ERR_VALUE", "nothing to show");
  return { type: "request", method, senderShows };
}

function readLeadsTo(number: number): CodeLeadsTo {
  const leadsTo = LEADS_TO[number - 1];
  if (leadsTo === undefined) throw new WireError("ERR_VALUE", `leads to ${number}`);
  return leadsTo;
}

function readReason(number: number): PairingCancel {
  for (const [reason, each] of Object.entries(PAIRING_CANCEL)) if (each === number && isReason(reason)) return reason;
  throw new WireError("ERR_VALUE", "cancel reason");
}

const isReason = (name: string): name is PairingCancel => Object.hasOwn(PAIRING_CANCEL, name);

export function numberOf(method: PairingMethod): number {
  for (const [number, each] of METHODS) if (each === method) return number;
  throw new AssertionError(`no number for ${method}`);
}
