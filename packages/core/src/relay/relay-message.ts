/**
 * Messages between a relay and its clients (spec/relay.md §3). One WebSocket message each.
 *
 * *forward* and *forwarded*, and *spread*, are most of what a relay handles: a payload is a view into the message,
 * and a forward becomes a forwarded in place ({@link turnIntoForwarded}).
 *
 * @module
 */
import { SIGNATURE_BYTES } from "../identity/signed.ts";
import { assert } from "../lib/assert.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { RELAY_MESSAGE, RELAY_REASON } from "../wire/registry.ts";
import {
  RELAY_ADDRESS_BYTES_MAX,
  RELAY_ANSWER_BYTES_MAX,
  RELAY_ARGUMENT_BYTES_MAX,
  RELAY_CODE_BYTES_MAX,
  RELAY_ITEM_BYTES_MAX,
  RELAY_ITEMS_PENDING_MAX,
  RELAY_MESSAGE_BYTES_MAX,
  RELAY_PASS_BYTES_MAX,
  RELAY_SPREAD_MAX,
  RELAY_SUCCESSIONS_MAX,
  RELAY_TAGS_PER_MESSAGE_MAX,
} from "../wire/relay-limits.ts";

export const RELAY_VERSION = 1;
export const RELAY_KEY_BYTES = 32;
export const RELAY_NONCE_BYTES = 32;
export const RELAY_TAG_BYTES = 16;
export const RELAY_ITEM_ID_BYTES = 16;
export const RELAY_TOLL_BITS_MAX = 32;
/** Before the payload of *forward* and *forwarded*. */
export const FORWARD_HEAD_BYTES: number = 1 + RELAY_KEY_BYTES;

export type RelayReason = keyof typeof RELAY_REASON;

/** Who sent it and which of its items it is. */
export interface ItemName {
  readonly from: Uint8Array;
  readonly id: Uint8Array;
}

/** A relay's key signed the next one. */
export interface Succession {
  readonly old: Uint8Array;
  readonly next: Uint8Array;
  readonly signature: Uint8Array;
}

/** What a client says. Byte fields are views into the message. Lifetimes are whole seconds. */
export type ClientMessage =
  | { readonly type: "hello"; readonly version: number; readonly nonce: Uint8Array }
  | { readonly type: "login"; readonly key: Uint8Array; readonly signature: Uint8Array; readonly pass: Uint8Array }
  | { readonly type: "pay"; readonly counter: number }
  | { readonly type: "forward"; readonly to: Uint8Array; readonly payload: Uint8Array }
  | { readonly type: "spread"; readonly to: readonly Uint8Array[]; readonly payload: Uint8Array }
  | { readonly type: "watch" | "unwatch"; readonly tags: readonly Uint8Array[] }
  | { readonly type: "open"; readonly request: number; readonly lifetime: number }
  | { readonly type: "enter"; readonly request: number; readonly mailbox: number }
  | { readonly type: "shut"; readonly mailbox: number }
  | {
      readonly type: "deposit";
      readonly request: number;
      readonly to: Uint8Array;
      readonly id: Uint8Array;
      readonly lifetime: number;
      readonly sealed: Uint8Array;
    }
  | { readonly type: "taken"; readonly items: readonly ItemName[] }
  | { readonly type: "claim"; readonly request: number; readonly code: Uint8Array }
  | { readonly type: "manage"; readonly request: number; readonly verb: number; readonly argument: Uint8Array }
  | { readonly type: "purge" | "turn" | "ping" | "ticket"; readonly request: number };

/** Bits of `flags` in *ready*. */
export const READY_FLAG = { known: 1, owner: 2, claimed: 4, invitedOnly: 8 } as const;
const READY_FLAGS_ALL = 15;

/** What a relay says. Byte fields are views into the message. Waits are milliseconds. */
export type ServerMessage =
  | {
      readonly type: "welcome";
      readonly version: number;
      readonly relayKey: Uint8Array;
      readonly nonce: Uint8Array;
      readonly wall: number;
      readonly signature: Uint8Array;
    }
  /** Newest last. */
  | { readonly type: "successor"; readonly chain: readonly Succession[] }
  | { readonly type: "toll"; readonly bits: number; readonly challenge: Uint8Array }
  | {
      readonly type: "ready";
      readonly flags: number;
      readonly wall: number;
      /** Bytes that may be on the way to each receiver. */
      readonly window: number;
      /** Seconds for which a deposit is kept at most. */
      readonly keptMax: number;
    }
  | { readonly type: "refused"; readonly reason: RelayReason; readonly wait: number }
  | { readonly type: "forwarded"; readonly from: Uint8Array; readonly payload: Uint8Array }
  | { readonly type: "window"; readonly to: Uint8Array; readonly bytes: number }
  | { readonly type: "away"; readonly to: Uint8Array }
  | { readonly type: "arrived" | "left"; readonly tag: Uint8Array; readonly key: Uint8Array }
  | { readonly type: "opened"; readonly request: number; readonly mailbox: number; readonly lifetime: number }
  | { readonly type: "met"; readonly mailbox: number; readonly key: Uint8Array }
  | {
      readonly type: "item";
      readonly from: Uint8Array;
      readonly id: Uint8Array;
      /** When it was deposited, by the relay's clock. */
      readonly wall: number;
      readonly sealed: Uint8Array;
    }
  | { readonly type: "done"; readonly request: number; readonly answer: Uint8Array }
  | { readonly type: "failed"; readonly request: number; readonly reason: RelayReason; readonly wait: number }
  | { readonly type: "draining"; readonly left: number; readonly other: string };

export function encodeClientMessage(message: ClientMessage): Uint8Array {
  const writer = new Writer(sizeHint(message)).u8(RELAY_MESSAGE[message.type]);
  switch (message.type) {
    case "hello":
      return writer.u8(message.version).bytes(message.nonce).take();
    case "login":
      return writer.bytes(message.key).bytes(message.signature).varBytes(message.pass).take();
    case "pay":
      return writer.u64(message.counter).take();
    case "forward":
      return writer.bytes(message.to).bytes(message.payload).take();
    case "spread":
      writer.u8(message.to.length);
      for (const key of message.to) writer.bytes(key);
      return writer.bytes(message.payload).take();
    case "watch":
    case "unwatch":
      writer.varint(message.tags.length);
      for (const tag of message.tags) writer.bytes(tag);
      return writer.take();
    case "open":
      return writer.u32(message.request).u32(message.lifetime).take();
    case "enter":
      return writer.u32(message.request).u32(message.mailbox).take();
    case "shut":
      return writer.u32(message.mailbox).take();
    case "deposit": {
      const { request, to, id, lifetime, sealed } = message;
      return writer.u32(request).bytes(to).bytes(id).u32(lifetime).bytes(sealed).take();
    }
    case "taken":
      writer.varint(message.items.length);
      for (const { from, id } of message.items) writer.bytes(from).bytes(id);
      return writer.take();
    case "claim":
      return writer.u32(message.request).varBytes(message.code).take();
    case "manage":
      return writer.u32(message.request).u8(message.verb).varBytes(message.argument).take();
    default:
      return writer.u32(message.request).take();
  }
}

/** @throws {WireError} */
export function decodeClientMessage(bytes: Uint8Array): ClientMessage {
  const reader = readerOf(bytes);
  const message = readClientMessage(reader.u8(), reader);
  reader.end();
  return message;
}

function readClientMessage(type: number, reader: Reader): ClientMessage {
  switch (type) {
    case RELAY_MESSAGE.hello:
      return { type: "hello", version: reader.u8(), nonce: reader.bytes(RELAY_NONCE_BYTES) };
    case RELAY_MESSAGE.login: {
      const [key, signature] = [reader.bytes(RELAY_KEY_BYTES), reader.bytes(SIGNATURE_BYTES)];
      return { type: "login", key, signature, pass: reader.varBytes(RELAY_PASS_BYTES_MAX) };
    }
    case RELAY_MESSAGE.pay:
      return { type: "pay", counter: reader.u64() };
    case RELAY_MESSAGE.forward:
      return { type: "forward", to: reader.bytes(RELAY_KEY_BYTES), payload: reader.rest() };
    case RELAY_MESSAGE.spread:
      return { type: "spread", to: readSpreadKeys(reader), payload: reader.rest() };
    case RELAY_MESSAGE.watch:
      return { type: "watch", tags: readTags(reader) };
    case RELAY_MESSAGE.unwatch:
      return { type: "unwatch", tags: readTags(reader) };
    case RELAY_MESSAGE.open:
      return { type: "open", request: reader.u32(), lifetime: reader.u32() };
    case RELAY_MESSAGE.enter:
      return { type: "enter", request: reader.u32(), mailbox: reader.u32() };
    case RELAY_MESSAGE.shut:
      return { type: "shut", mailbox: reader.u32() };
    case RELAY_MESSAGE.deposit:
      return {
        ...{ type: "deposit", request: reader.u32(), to: reader.bytes(RELAY_KEY_BYTES) },
        ...{ id: reader.bytes(RELAY_ITEM_ID_BYTES), lifetime: reader.u32(), sealed: readSealed(reader) },
      };
    case RELAY_MESSAGE.taken:
      return { type: "taken", items: readItems(reader) };
    case RELAY_MESSAGE.claim:
      return { type: "claim", request: reader.u32(), code: readFilled(reader, RELAY_CODE_BYTES_MAX) };
    case RELAY_MESSAGE.manage: {
      const [request, verb] = [reader.u32(), reader.u8()];
      return { type: "manage", request, verb, argument: reader.varBytes(RELAY_ARGUMENT_BYTES_MAX) };
    }
    default:
      for (const plain of ["purge", "turn", "ping", "ticket"] as const)
        if (type === RELAY_MESSAGE[plain]) return { type: plain, request: reader.u32() };
      throw new WireError("ERR_UNKNOWN_TYPE", `client message ${type}`);
  }
}

export function encodeServerMessage(message: ServerMessage): Uint8Array {
  const writer = new Writer(sizeHint(message)).u8(RELAY_MESSAGE[message.type]);
  switch (message.type) {
    case "welcome": {
      const { version, relayKey, nonce, wall, signature } = message;
      return writer.u8(version).bytes(relayKey).bytes(nonce).u64(wall).bytes(signature).take();
    }
    case "successor":
      writer.u8(message.chain.length);
      for (const { old, next, signature } of message.chain) writer.bytes(old).bytes(next).bytes(signature);
      return writer.take();
    case "toll":
      return writer.u8(message.bits).bytes(message.challenge).take();
    case "ready":
      return writer.u8(message.flags).u64(message.wall).u32(message.window).u32(message.keptMax).take();
    case "refused":
      return writer.u8(RELAY_REASON[message.reason]).u32(message.wait).take();
    case "forwarded":
      return writer.bytes(message.from).bytes(message.payload).take();
    case "window":
      return writer.bytes(message.to).u32(message.bytes).take();
    case "away":
      return writer.bytes(message.to).take();
    case "arrived":
    case "left":
      return writer.bytes(message.tag).bytes(message.key).take();
    case "opened":
      return writer.u32(message.request).u32(message.mailbox).u32(message.lifetime).take();
    case "met":
      return writer.u32(message.mailbox).bytes(message.key).take();
    case "item":
      return writer.bytes(message.from).bytes(message.id).u64(message.wall).bytes(message.sealed).take();
    case "done":
      return writer.u32(message.request).varBytes(message.answer).take();
    case "failed":
      return writer.u32(message.request).u8(RELAY_REASON[message.reason]).u32(message.wait).take();
    case "draining":
      return writer.u32(message.left).text(message.other).take();
  }
}

/** @throws {WireError} */
export function decodeServerMessage(bytes: Uint8Array): ServerMessage {
  const reader = readerOf(bytes);
  const message = readServerMessage(reader.u8(), reader);
  reader.end();
  return message;
}

function readServerMessage(type: number, reader: Reader): ServerMessage {
  switch (type) {
    case RELAY_MESSAGE.welcome:
      return {
        ...{ type: "welcome", version: reader.u8(), relayKey: reader.bytes(RELAY_KEY_BYTES) },
        ...{ nonce: reader.bytes(RELAY_NONCE_BYTES), wall: reader.u64(), signature: reader.bytes(SIGNATURE_BYTES) },
      };
    case RELAY_MESSAGE.successor:
      return { type: "successor", chain: readSuccessions(reader) };
    case RELAY_MESSAGE.toll:
      return { type: "toll", bits: readUpTo(reader.u8(), RELAY_TOLL_BITS_MAX), challenge: reader.bytes(32) };
    case RELAY_MESSAGE.ready: {
      const flags = readUpTo(reader.u8(), READY_FLAGS_ALL);
      return { type: "ready", flags, wall: reader.u64(), window: reader.u32(), keptMax: reader.u32() };
    }
    case RELAY_MESSAGE.refused:
      return { type: "refused", reason: readReason(reader), wait: reader.u32() };
    case RELAY_MESSAGE.forwarded:
      return { type: "forwarded", from: reader.bytes(RELAY_KEY_BYTES), payload: reader.rest() };
    case RELAY_MESSAGE.window:
      return { type: "window", to: reader.bytes(RELAY_KEY_BYTES), bytes: reader.u32() };
    case RELAY_MESSAGE.away:
      return { type: "away", to: reader.bytes(RELAY_KEY_BYTES) };
    case RELAY_MESSAGE.arrived:
      return { type: "arrived", tag: reader.bytes(RELAY_TAG_BYTES), key: reader.bytes(RELAY_KEY_BYTES) };
    case RELAY_MESSAGE.left:
      return { type: "left", tag: reader.bytes(RELAY_TAG_BYTES), key: reader.bytes(RELAY_KEY_BYTES) };
    case RELAY_MESSAGE.opened:
      return { type: "opened", request: reader.u32(), mailbox: reader.u32(), lifetime: reader.u32() };
    case RELAY_MESSAGE.met:
      return { type: "met", mailbox: reader.u32(), key: reader.bytes(RELAY_KEY_BYTES) };
    case RELAY_MESSAGE.item:
      return {
        ...{ type: "item", from: reader.bytes(RELAY_KEY_BYTES), id: reader.bytes(RELAY_ITEM_ID_BYTES) },
        ...{ wall: reader.u64(), sealed: readSealed(reader) },
      };
    case RELAY_MESSAGE.done:
      return { type: "done", request: reader.u32(), answer: reader.varBytes(RELAY_ANSWER_BYTES_MAX) };
    case RELAY_MESSAGE.failed:
      return { type: "failed", request: reader.u32(), reason: readReason(reader), wait: reader.u32() };
    case RELAY_MESSAGE.draining:
      return { type: "draining", left: reader.u32(), other: reader.text(RELAY_ADDRESS_BYTES_MAX) };
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `relay message ${type}`);
  }
}

/** Whether a message that came is a *forward* that can be passed on; its bytes stay the caller's. */
export const isForward = (bytes: Uint8Array): boolean =>
  bytes[0] === RELAY_MESSAGE.forward && bytes.length >= FORWARD_HEAD_BYTES && bytes.length <= RELAY_MESSAGE_BYTES_MAX;

/** Makes a *forward* the *forwarded* that its receiver gets, without a copy. */
export function turnIntoForwarded(forward: Uint8Array, from: Uint8Array): void {
  assert(from.length === RELAY_KEY_BYTES, `a key of ${from.length} bytes`);
  forward[0] = RELAY_MESSAGE.forwarded;
  forward.set(from, 1);
}

function readerOf(bytes: Uint8Array): Reader {
  if (bytes.length > RELAY_MESSAGE_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `message of ${bytes.length} bytes`);
  return new Reader(bytes);
}

function readSpreadKeys(reader: Reader): Uint8Array[] {
  const count = readUpTo(reader.u8(), RELAY_SPREAD_MAX);
  if (count === 0) throw new WireError("ERR_VALUE", "a spread to nobody");
  return Array.from({ length: count }, () => reader.bytes(RELAY_KEY_BYTES));
}

function readSuccessions(reader: Reader): Succession[] {
  const count = readUpTo(reader.u8(), RELAY_SUCCESSIONS_MAX);
  if (count === 0) throw new WireError("ERR_VALUE", "no succession");
  return Array.from({ length: count }, () => ({
    // Copies: they are needed until the welcome that follows.
    ...{ old: reader.bytes(RELAY_KEY_BYTES).slice(), next: reader.bytes(RELAY_KEY_BYTES).slice() },
    signature: reader.bytes(SIGNATURE_BYTES).slice(),
  }));
}

const readTags = (reader: Reader): Uint8Array[] =>
  Array.from({ length: readUpTo(reader.varint(), RELAY_TAGS_PER_MESSAGE_MAX) }, () => reader.bytes(RELAY_TAG_BYTES));

const readItems = (reader: Reader): ItemName[] =>
  Array.from({ length: readUpTo(reader.varint(), RELAY_ITEMS_PENDING_MAX) }, () => ({
    from: reader.bytes(RELAY_KEY_BYTES),
    id: reader.bytes(RELAY_ITEM_ID_BYTES),
  }));

function readSealed(reader: Reader): Uint8Array {
  const bytes = readUpTo(reader.left, RELAY_ITEM_BYTES_MAX);
  if (bytes === 0) throw new WireError("ERR_TRUNCATED", "an item without bytes");
  return reader.rest();
}

function readFilled(reader: Reader, max: number): Uint8Array {
  const bytes = reader.varBytes(max);
  if (bytes.length === 0) throw new WireError("ERR_VALUE", "an empty field");
  return bytes;
}

function readReason(reader: Reader): RelayReason {
  const number = reader.u8();
  for (const [reason, value] of Object.entries(RELAY_REASON)) if (value === number) return reason as RelayReason;
  throw new WireError("ERR_VALUE", `reason ${number}`);
}

function readUpTo(value: number, max: number): number {
  if (value > max) throw new WireError("ERR_VALUE", `${value}, at most ${max}`);
  return value;
}

/** So that the writer need not grow. */
function sizeHint(message: ClientMessage | ServerMessage): number {
  switch (message.type) {
    case "forward":
    case "forwarded":
      return FORWARD_HEAD_BYTES + message.payload.length;
    case "spread":
      return 2 + message.to.length * RELAY_KEY_BYTES + message.payload.length;
    case "watch":
    case "unwatch":
      return 4 + message.tags.length * RELAY_TAG_BYTES;
    case "deposit":
    case "item":
      return 64 + message.sealed.length;
    default:
      return 192;
  }
}
