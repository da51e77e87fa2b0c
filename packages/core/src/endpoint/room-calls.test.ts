import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { instant } from "../lib/time.ts";
import { RoomCalls } from "./room-calls.ts";

test("RoomCalls: a way through a mesh is looked for until the call is answered", () => {
  const peer = "aa".repeat(32) as PeerId;
  const requests: number[] = [];
  const calls = new RoomCalls({ connect: (_target, request) => requests.push(request) });
  assert.ok(!calls.isKeeping(peer));
  calls.begin({ for: "keep", peer }, { peer, hints: [] }, instant(0));
  calls.begin({ for: "reach", request: 1, peer }, { peer, hints: [] }, instant(0));
  assert.ok(calls.isKeeping(peer));
  assert.deepEqual(calls.take(requests[0] ?? 0), { for: "keep", peer });
  assert.ok(!calls.isKeeping(peer), "another may begin");
});
