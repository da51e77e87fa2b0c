import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { type Duration, instant, minutes, seconds } from "../lib/time.ts";
import { INCARNATION_TURNS_MAX } from "../wire/limits.ts";
import { TwinWatch } from "./twin-watch.ts";

const PEER = "2".repeat(64) as PeerId;
const processNumber = (number: number): string => number.toString(16).padStart(32, "0").padEnd(40, "0").slice(8);

/** Whether the last of these processes, in their order, gives the peer away. */
function tells(processes: readonly number[], apart: Duration): boolean {
  const watch = new TwinWatch();
  let verdict = false;
  for (const [index, number] of processes.entries()) {
    verdict = watch.handleOpened(PEER, processNumber(number), instant(index * apart));
  }
  return verdict;
}

test("TwinWatch.handleOpened: three returns of a process within a minute, not two, not slower [SES-28]", () => {
  assert.equal(INCARNATION_TURNS_MAX, 3);
  assert.equal(tells([1, 2, 1, 2, 1], seconds(6)), true);
  assert.equal(tells([1, 2, 1, 2], seconds(6)), false);
  assert.equal(tells([1, 2, 1, 2, 1], seconds(30)), false);
  assert.equal(tells([1, 2, 3, 1, 2, 3], seconds(6)), true, "three that take turns");
});

test("TwinWatch.handleOpened: a process that restarts, however often, is none that comes back [SES-28]", () => {
  assert.equal(tells([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], seconds(1)), false);
  assert.equal(tells([1, 1, 1, 1, 1, 1], seconds(1)), false, "one that ends session after session");
});

test("TwinWatch.handleReplaced: three within a minute, of each peer by itself [SES-28]", () => {
  const other = "3".repeat(64) as PeerId;
  const watch = new TwinWatch();
  const replaced = (peer: PeerId, at: Duration): boolean => watch.handleReplaced(peer, instant(at));
  assert.equal(replaced(PEER, seconds(1)), false);
  assert.equal(replaced(PEER, seconds(2)), false);
  assert.equal(replaced(other, seconds(3)), false);
  assert.equal(replaced(PEER, seconds(60)), true);
  assert.equal(replaced(PEER, minutes(2)), false);
});

test("TwinWatch: of many peers the latest are remembered", () => {
  const watch = new TwinWatch();
  for (let turn = 0; turn < 2; turn++) watch.handleReplaced(PEER, instant(0));
  for (let number = 0; number < 2_000; number++)
    watch.handleReplaced(number.toString(16).padStart(64, "0") as PeerId, instant(0));
  assert.equal(watch.handleReplaced(PEER, instant(0)), false);
});
