import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WireError } from "../lib/wire-error.ts";
import { RELAY_REASON } from "../wire/registry.ts";
import {
  type ClientMessage,
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
  isForward,
  type RelayReason,
  type ServerMessage,
  turnIntoForwarded,
} from "./relay-message.ts";

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const upTo = (max: number, min = 0): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: min, maxLength: max });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const [key, tag, id, nonce, signature] = [bytes(32), bytes(16), bytes(16), bytes(32), bytes(64)];
const is = <Type extends string>(type: Type): fc.Arbitrary<Type> => fc.constant(type);
const reason = fc.constantFrom(...(Object.keys(RELAY_REASON) as RelayReason[]));
const names = fc.array(fc.record({ from: key, id }), { maxLength: 64 });

const clientMessage: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record({ type: is("hello"), version: fc.nat(255), nonce }),
  fc.record({ type: is("login"), key, signature, pass: upTo(64) }),
  fc.record({ type: is("pay"), counter: fc.maxSafeNat() }),
  fc.record({ type: is("forward"), to: key, payload: upTo(300) }),
  fc.record({ type: is("spread"), to: fc.array(key, { minLength: 1, maxLength: 64 }), payload: upTo(300) }),
  fc.record({ type: fc.constantFrom("watch", "unwatch"), tags: fc.array(tag, { maxLength: 200 }) }),
  fc.record({ type: is("open"), request: u32, lifetime: u32 }),
  fc.record({ type: is("enter"), request: u32, mailbox: u32 }),
  fc.record({ type: is("shut"), mailbox: u32 }),
  fc.record({ type: is("deposit"), request: u32, to: key, id, lifetime: u32, sealed: upTo(300, 1) }),
  fc.record({ type: is("taken"), items: names }),
  fc.record({ type: is("claim"), request: u32, code: upTo(64, 1) }),
  fc.record({ type: is("manage"), request: u32, verb: fc.nat(255), argument: upTo(300) }),
  fc.record({ type: fc.constantFrom("purge", "turn", "ping", "ticket"), request: u32 }),
);

const serverMessage: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.record({ type: is("welcome"), version: fc.nat(255), relayKey: key, nonce, wall: fc.maxSafeNat(), signature }),
  fc.record({
    type: is("successor"),
    chain: fc.array(fc.record({ old: key, next: key, signature }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ type: is("toll"), bits: fc.nat(32), challenge: nonce }),
  fc.record({ type: is("ready"), flags: fc.nat(15), wall: fc.maxSafeNat(), window: u32, keptMax: u32 }),
  fc.record({ type: is("refused"), reason, wait: u32 }),
  fc.record({ type: is("forwarded"), from: key, payload: upTo(300) }),
  fc.record({ type: is("window"), to: key, bytes: u32 }),
  fc.record({ type: is("away"), to: key }),
  fc.record({ type: fc.constantFrom("arrived", "left"), tag, key }),
  fc.record({ type: is("opened"), request: u32, mailbox: u32, lifetime: u32 }),
  fc.record({ type: is("met"), mailbox: u32, key }),
  fc.record({ type: is("item"), from: key, id, wall: fc.maxSafeNat(), sealed: upTo(300, 1) }),
  fc.record({ type: is("done"), request: u32, answer: upTo(300) }),
  fc.record({ type: is("failed"), request: u32, reason, wait: u32 }),
  fc.record({ type: is("draining"), left: u32, other: fc.string({ maxLength: 60 }) }),
);

test("what a client says is read as it was written", () => {
  fc.assert(
    fc.property(clientMessage, (message) => assert.deepEqual(decoded(encodeClientMessage(message)), plain(message))),
  );
});

test("what a relay says is read as it was written", () => {
  const read = (bytes: Uint8Array): ServerMessage => plain(decodeServerMessage(bytes));
  fc.assert(
    fc.property(serverMessage, (message) => assert.deepEqual(read(encodeServerMessage(message)), plain(message))),
  );
});

test("any bytes are a message or a WireError, and a message has one encoding", () => {
  const client = fc.oneof(fc.uint8Array({ maxLength: 400 }), mangled(clientMessage.map(encodeClientMessage)));
  const server = fc.oneof(fc.uint8Array({ maxLength: 400 }), mangled(serverMessage.map(encodeServerMessage)));
  const readsOnce = <Message>(
    bytes: Uint8Array,
    decode: (bytes: Uint8Array) => Message,
    encode: (message: Message) => Uint8Array,
  ): void => {
    let message: Message;
    try {
      message = decode(bytes);
    } catch (error) {
      assert.ok(error instanceof WireError);
      return;
    }
    assert.deepEqual(Uint8Array.from(encode(message)), Uint8Array.from(bytes));
  };
  fc.assert(fc.property(client, (bytes) => readsOnce(bytes, decodeClientMessage, encodeClientMessage)));
  fc.assert(fc.property(server, (bytes) => readsOnce(bytes, decodeServerMessage, encodeServerMessage)));
});

test("a forward becomes what its receiver gets in place", () => {
  const [to, from] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const bytes = encodeClientMessage({ type: "forward", to, payload: Uint8Array.of(7, 8, 9) });
  assert.ok(isForward(bytes));
  turnIntoForwarded(bytes, from);
  const message = decodeServerMessage(bytes);
  assert.deepEqual(plain(message), { type: "forwarded", from, payload: Uint8Array.of(7, 8, 9) });
});

const decoded = (bytes: Uint8Array): ClientMessage => plain(decodeClientMessage(bytes));

/** Views as arrays of their own, so that deepEqual compares contents alone. */
const plain = <Message>(message: Message): Message => structuredClone(message);

/** A byte changed, some cut off, or some more. */
function mangled(source: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.tuple(source, fc.nat(), fc.nat(255), fc.nat(2)).map(([whole, place, value, how]) => {
    if (how === 0) return whole.slice(0, place % (whole.length + 1));
    if (how === 1) return Uint8Array.of(...whole, value);
    const changed = whole.slice();
    changed[place % changed.length] = value;
    return changed;
  });
}
