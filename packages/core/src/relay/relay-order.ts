/**
 * What a relay's owner asks of it, as bytes, and its answers (spec/relay.md §8): the client's side of ownership; and
 * what anybody may ask who is logged in.
 *
 * @module
 */
import { LABEL } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { verifyWithKey } from "../identity/signed.ts";
import { bytesToHex } from "../lib/hex.ts";
import { Reader } from "../lib/reader.ts";
import { bytesToText, textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { RELAY_VERB } from "../wire/registry.ts";
import { RELAY_ANSWER_BYTES_MAX } from "../wire/relay-limits.ts";
import type { RelayRequest } from "./relay-requests.ts";
import { readTicket } from "./relay-ticket.ts";

const PASS_BYTES = 16;

export type RelayOrder =
  /** `code`: the claim code, or the recovery key. */
  | { readonly type: "claim"; readonly code: string }
  | { readonly type: "status" | "backup" | "rotate" }
  /** Not the owner's alone: whoever is logged in may have one. */
  | { readonly type: "ticket" }
  | { readonly type: "policy"; readonly policy: "open" | "invited" }
  | { readonly type: "admit"; readonly uses: number; readonly seconds: number }
  /** `other`: where clients may go, or empty. */
  | { readonly type: "drain"; readonly seconds: number; readonly other: string };

/** What is answered, by order. */
export interface RelayOrderAnswers {
  readonly claim: { readonly recoveryKey: string };
  /** A number by name, or by name and label. */
  readonly status: { readonly numbers: Readonly<Record<string, number | Readonly<Record<string, number>>>> };
  readonly policy: object;
  /** In hexadecimal. */
  readonly admit: { readonly pass: string };
  readonly drain: object;
  /** Name of the file in the relay's folder. */
  readonly backup: { readonly name: string };
  /** In hexadecimal: the key that it has after its next start; the one it has now vouches for it. */
  readonly rotate: { readonly key: string };
  /** For calls by HTTP (spec/relay-http.md §2); `until`: wall time of the relay. */
  readonly ticket: { readonly ticket: string; readonly until: number };
}

export function encodeOrder(order: RelayOrder): RelayRequest {
  if (order.type === "claim") return { type: "claim", code: textToBytes(order.code) };
  if (order.type === "ticket") return { type: "ticket" };
  return { type: "manage", verb: RELAY_VERB[order.type], argument: argumentOf(order) };
}

function argumentOf(order: Exclude<RelayOrder, { type: "claim" | "ticket" }>): Uint8Array {
  const writer = new Writer(16);
  if (order.type === "policy") writer.u8(order.policy === "open" ? 1 : 2);
  if (order.type === "admit") writer.u32(order.uses).u32(order.seconds);
  if (order.type === "drain") writer.u32(order.seconds).text(order.other);
  return writer.take();
}

/** @throws {WireError} */
export function decodeOrderAnswer(
  type: RelayOrder["type"],
  answer: Uint8Array,
  relay: { readonly provider: CryptoProvider; readonly relayKey: Uint8Array },
): RelayOrderAnswers[keyof RelayOrderAnswers] {
  const reader = new Reader(answer);
  const text = (): string => bytesToText(reader.rest());
  switch (type) {
    case "claim":
      return { recoveryKey: text() };
    case "status":
      return { numbers: readNumbers(text()) };
    case "backup":
      return { name: text().slice(0, RELAY_ANSWER_BYTES_MAX) };
    case "admit": {
      const pass = bytesToHex(reader.bytes(PASS_BYTES));
      reader.end();
      return { pass };
    }
    case "rotate": {
      const [key, signature] = [reader.bytes(32), reader.bytes(64)];
      reader.end();
      if (!verifyWithKey(relay.provider, relay.relayKey, LABEL.relaySuccessor, signature, key))
        throw new WireError("ERR_CRYPTO", "the relay's key does not vouch for the next one");
      return { key: bytesToHex(key) };
    }
    case "ticket": {
      const { ticket, until } = readTicket(relay.provider, relay.relayKey, answer);
      return { ticket, until };
    }
    default:
      reader.end();
      return {};
  }
}

function readNumbers(text: string): RelayOrderAnswers["status"]["numbers"] {
  const numbers: Record<string, number | Record<string, number>> = {};
  for (const [name, value] of Object.entries(readObject(text))) {
    if (typeof value === "number") numbers[name] = value;
    else if (typeof value === "object" && value !== null)
      numbers[name] = Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
      );
  }
  return numbers;
}

function readObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // told below
  }
  throw new WireError("ERR_VALUE", "a status that is no object of JSON");
}
