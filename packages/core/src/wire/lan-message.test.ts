import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { wallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { LAN_ADDRESSES_MAX, LAN_HINTS_MAX, LAN_MESSAGE_BYTES_MAX } from "./lan-limits.ts";
import {
  decodeNodeMessage,
  decodePageMessage,
  encodeLanPacket,
  encodeNodeMessage,
  encodePageMessage,
  type LanEnd,
  type LanFlow,
  type NodeMessage,
  type PageMessage,
} from "./lan-message.ts";
import { LAN_END, LAN_MESSAGE } from "./lan-registry.ts";

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const text = (max: number): fc.Arbitrary<string> => fc.string({ maxLength: Math.floor(max / 4), unit: "binary" });
const addresses = fc.array(text(255), { maxLength: LAN_ADDRESSES_MAX });
const hints = fc.array(fc.uint8Array({ minLength: 8, maxLength: 8 }), { maxLength: LAN_HINTS_MAX });
const is = <Type extends string>(type: Type): fc.Arbitrary<Type> => fc.constant(type);

const flow: fc.Arbitrary<LanFlow> = fc.oneof(
  fc.record({ type: is("packet"), link: u32, packet: fc.uint8Array({ minLength: 1, maxLength: 300 }) }),
  fc.record({ type: is("credit"), link: u32, bytes: u32 }),
  fc.record({ type: is("end"), link: u32, by: fc.constantFrom(...(Object.keys(LAN_END) as LanEnd[])) }),
);
const pageMessage: fc.Arbitrary<PageMessage> = fc.oneof(
  flow,
  fc.record({ type: fc.constantFrom("listen", "unlisten", "hush", "refresh", "ping") }),
  fc.record({ type: is("announce"), name: text(128), hints }),
  fc.record({ type: is("doubt"), key: text(255) }),
  fc.record({ type: is("dial"), link: u32, addresses }),
  fc.record({ type: is("authenticated"), link: u32 }),
);
const nodeMessage: fc.Arbitrary<NodeMessage> = fc.oneof(
  flow,
  fc.record({ type: is("pong") }),
  fc.record({
    type: is("seen"),
    sighting: fc.record({
      ...{ key: text(255), addresses, presence: hints, name: text(128) },
      seenAt: fc.maxSafeNat().map(wallTime),
    }),
  }),
  fc.record({ type: is("lost"), key: text(255) }),
  fc.record({ type: is("listening"), port: fc.nat(65_535), hosts: addresses }),
  fc.record({ type: is("up"), link: u32, remote: text(255), address: text(255) }),
);

/** Byte fields as arrays of their own, records without a prototype's difference. */
const plain = <Message>(message: Message): Message => structuredClone(message);
const sides = [
  { who: "a page", message: pageMessage, encode: encodePageMessage, decode: decodePageMessage },
  { who: "a node", message: nodeMessage, encode: encodeNodeMessage, decode: decodeNodeMessage },
] as const;

for (const { who, message, encode, decode } of sides) {
  const write = encode as (message: PageMessage | NodeMessage) => Uint8Array;

  test(`what ${who} says is read as it was written`, () => {
    fc.assert(fc.property(message, (each) => assert.deepEqual(plain(decode(write(each))), plain(each))));
  });

  test(`any bytes from ${who} are a message or a WireError, and a message has one encoding`, () => {
    const mangled = fc.tuple(message, fc.nat(), fc.nat(255), fc.nat(3)).map(([each, at, byte, cut]) => {
      const bytes = Uint8Array.from(write(each));
      if (bytes.length > 0) bytes[at % bytes.length] = byte;
      return cut === 0 ? bytes.subarray(0, at % (bytes.length + 1)) : bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mangled), (bytes) => {
        let read: PageMessage | NodeMessage;
        try {
          read = decode(bytes);
        } catch (error) {
          assert.ok(error instanceof WireError);
          return;
        }
        assert.deepEqual(Uint8Array.from(write(read)), Uint8Array.from(bytes));
      }),
    );
  });
}

interface Case {
  readonly name: string;
  readonly bytes: string;
  readonly message?: object;
  readonly error?: string;
}

const file: { readonly pages: readonly Case[]; readonly nodes: readonly Case[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../../spec/vectors/lan.json"), "utf8"),
);
const asHex = (_key: string, value: unknown): unknown => (value instanceof Uint8Array ? bytesToHex(value) : value);

for (const [{ who, encode, decode }, cases] of [
  [sides[0], file.pages],
  [sides[1], file.nodes],
] as const) {
  test(`what ${who} says is what the vectors of spec/lan.md §3 say`, () => {
    for (const { name, bytes, message, error } of cases) {
      const wire = hexToBytes(bytes.replaceAll("|", ""));
      if (error !== undefined) assert.throws(() => decode(wire), { code: error }, name);
      else {
        const read = decode(wire);
        assert.deepEqual(JSON.parse(JSON.stringify(read, asHex)), message, name);
        assert.deepEqual(Uint8Array.from((encode as (each: typeof read) => Uint8Array)(read)), wire, name);
      }
    }
  });
}

test("a packet at the bound passes, one over it and one of no bytes do not; parts are put together", () => {
  const most = LAN_MESSAGE_BYTES_MAX - 5;
  const bytes = encodeLanPacket(7, [new Uint8Array(3).fill(1), new Uint8Array(most - 3).fill(2)]);
  const message = decodePageMessage(bytes);
  assert.ok(message.type === "packet" && message.packet.length === most && message.link === 7);
  assert.deepEqual([...message.packet.subarray(0, 5)], [1, 1, 1, 2, 2]);
  assert.throws(() => decodePageMessage(new Uint8Array(LAN_MESSAGE_BYTES_MAX + 1)), { code: "ERR_TOO_LARGE" });
  assert.throws(() => decodeNodeMessage(Uint8Array.of(LAN_MESSAGE.packet, 0, 0, 0, 1)), { code: "ERR_FRAME_EMPTY" });
  assert.throws(() => encodeLanPacket(1, []));
});

test("more addresses or hints than there may be are refused, and ends and types that nobody knows", () => {
  const dial = encodePageMessage({
    type: "dial",
    link: 1,
    addresses: Array.from({ length: LAN_ADDRESSES_MAX + 1 }, String),
  });
  assert.throws(() => decodePageMessage(dial), { code: "ERR_TOO_LARGE" });
  const hints = Array.from({ length: LAN_HINTS_MAX + 1 }, () => new Uint8Array(8));
  const announce = encodePageMessage({ type: "announce", name: "Ada", hints });
  assert.throws(() => decodePageMessage(announce), { code: "ERR_TOO_LARGE" });
  assert.throws(() => decodePageMessage(Uint8Array.of(LAN_MESSAGE.end, 0, 0, 0, 1, 6)), { code: "ERR_VALUE" });
  assert.throws(() => decodePageMessage(Uint8Array.of(LAN_MESSAGE.seen)), { code: "ERR_UNKNOWN_TYPE" });
  assert.throws(() => decodeNodeMessage(Uint8Array.of(LAN_MESSAGE.dial)), { code: "ERR_UNKNOWN_TYPE" });
});
