/** How a session ends: who learns the code, and what is said to those who did not hear it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CLOSE_LINGER } from "../wire/limits.ts";
import { CLOSE } from "../wire/registry.ts";
import { connected } from "./session-world.test.ts";

test("[SES-18] closing: the other side learns the code, late records are answered, then all ends", () => {
  const world = connected();
  const [a, b] = world.sides;
  const before = b.flush(0, 65_535, world.provider, world.instant);
  assert.equal(before.length, 0);
  a.session.close(CLOSE.goingAway, world.instant);
  a.session.close(CLOSE.done, world.instant); // too late to change it
  assert.equal(a.session.phase, "closing");
  world.run(100);
  assert.deepEqual(b.outputs, [{ type: "closed", reason: CLOSE.goingAway, by: "peer" }, { type: "ended" }]);
  assert.deepEqual(a.outputs, [{ type: "closed", reason: CLOSE.goingAway, by: "local" }]);
  assert.equal(b.session.phase, "ended");
  world.run(CLOSE_LINGER);
  assert.equal(a.session.phase, "ended");
  assert.deepEqual(a.outputs.at(-1), { type: "ended" });
  assert.equal(a.session.nextTimeout(), undefined);
});

test("closing: a close that was lost is sent again when the peer goes on", () => {
  const world = connected(9, false);
  const [a, b] = world.sides;
  let closes = 0;
  world.meddle = (packet, _path, to) => (to === b && ++closes < 3 ? undefined : packet);
  a.session.close(CLOSE.done, world.instant);
  for (let i = 1; i < 8; i++) {
    b.waiting.push(i);
    world.run(150);
  }
  assert.equal(b.session.phase, "ended");
  assert.equal(closes, 3);
});

test("closing: without a path it ends at once", () => {
  const world = connected();
  const [a] = world.sides;
  a.session.removePath(0, world.instant);
  a.session.close(CLOSE.done, world.instant);
  a.drain();
  assert.deepEqual(a.types().slice(-2), ["closed", "ended"]);
});
