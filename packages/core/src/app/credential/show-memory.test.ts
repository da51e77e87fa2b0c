import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, wallTime } from "../../lib/time.ts";
import { SHOW_NONCES_MAX, STATIC_SHOWS_MAX } from "../../wire/credential-limits.ts";
import { later, NOON, random } from "./credential-world.test.ts";
import { ShowMemory } from "./show-memory.ts";

test("[CRE-12] a nonce is good once and in time; full, the oldest is forgotten", () => {
  const memory = new ShowMemory();
  const [one, two] = [memory.nonce(random, NOON.now), memory.nonce(random, NOON.now)];
  assert.equal(memory.take(one, NOON.now), "fresh");
  assert.equal(memory.take(one, NOON.now), "used");
  assert.equal(memory.take(two, instant(NOON.now + 120_000)), "late");
  assert.equal(memory.take(two, NOON.now), "used");
  assert.equal(memory.take(random(32), NOON.now), "unknown");
  const first = memory.nonce(random, NOON.now);
  const rest = Array.from({ length: SHOW_NONCES_MAX - 1 }, () => memory.nonce(random, NOON.now));
  assert.equal(memory.take(first, NOON.now), "fresh", "the limit itself fits");
  memory.nonce(random, NOON.now);
  assert.equal(memory.take(first, NOON.now), "unknown");
  assert.equal(memory.take(rest[0]!, NOON.now), "fresh");
});

test("[CRE-12] static shows are remembered until they end; full, what ended goes first, then the oldest", () => {
  const memory = new ShowMemory();
  const id = (number: number): Uint8Array => Uint8Array.of(number >> 16, number >> 8, number, 0, 0, 0, 0, 0);
  const [soon, far] = [wallTime(NOON.wall + 60_000), wallTime(NOON.wall + 86_400_000)];
  for (let i = 0; i < STATIC_SHOWS_MAX; i++) memory.remember(id(i), i === 5 ? soon : far, NOON);
  assert.ok(memory.hasSeen(id(0)), "the limit itself fits");
  memory.remember(id(STATIC_SHOWS_MAX), far, later(3_600_000));
  assert.deepEqual([memory.hasSeen(id(5)), memory.hasSeen(id(0))], [false, true]);
  memory.remember(id(STATIC_SHOWS_MAX + 1), far, later(3_600_000));
  assert.deepEqual([memory.hasSeen(id(0)), memory.hasSeen(id(1))], [false, true]);
  assert.ok(memory.hasSeen(id(STATIC_SHOWS_MAX + 1)));
});
