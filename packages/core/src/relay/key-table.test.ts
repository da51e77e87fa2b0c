import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex } from "../lib/hex.ts";
import { KeyTable } from "./key-table.ts";

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
/** Few keys, alike in most bytes, so that places collide and keys come back. */
const keyOf = (number: number): Uint8Array => {
  const key = new Uint8Array(32).fill(7);
  key[number % 32] = number;
  return key;
};

test("a key is found where it was attached last, wherever it stands in the bytes", () => {
  const action = fc.record({ key: fc.nat(150), seat: fc.nat(5), attaches: fc.boolean() });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 400 }), (actions) => {
      const table = new KeyTable<number>(random);
      const model = new Map<string, number>();
      for (const { key, seat, attaches } of actions) {
        const bytes = keyOf(key);
        const name = bytesToHex(bytes);
        if (attaches) {
          assert.equal(table.attach(bytes, seat), model.get(name));
          model.set(name, seat);
        } else {
          table.detach(bytes, seat);
          if (model.get(name) === seat) model.delete(name);
        }
      }
      assert.equal(table.size, model.size);
      for (let key = 0; key <= 150; key++) {
        const message = new Uint8Array(40).fill(1);
        message.set(keyOf(key), 5);
        assert.equal(table.seatAt(message, 5), model.get(bytesToHex(keyOf(key))));
      }
    }),
  );
});

test("thousands come and go in a table that stays as large as the most at once", () => {
  const table = new KeyTable<number>(random);
  const keys = Array.from({ length: 3_000 }, () => random(32));
  for (let round = 0; round < 4; round++) {
    for (const [seat, key] of keys.entries()) assert.equal(table.attach(key, seat), undefined);
    for (const [seat, key] of keys.entries()) assert.equal(table.seatAt(key, 0), seat);
    for (const [seat, key] of keys.entries()) table.detach(key, seat);
    assert.equal(table.size, 0);
    for (const key of keys) assert.equal(table.seatAt(key, 0), undefined);
  }
});

test("what is attached is copied", () => {
  const table = new KeyTable<number>(random);
  const key = random(32);
  table.attach(key, 1);
  const before = key.slice();
  key.fill(0);
  assert.equal(table.seatAt(before, 0), 1);
  assert.equal(table.seatAt(key, 0), undefined);
});
