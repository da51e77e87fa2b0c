import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { peerIdFromBytes } from "../identity/peer-id.ts";
import { instant, wallTime } from "../lib/time.ts";
import { parseRoomCode } from "../room/room-code.ts";
import { JOIN_CANDIDATES_MAX } from "../wire/limits.ts";
import { seeded } from "./endpoint-fixture.test.ts";
import { JoinRun } from "./join-run.ts";

/** The addresses that are dialled together for a room code. */
function dialled(nearby: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const ticket = parseRoomCode("7-amber-canyon");
  assert.ok(ticket);
  const run = new JoinRun({
    provider: nobleProvider,
    random: seeded("join"),
    self: peerIdFromBytes(new Uint8Array(32).fill(1)),
    name: "Cem",
    ticket,
    nearby,
    draft: () => assert.fail("nobody was asked yet"),
  });
  run.start({ now: instant(0), wall: wallTime(0) });
  const dials: (readonly string[])[] = [];
  for (let output = run.poll(); output !== undefined; output = run.poll())
    if (output.type === "dial") dials.push(output.hints);
  assert.equal(run.isOver, dials.length === 0);
  return dials;
}

test("JoinRun: whoever is near is dialled once, however many addresses it has", () => {
  const ada = ["192.0.2.2:1", "[fd00::2]:1"];
  assert.deepEqual(dialled([ada, ["192.0.2.3:1"]]), [ada, ["192.0.2.3:1"]]);
  assert.deepEqual(dialled([]), [], "nobody is near: it is over");
});

test("JoinRun: a crowd is not dialled at once", () => {
  const crowd = Array.from({ length: JOIN_CANDIDATES_MAX + 1 }, (_, at) => [`192.0.2.2:${at + 1}`]);
  assert.deepEqual(dialled(crowd), crowd.slice(0, JOIN_CANDIDATES_MAX));
});
