import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import { WireError } from "@kith/core";
import { decode as foreignDecode, encode as foreignEncode } from "dns-packet";
import fc from "fast-check";
import {
  DNS_MESSAGE_BYTES_MAX,
  DNS_RECORDS_MAX,
  type DnsMessage,
  type DnsRecord,
  decodeDnsMessage,
  dnsMessage,
  encodeDnsMessage,
} from "./dns-message.ts";
import { fitLabel, foldName, joinLabels, nextHost, nextInstance, splitName } from "./dns-name.ts";
import { addressToBytes, bytesToAddress } from "./ip-bytes.ts";

const own = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true });
const label = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 15 })
  .filter((text) => Buffer.byteLength(text) <= 60);
const name = fc.array(label, { minLength: 1, maxLength: 3 }).map(joinLabels);
const address = (size: 4 | 16) => fc.uint8Array({ minLength: size, maxLength: size }).map(bytesToAddress);
const data: fc.Arbitrary<DnsRecord["data"]> = fc.oneof(
  own({ type: fc.constant("A" as const), address: address(4) }),
  own({ type: fc.constant("AAAA" as const), address: address(16) }),
  own({ type: fc.constant("PTR" as const), target: name }),
  own({ type: fc.constant("SRV" as const), port: fc.nat(65_535), target: name }),
  own({
    type: fc.constant("TXT" as const),
    strings: fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 5 }),
  }),
);
const record = own({ name, ttl: fc.nat(2 ** 32 - 1), flush: fc.boolean(), data });
const question = own({ name, type: fc.nat(65_535), wantsUnicast: fc.boolean() });
const section = fc.array(record, { maxLength: 6 });
const message: fc.Arbitrary<DnsMessage> = own({
  id: fc.nat(65_535),
  isResponse: fc.boolean(),
  isTruncated: fc.boolean(),
  questions: fc.array(question, { maxLength: 6 }),
  answers: section,
  authorities: section,
  additionals: section,
});

test("decodeDnsMessage reads what encodeDnsMessage writes", () => {
  fc.assert(
    fc.property(message, (original) => assert.deepEqual(decodeDnsMessage(encodeDnsMessage(original)), original)),
  );
});

test("damaged and random bytes give a message or a WireError, never anything else", () => {
  const attempt = (bytes: Uint8Array): void => {
    try {
      decodeDnsMessage(bytes);
    } catch (error) {
      assert.ok(error instanceof WireError, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), attempt), { numRuns: 2_000 });
  fc.assert(
    fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(), (original, at, flip, end) => {
      const bytes = encodeDnsMessage(original);
      attempt(bytes.subarray(0, end % (bytes.length + 1)));
      bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ flip;
      attempt(bytes);
    }),
    { numRuns: 2_000 },
  );
});

test("every truncation of a response is refused", () => {
  const bytes = encodeDnsMessage(dnsMessage({ isResponse: true, answers: [place] }));
  for (let end = 0; end < bytes.length; end++) {
    assert.throws(
      () => decodeDnsMessage(bytes.subarray(0, end)),
      { name: "WireError", code: "ERR_TRUNCATED" },
      `${end}`,
    );
  }
});

for (const [what, hex, code] of [
  ["a name that points at itself", "0000000000010000000000 00 c00c 00ff 0001", "ERR_VALUE"],
  ["a name that points ahead", "0000000000010000000000 00 c00e 00ff 0001", "ERR_VALUE"],
  ["two names that point at each other", "0000000000010000000000 00 c00e c00c 0001", "ERR_VALUE"],
  ["a label of an unknown kind", "0000000000010000000000 00 40 61 00 00ff 0001", "ERR_VALUE"],
  ["an address of three bytes", "000084000000000100000000 00 0001 0001 00000078 0003 0a0000", "ERR_VALUE"],
  ["a pointer longer than its record", "000084000000000100000000 00 000c 0001 00000078 0001 0161 00", "ERR_VALUE"],
  ["a text longer than its record", "000084000000000100000000 00 0010 0001 00000078 0002 0561", "ERR_TRUNCATED"],
  ["a record longer than the message", "000084000000000100000000 00 0063 0001 00000078 00ff", "ERR_TRUNCATED"],
  ["an update instead of a query", "000028000000000000000000", "ERR_VALUE"],
  ["an answer that reports an error", "000084030000000000000000", "ERR_VALUE"],
  ["65,535 questions", "00000000ffff000000000000", "ERR_LIMIT"],
] as const) {
  test(`decodeDnsMessage refuses ${what}`, () => {
    assert.throws(() => decodeDnsMessage(Buffer.from(hex.replaceAll(" ", ""), "hex")), { name: "WireError", code });
  });
}

test("decodeDnsMessage takes a message at its limits and refuses one above", () => {
  const ask = (count: number) => Array.from({ length: count }, () => ({ name: "a", type: 1, wantsUnicast: false }));
  assert.equal(
    decodeDnsMessage(encodeDnsMessage(dnsMessage({ questions: ask(DNS_RECORDS_MAX) }))).questions.length,
    256,
  );
  assert.throws(() => decodeDnsMessage(encodeDnsMessage(dnsMessage({ questions: ask(DNS_RECORDS_MAX + 1) }))), {
    code: "ERR_LIMIT",
  });
  assert.deepEqual(decodeDnsMessage(padded(DNS_MESSAGE_BYTES_MAX)).questions, []);
  assert.throws(() => decodeDnsMessage(padded(DNS_MESSAGE_BYTES_MAX + 1)), { code: "ERR_TOO_LARGE" });
  const long = joinLabels(["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61)]);
  const named = (text: string) =>
    encodeDnsMessage(dnsMessage({ questions: [{ name: text, type: 1, wantsUnicast: false }] }));
  assert.equal(decodeDnsMessage(named(long)).questions[0]?.name, long);
  assert.throws(() => decodeDnsMessage(named(`${long}d`)), { code: "ERR_TOO_LARGE" });
});

test("records of other types and classes are skipped, those after them are read", () => {
  const hex =
    "000084000000000300000000 00 002f 8001 00000078 0001 00 00 0001 0003 00000078 0001 00 00 0001 8001 00000078 0004 0a000001";
  const { answers } = decodeDnsMessage(Buffer.from(hex.replaceAll(" ", ""), "hex"));
  assert.deepEqual(answers, [{ name: "", ttl: 120, flush: true, data: { type: "A", address: "10.0.0.1" } }]);
});

const place: DnsRecord = {
  name: "kitchen._kith._tcp.local",
  ttl: 120,
  flush: true,
  data: { type: "SRV", port: 4_711, target: "kith-1.local" },
};

test("another implementation reads our bytes and we read its", () => {
  const answers: DnsRecord[] = [
    { name: "_kith._tcp.local", ttl: 4_500, flush: false, data: { type: "PTR", target: place.name } },
    place,
    {
      name: place.name,
      ttl: 4_500,
      flush: true,
      data: { type: "TXT", strings: [Buffer.from("v=1"), Buffer.from("id=x")] },
    },
    { name: "kith-1.local", ttl: 120, flush: true, data: { type: "A", address: "192.168.1.2" } },
    { name: "kith-1.local", ttl: 120, flush: true, data: { type: "AAAA", address: "fe80::1:2" } },
  ];
  const ours = dnsMessage({ isResponse: true, answers });
  const theirs = foreignDecode(Buffer.from(encodeDnsMessage(ours)));
  assert.deepEqual(
    theirs.answers?.map((answer) => [answer.name, answer.type, "data" in answer ? plain(answer.data) : undefined]),
    [
      ["_kith._tcp.local", "PTR", place.name],
      [place.name, "SRV", { priority: 0, weight: 0, port: 4_711, target: "kith-1.local" }],
      [place.name, "TXT", ["v=1", "id=x"]],
      ["kith-1.local", "A", "192.168.1.2"],
      ["kith-1.local", "AAAA", "fe80::1:2"],
    ],
  );
  const back = decodeDnsMessage(foreignEncode(theirs));
  assert.deepEqual(encodeDnsMessage(back), encodeDnsMessage(ours));
});

const plain = (value: unknown): unknown => (Array.isArray(value) ? value.map(String) : value);

test("addresses read as they are written, in the shortest form", () => {
  fc.assert(
    fc.property(fc.oneof(address(4), address(16)), (text) => {
      assert.ok(isIP(text) !== 0, text);
      assert.equal(bytesToAddress(addressToBytes(text)), text);
    }),
  );
  for (const text of [
    "::",
    "::1",
    "1::",
    "fe80::1",
    "1:0:2::3",
    "2001:db8::1:0:0:1",
    "1:2:3:4:5:6:7:8",
    "0:1::",
    "1.2.3.4",
  ]) {
    assert.ok([text, "0:1::"].includes(bytesToAddress(addressToBytes(text))), text);
  }
  assert.equal(bytesToAddress(addressToBytes("::ffff:1.2.3.4")), "::ffff:102:304");
  for (const text of ["", "fe80::1%eth0", "1.2.3", "x"])
    assert.throws(() => addressToBytes(text), { code: "ERR_TEXT" });
});

test("names keep dots and backslashes inside labels, and fold ASCII letters only", () => {
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), (labels) =>
      assert.deepEqual(splitName(joinLabels(labels)), labels),
    ),
  );
  assert.equal(foldName("KÜche.LOCAL"), "kÜche.local");
});

test("nextInstance and nextHost count on and never outgrow a label", () => {
  assert.equal(nextInstance("kitchen"), "kitchen (2)");
  assert.equal(nextInstance("kitchen (2)"), "kitchen (3)");
  assert.equal(nextHost("kith-1"), "kith-2");
  assert.equal(nextHost("kith"), "kith-2");
  const long = "ü".repeat(31);
  assert.ok(Buffer.byteLength(nextInstance(long)) <= 63 && nextInstance(long).endsWith(" (2)"));
  assert.equal(fitLabel("a\u0000b\nc"), "a b c");
});

function padded(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[2] = 0x84;
  bytes[7] = 1; // one answer: no name, type 99, class IN
  bytes.set([0, 0, 99, 0, 1, 0, 0, 0, 1, (length - 23) >> 8, (length - 23) & 0xff], 12);
  return bytes;
}
