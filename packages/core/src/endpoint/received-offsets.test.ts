import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WireError } from "../lib/wire-error.ts";
import { RESUME_RECEIVED_BYTES_MAX } from "../wire/limits.ts";
import { decodeReceivedOffsets, encodeReceivedOffsets } from "./received-offsets.ts";

const offset = fc.record({ channel: fc.nat(5_000), offset: fc.nat(2 ** 40) }, { noNullPrototype: true });
const offsets = fc.array(offset, { maxLength: 400 });

test("received offsets: come back as they were, as many as fit", () => {
  fc.assert(
    fc.property(offsets, (all) => {
      const bytes = encodeReceivedOffsets(all);
      assert.ok(bytes.length <= RESUME_RECEIVED_BYTES_MAX);
      const back = decodeReceivedOffsets(bytes);
      assert.deepEqual(back, all.slice(0, back.length));
      if (all.length <= 100) assert.equal(back.length, all.length);
    }),
  );
});

test("received offsets: none take no bytes, and damage gives only WireError", () => {
  assert.equal(encodeReceivedOffsets([]).length, 0);
  const bytes = encodeReceivedOffsets([{ channel: 4, offset: 70_000 }]);
  for (let length = 1; length < bytes.length; length++) {
    assert.throws(() => decodeReceivedOffsets(bytes.subarray(0, length)), WireError);
  }
  assert.throws(() => decodeReceivedOffsets(Uint8Array.of(...bytes, 0)), WireError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      try {
        decodeReceivedOffsets(noise);
      } catch (error) {
        assert.ok(error instanceof WireError);
      }
    }),
  );
});
