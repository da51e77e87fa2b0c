import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { WireError } from "../lib/wire-error.ts";
import {
  decodeAnswer,
  decodeConfirm,
  decodeHello,
  decodeRefuse,
  decodeResume,
  decodeResumed,
  decodeRetry,
  encodeAnswer,
  encodeConfirm,
  encodeHello,
  encodeRefuse,
  encodeResume,
  encodeResumed,
  encodeRetry,
  HELLO_NOISE_BYTES,
  type Hello,
} from "./handshake-packet.ts";
import { COOKIE_BYTES_MAX, PREAUTH_PACKET_BYTES_MAX } from "./limits.ts";
import { PACKET, REFUSAL } from "./registry.ts";

const ID = "00112233445566778899aabbccddeeff";
const HELLO: Hello = {
  versionMin: 1,
  versionMax: 2,
  cookie: hexToBytes("c0c1"),
  tag: new Uint8Array(16).fill(0x7a),
  noise: new Uint8Array(HELLO_NOISE_BYTES).fill(0x5e),
};

test("hello: bytes by field", () => {
  const hex = bytesToHex(encodeHello(HELLO));
  assert.equal(hex, `01 6b697468 01 02 02c0c1 ${"7a".repeat(16)} ${"5e".repeat(1_216)}`.replaceAll(" ", ""));
});

test("the other packets: bytes by field", () => {
  assert.equal(bytesToHex(encodeRetry(hexToBytes("c0c1c2"))), "0203c0c1c2");
  assert.equal(bytesToHex(encodeAnswer(hexToBytes("aabb"))), "03aabb");
  assert.equal(bytesToHex(encodeConfirm(hexToBytes("ccdd"))), "04ccdd");
  assert.equal(bytesToHex(encodeResume({ version: 1, id: ID, noise: hexToBytes("ee") })), `0501${ID}ee`);
  assert.equal(bytesToHex(encodeResumed(ID, hexToBytes("ff"))), `06${ID}ff`);
  assert.equal(bytesToHex(encodeRefuse(REFUSAL.closed)), "0703");
});

/** Each packet's encoder and decoder, and one of it. */
const FAMILY: readonly {
  name: string;
  packet: Uint8Array;
  decode: (packet: Uint8Array) => unknown;
  again: (decoded: never) => Uint8Array;
  isOpen: boolean;
}[] = [
  { name: "hello", packet: encodeHello(HELLO), decode: decodeHello, again: encodeHello, isOpen: false },
  { name: "retry", packet: encodeRetry(hexToBytes("0102")), decode: decodeRetry, again: encodeRetry, isOpen: false },
  { name: "answer", packet: encodeAnswer(new Uint8Array(99)), decode: decodeAnswer, again: encodeAnswer, isOpen: true },
  {
    name: "confirm",
    packet: encodeConfirm(new Uint8Array(99)),
    decode: decodeConfirm,
    again: encodeConfirm,
    isOpen: true,
  },
  {
    name: "resume",
    packet: encodeResume({ version: 1, id: ID, noise: new Uint8Array(9) }),
    decode: decodeResume,
    again: encodeResume,
    isOpen: true,
  },
  {
    name: "resumed",
    packet: encodeResumed(ID, new Uint8Array(9)),
    decode: decodeResumed,
    again: ({ id, noise }: { id: string; noise: Uint8Array }) => encodeResumed(id, noise),
    isOpen: true,
  },
  { name: "refuse", packet: encodeRefuse(REFUSAL.busy), decode: decodeRefuse, again: encodeRefuse, isOpen: false },
];

for (const { name, packet, decode, again, isOpen } of FAMILY) {
  test(`${name}: round trip, and refused when cut, extended, of another type, or too large`, () => {
    assert.deepEqual(again(decode(packet) as never), packet);
    const fixed = isOpen ? (name.startsWith("resum") ? 17 : 1) : packet.length;
    for (let length = 0; length < fixed; length++) onlyWireErrors(() => decode(packet.subarray(0, length)), true);
    if (!isOpen) onlyWireErrors(() => decode(Uint8Array.from([...packet, 0])), true);
    for (const type of [...Object.values(PACKET), 0, 0xff]) {
      if (type === packet[0]) continue;
      const other = packet.slice();
      other[0] = type;
      onlyWireErrors(() => decode(other), true);
    }
    onlyWireErrors(() => decode(new Uint8Array(PREAUTH_PACKET_BYTES_MAX + 1).fill(packet[0]!)), true);
  });

  test(`${name}: damaged bytes give a WireError or a packet that encodes to the same`, () => {
    const damage = fc.array(fc.tuple(fc.nat(packet.length - 1), fc.integer({ min: 1, max: 255 })), { maxLength: 4 });
    fc.assert(
      fc.property(damage, (flips) => {
        const broken = packet.slice();
        for (const [at, mask] of flips) broken[at]! ^= mask;
        const decoded = onlyWireErrors(() => decode(broken), false);
        if (decoded !== undefined) assert.deepEqual(again(decoded as never), broken);
      }),
    );
  });
}

test("hello: limits of the cookie, the magic and the version range", () => {
  const at = encodeHello({ ...HELLO, cookie: new Uint8Array(COOKIE_BYTES_MAX) });
  assert.equal(decodeHello(at).cookie.length, COOKIE_BYTES_MAX);
  const above = encodeHello({ ...HELLO, cookie: new Uint8Array(COOKIE_BYTES_MAX + 1) });
  assert.throws(() => decodeHello(above), code("ERR_TOO_LARGE"));
  const magic = encodeHello(HELLO);
  magic[1] = 0x6c;
  assert.throws(() => decodeHello(magic), code("ERR_VALUE"));
  assert.throws(() => decodeHello(encodeHello({ ...HELLO, versionMin: 3 })), code("ERR_VALUE"));
  assert.throws(() => decodeRetry(Uint8Array.of(PACKET.retry, 0)), code("ERR_VALUE"));
  assert.throws(() => decodeRefuse(Uint8Array.of(PACKET.refuse, 9)), code("ERR_VALUE"));
  assert.equal(
    decodeAnswer(new Uint8Array(PREAUTH_PACKET_BYTES_MAX).fill(PACKET.answer)).length,
    PREAUTH_PACKET_BYTES_MAX - 1,
  );
});

function onlyWireErrors(decode: () => unknown, mustFail: boolean): unknown {
  try {
    const decoded = decode();
    assert.ok(!mustFail, "decoded what must be refused");
    return decoded;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}

function code(expected: string): (error: unknown) => boolean {
  return (error) => error instanceof WireError && error.code === expected;
}
