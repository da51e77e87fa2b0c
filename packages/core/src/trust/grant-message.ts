/**
 * Messages of a `grant/1` channel (spec/grants.md §2). One channel message each; a byte says which.
 *
 *     grant     0x01 · var grant            its issuer gives it, or its subject shows it
 *     revoke    0x02 · var grant            its issuer takes it back
 *     held      0x03 · 16 B id              the grant is durable here
 *     ended     0x04 · 16 B id              its revocation is
 *     refused   0x05 · 16 B id · u8 why     neither is
 *
 * A revocation carries the grant, whose signature says who may revoke it.
 *
 * @module
 */
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { GRANT_BYTES_MAX } from "../wire/limits.ts";
import { GRANT_MESSAGE, GRANT_REFUSAL } from "../wire/registry.ts";
import { decodeGrant, type Grant } from "./grant.ts";

const ID_BYTES = 16;

export type GrantRefusalWord = keyof typeof GRANT_REFUSAL;

export type GrantClaim = { readonly type: "grant" | "revoke"; readonly grant: Grant };
export type GrantAnswer =
  | { readonly type: "held" | "ended"; readonly id: string }
  | { readonly type: "refused"; readonly id: string; readonly why: GrantRefusalWord };
export type GrantMessage = GrantClaim | GrantAnswer;

export function encodeGrantMessage(message: GrantMessage): Uint8Array {
  const writer = new Writer(64).u8(GRANT_MESSAGE[message.type]);
  switch (message.type) {
    case "grant":
    case "revoke":
      return writer.varBytes(message.grant.bytes).finish();
    case "held":
    case "ended":
      return writer.bytes(hexToBytes(message.id)).finish();
    case "refused":
      return writer.bytes(hexToBytes(message.id)).u8(GRANT_REFUSAL[message.why]).finish();
  }
}

/** Keeps no reference to `bytes`. Says nothing about signatures. @throws {WireError} */
export function decodeGrantMessage(bytes: Uint8Array): GrantMessage {
  const reader = new Reader(bytes);
  const message = decodeBody(reader.u8(), reader);
  reader.end();
  return message;
}

function decodeBody(type: number, reader: Reader): GrantMessage {
  switch (type) {
    case GRANT_MESSAGE.grant:
      return { type: "grant", grant: decodeGrant(reader.varBytes(GRANT_BYTES_MAX)) };
    case GRANT_MESSAGE.revoke:
      return { type: "revoke", grant: decodeGrant(reader.varBytes(GRANT_BYTES_MAX)) };
    case GRANT_MESSAGE.held:
      return { type: "held", id: readId(reader) };
    case GRANT_MESSAGE.ended:
      return { type: "ended", id: readId(reader) };
    case GRANT_MESSAGE.refused:
      return { type: "refused", id: readId(reader), why: readRefusal(reader) };
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `grant message 0x${type.toString(16)}`);
  }
}

const readId = (reader: Reader): string => bytesToHex(reader.bytes(ID_BYTES));

function readRefusal(reader: Reader): GrantRefusalWord {
  const number = reader.u8();
  if (number === GRANT_REFUSAL.full) return "full";
  if (number === GRANT_REFUSAL.rate) return "rate";
  if (number === GRANT_REFUSAL.notHonoured) return "notHonoured";
  throw new WireError("ERR_VALUE", `grant refusal ${number}`);
}
