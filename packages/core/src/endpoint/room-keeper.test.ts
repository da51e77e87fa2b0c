import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { after, type Instant, instant, millis } from "../lib/time.ts";
import type { RoomId } from "../room/room-id.ts";
import { CLOSE } from "../wire/registry.ts";
import { RoomKeeper } from "./room-keeper.ts";
import { sessionWith } from "./session-fixture.test.ts";

const START = instant(10_000);
const ROOM = "ab".repeat(32) as RoomId;

/** A keeper for one session that has no link and `channels` channels, and when it looked for a way, in ms from the start. */
function keeperOf(number: number, channels = 1) {
  const session = sessionWith(number);
  for (let i = 0; i < channels; i++) session.stack.open("board/1", 0);
  const state = { hasWay: true, isBusy: false, isMember: true };
  const tries: number[] = [];
  let now = START;
  const keeper = new RoomKeeper({
    calls: {
      begin: (call, target, at) => {
        assert.deepEqual(target, { peer: session.stack.peer, hints: [`mesh:${ROOM}`] });
        assert.equal(call.for, "keep");
        tries.push(at - START);
      },
      isKeeping: () => state.isBusy,
    },
    ground: { sessionOf: (peer: PeerId) => (peer === session.stack.peer ? session : undefined) },
    isMember: () => state.isMember,
    wayTo: () => (state.hasWay ? ROOM : undefined),
  });
  const until = (ms: number): void => {
    const end: Instant = after(START, millis(ms));
    for (let due = keeper.nextTimeout(); due !== undefined && due <= end; due = keeper.nextTimeout()) {
      now = due;
      keeper.handleTimeout(now);
    }
    now = end;
  };
  return { keeper, session, state, tries, until };
}

test("a session that lost its links is given a way at once, and again with pauses that grow to 30 s", () => {
  const { keeper, session, tries, until } = keeperOf(1);
  keeper.handlePath(session, START);
  until(125_000);
  assert.deepEqual(tries, [0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000, 121_000]);
});

test("nothing is tried while a try goes on or no way is known, and the next is", () => {
  const { keeper, session, state, tries, until } = keeperOf(2);
  state.hasWay = false;
  keeper.handlePath(session, START);
  until(2_000);
  state.hasWay = true;
  until(3_000);
  state.isBusy = true;
  until(14_000);
  state.isBusy = false;
  until(15_000);
  assert.deepEqual(tries, [3_000, 15_000]);
});

test("it ends with the session, its channels or the membership", () => {
  const without = keeperOf(3, 0);
  without.keeper.handlePath(without.session, START);
  assert.equal(without.keeper.nextTimeout(), undefined);
  const over = keeperOf(4);
  over.keeper.handlePath(over.session, START);
  over.session.stack.close(CLOSE.done, START);
  over.until(60_000);
  assert.deepEqual([over.tries, over.keeper.nextTimeout()], [[0], undefined]);
  const parted = keeperOf(5);
  parted.keeper.handlePath(parted.session, START);
  parted.state.isMember = false;
  parted.until(60_000);
  assert.deepEqual([parted.tries, parted.keeper.nextTimeout()], [[0], undefined]);
});

test("a way that is lost again at once is not looked for again at once", () => {
  const { keeper, session, tries, until } = keeperOf(6);
  for (let i = 0; i < 10; i++) keeper.handlePath(session, START);
  until(999);
  assert.deepEqual(tries, [0]);
});
