import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoreEntry } from "../lib/store-entry.ts";
import { Writer } from "../lib/writer.ts";
import { at, NOW, peer, WALL, wallAt } from "../trust/trust-fixture.test.ts";
import { CHALLENGE_PAUSE, CHALLENGED_MAX, PAIRING_TRIES, SOURCES_MAX } from "../wire/limits.ts";
import { JoinRequests } from "./join-requests.ts";
import type { RoomId } from "./room-id.ts";

const ROOM = "ab".repeat(32) as RoomId;
const fresh = (restored: Iterable<StoreEntry> = []): JoinRequests => new JoinRequests(restored, NOW, WALL);

test("[JOI-16] wrong answers survive a restart, also with a clock set back, and what cannot be read counts as three", () => {
  const requests = fresh();
  requests.wrongAnswer(ROOM, peer(1), NOW, WALL);
  const { puts } = requests.wrongAnswer(ROOM, peer(1), NOW, WALL);
  const again = (wall = WALL, entries: readonly StoreEntry[] = puts) => new JoinRequests(entries, NOW, wall);
  assert.equal(again().triesLeft(ROOM, peer(1), NOW), PAIRING_TRIES - 2);
  assert.equal(again(wallAt(-1e9)).triesLeft(ROOM, peer(1), NOW), PAIRING_TRIES - 2);
  assert.equal(again(wallAt(CHALLENGE_PAUSE)).triesLeft(ROOM, peer(1), NOW), PAIRING_TRIES);
  assert.equal(
    again(
      WALL,
      puts.map(({ key }) => ({ key, value: new Uint8Array(3) })),
    ).triesLeft(ROOM, peer(1), NOW),
    0,
  );
  const many = puts.map(({ key }) => ({ key, value: new Writer().u8(1).u8(200).u64(WALL).finish() }));
  assert.equal(again(WALL, many).triesLeft(ROOM, peer(1), NOW), 0);
  const strange = [
    "room/x/challenged/y",
    `room/${ROOM}/log/1`,
    "trust/clock",
    `room/${ROOM}/challenged/${peer(1)}/more`,
  ];
  for (const key of strange)
    assert.equal(again(WALL, [{ key, value: new Uint8Array(0) }]).triesLeft(ROOM, peer(1), NOW), 3);
});

test("[JOI-16] counts are each guest's and each room's, and forgotten ten minutes after the last", () => {
  const requests = fresh();
  for (let i = 0; i < PAIRING_TRIES; i++) requests.wrongAnswer(ROOM, peer(1), NOW, WALL);
  assert.equal(requests.pauseLeft(ROOM, peer(1), at(1)), CHALLENGE_PAUSE - 1);
  assert.equal(requests.triesLeft(ROOM, peer(2), NOW), PAIRING_TRIES);
  assert.equal(requests.triesLeft("cd".repeat(32) as RoomId, peer(1), NOW), PAIRING_TRIES);
  assert.equal(requests.pauseLeft(ROOM, peer(1), at(CHALLENGE_PAUSE)), 0);
  const change = requests.wrongAnswer(ROOM, peer(2), at(CHALLENGE_PAUSE), wallAt(CHALLENGE_PAUSE));
  assert.deepEqual(change.deletes, [`room/${ROOM}/challenged/${peer(1)}`], "what no longer matters is not kept");
});

test("at CHALLENGED_MAX guests the one that answered longest ago is forgotten", () => {
  const requests = fresh();
  for (let i = 0; i < CHALLENGED_MAX; i++) requests.wrongAnswer(ROOM, peer(i + 1), at(i), wallAt(i));
  assert.equal(requests.triesLeft(ROOM, peer(1), at(CHALLENGED_MAX)), PAIRING_TRIES - 1);
  const { deletes } = requests.wrongAnswer(ROOM, peer(9_999), at(CHALLENGED_MAX), wallAt(0));
  assert.deepEqual(deletes, [`room/${ROOM}/challenged/${peer(1)}`]);
  assert.equal(requests.triesLeft(ROOM, peer(1), at(CHALLENGED_MAX)), PAIRING_TRIES);
  assert.equal(requests.triesLeft(ROOM, peer(2), at(CHALLENGED_MAX)), PAIRING_TRIES - 1);
});

test("at SOURCES_MAX sources the one that asked longest ago is forgotten", () => {
  const requests = fresh();
  const ask = (source: string) => requests.list(ROOM, peer(1), "approval", source, NOW)?.why;
  for (let i = 0; i < SOURCES_MAX; i++) assert.equal(ask(`s${i}`), undefined);
  assert.equal(ask("s0"), "tryLater");
  assert.equal(ask("one more"), undefined);
  assert.equal(ask("s1"), "tryLater");
  assert.equal(ask("s0"), undefined);
});
