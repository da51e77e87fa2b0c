import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WireError } from "../lib/wire-error.ts";
import { CHANNELS_MAX } from "../wire/limits.ts";
import { IncomingIds } from "./incoming-ids.ts";

const isChannelError = (error: unknown): boolean => error instanceof WireError && error.code === "ERR_CHANNEL";

test("IncomingIds.use admits CHANNELS_MAX and refuses one more [CHN-5]", () => {
  const ids = new IncomingIds();
  assert.equal(ids.use(CHANNELS_MAX - 1), true);
  assert.equal(ids.use(CHANNELS_MAX - 1), false);
  assert.throws(() => ids.use(CHANNELS_MAX), isChannelError);
  assert.throws(() => ids.use(2 ** 31), isChannelError);
  for (let i = 0; i < CHANNELS_MAX - 1; i++) assert.equal(ids.use(i), true);
  assert.equal(ids.grant(), false, "none was released");
  ids.release();
  assert.equal(ids.grant(), true, "the peer has none left, so one is worth it");
  assert.equal(ids.use(CHANNELS_MAX), true);
});

test("IncomingIds.grant waits for a quarter while the peer has plenty", () => {
  const ids = new IncomingIds();
  for (let i = 0; i < CHANNELS_MAX / 4 - 1; i++) {
    ids.use(i);
    ids.release();
    assert.equal(ids.grant(), false);
  }
  ids.use(CHANNELS_MAX / 4 - 1);
  ids.release();
  assert.equal(ids.grant(), true);
  assert.equal(ids.limit, CHANNELS_MAX + CHANNELS_MAX / 4);
});

test("IncomingIds agrees with a set of numbers", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(CHANNELS_MAX - 1), { size: "medium" }), (ordinals) => {
      const ids = new IncomingIds();
      const model = new Set<number>();
      for (const ordinal of ordinals) {
        assert.equal(ids.use(ordinal), !model.has(ordinal));
        model.add(ordinal);
        for (const probe of [0, ordinal - 1, ordinal, ordinal + 1]) {
          if (probe >= 0) assert.equal(ids.isUsed(probe), model.has(probe));
        }
      }
    }),
  );
});
