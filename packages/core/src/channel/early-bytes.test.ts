import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EarlyBytes } from "./early-bytes.ts";
import { SLAB_BYTES } from "./slab-pool.ts";

test("EarlyBytes gives back in order what was put in any order", () => {
  const piece = fc.tuple(fc.nat(3 * SLAB_BYTES), fc.integer({ min: 1, max: 40_000 }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(5), (pieces, salt) => {
      const early = new EarlyBytes();
      const content = (offset: number): number => (offset * 7 + (offset >> 8) + salt) & 0xff;
      const model = new Uint8Array(4 * SLAB_BYTES); // 1 where a byte has come
      for (const [offset, length] of pieces) {
        early.put(
          offset,
          Uint8Array.from({ length }, (_, i) => content(offset + i)),
        );
        model.fill(1, offset, offset + length);
      }
      for (let offset = 0; offset < model.length; ) {
        const bytes = early.take(offset);
        if (bytes === undefined) {
          assert.equal(model[offset], 0, `byte ${offset} has not come`);
          // As if it had now: the stream goes on one byte after the gap.
          const next = model.indexOf(1, offset);
          if (next === -1) break;
          offset = next;
          continue;
        }
        const end = offset + bytes.length;
        assert.ok(model.subarray(offset, end).every((bit) => bit === 1));
        assert.ok(end % SLAB_BYTES === 0 || model[end] === 0, "as far as it goes within the slab");
        for (let i = 0; i < bytes.length; i++) {
          if (bytes[i] !== content(offset + i)) assert.fail(`byte ${offset + i}`);
        }
        offset = end;
      }
    }),
  );
});

test("EarlyBytes.take forgets a slab that came out whole, and forgetBelow the others", () => {
  const early = new EarlyBytes();
  early.put(0, new Uint8Array(SLAB_BYTES));
  assert.equal(early.take(0)?.length, SLAB_BYTES);
  assert.equal(early.isEmpty, true);

  early.put(SLAB_BYTES + 10, new Uint8Array(5));
  early.put(3 * SLAB_BYTES + 10, new Uint8Array(5));
  early.forgetBelow(2 * SLAB_BYTES, 3 * SLAB_BYTES + 15);
  assert.equal(early.take(SLAB_BYTES + 10), undefined);
  assert.equal(early.isEmpty, false);
  early.forgetBelow(3 * SLAB_BYTES + 15, 3 * SLAB_BYTES + 15);
  assert.equal(early.isEmpty, true);
});
