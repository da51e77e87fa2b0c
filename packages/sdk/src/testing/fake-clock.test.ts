import assert from "node:assert/strict";
import { test } from "node:test";
import { millis } from "@kith/core";
import { systemClock } from "../clock.ts";
import { FakeClock } from "./fake-clock.ts";

test("FakeClock.advance runs timers in order of time, also those set meanwhile, and not the cancelled", () => {
  const clock = new FakeClock();
  const start = clock.now();
  const ran: string[] = [];
  const note = (name: string) => () => ran.push(`${name} ${clock.now() - start}`);
  clock.schedule(millis(20), note("b"));
  clock.schedule(millis(10), () => clock.schedule(millis(5), note("a")));
  const cancel = clock.schedule(millis(12), note("never"));
  clock.schedule(millis(30), note("later"));
  cancel();
  clock.advance(25);
  assert.deepEqual(ran, ["a 15", "b 20"]);
  assert.equal(clock.now() - start, 25);
  assert.equal(clock.next, start + 30);
});

test("FakeClock.setWall moves what people see and no timer", () => {
  const clock = new FakeClock({ wall: 1_000 });
  clock.advance(10);
  assert.equal(clock.wall(), 1_010);
  const before = clock.now();
  clock.setWall(0);
  assert.equal(clock.now(), before);
});

test("systemClock.schedule cuts waits that a timer cannot hold instead of running at once", () => {
  let ran = false;
  const cancel = systemClock.schedule(millis(2 ** 40), () => {
    ran = true;
  });
  return new Promise<void>((resolve) => {
    systemClock.schedule(millis(5), () => {
      cancel();
      assert.equal(ran, false);
      resolve();
    });
  });
});
