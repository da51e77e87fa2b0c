import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex } from "../lib/hex.ts";
import { WireError } from "../lib/wire-error.ts";
import { PACKET_BYTES_MAX } from "./limits.ts";
import { decodeRecordHeader, encodeRecordHeader, RECORD_BYTES_MIN, recordNonce } from "./record-header.ts";

/** `header` at the front of a packet of `length` bytes. */
function packetOf(header: Uint8Array, length = RECORD_BYTES_MIN): Uint8Array {
  const packet = new Uint8Array(length);
  packet.set(header);
  return packet;
}

test("[SES-2] record header: bytes by field, and the nonce", () => {
  const header = encodeRecordHeader({ phase: 0x103, path: 0x0405, index: 0xf6070809, counter: 2 ** 40 + 10 });
  assert.equal(bytesToHex(header), "10" + "03" + "0405" + "f6070809" + "000001000000000a");
  assert.equal(bytesToHex(recordNonce(0x0405, 2 ** 40 + 10)), "00000405" + "000001000000000a");
});

test("record header: decode is the inverse of encode", () => {
  const field = fc.record(
    {
      phase: fc.nat(255),
      path: fc.nat(0xffff),
      index: fc.nat(0xffff_ffff),
      counter: fc.maxSafeNat(),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(field, (header) => {
      assert.deepEqual(decodeRecordHeader(packetOf(encodeRecordHeader(header))), header);
    }),
  );
});

test("record header: sizes at the limits and one beyond", () => {
  const header = encodeRecordHeader({ phase: 0, path: 0, index: 1, counter: 0 });
  decodeRecordHeader(packetOf(header));
  decodeRecordHeader(packetOf(header, PACKET_BYTES_MAX));
  assert.throws(() => decodeRecordHeader(packetOf(header, RECORD_BYTES_MIN - 1)), { code: "ERR_TRUNCATED" });
  assert.throws(() => decodeRecordHeader(packetOf(header, PACKET_BYTES_MAX + 1)), { code: "ERR_TOO_LARGE" });
  assert.throws(() => decodeRecordHeader(new Uint8Array(0)), { code: "ERR_TRUNCATED" });
});

test("record header: another packet and a counter over 2^53 - 1 are refused", () => {
  const header = encodeRecordHeader({ phase: 0, path: 0, index: 1, counter: 0 });
  const hello = packetOf(header);
  hello[0] = 1;
  assert.throws(() => decodeRecordHeader(hello), { code: "ERR_UNKNOWN_TYPE" });
  const far = packetOf(header);
  far.fill(0xff, 8, 16);
  assert.throws(() => decodeRecordHeader(far), { code: "ERR_VALUE" });
});

test("record header: any bytes give a header or a WireError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodeRecordHeader(bytes);
      } catch (error) {
        assert.ok(error instanceof WireError);
      }
    }),
  );
});
