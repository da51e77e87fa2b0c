import assert from "node:assert/strict";
import { test } from "node:test";
import { withClock } from "./clock-finding.ts";
import type { Finding } from "./shell.ts";

const port: Finding = { check: "port", verdict: "good", words: "free" };
const clock = (verdict: Finding["verdict"]): Finding => ({ check: "clock", verdict, words: "The clock shows …" });

test("doctor names the command for a clock that is behind what was seen before, where the system sees nothing", () => {
  const [first, second] = withClock([port, clock("good")], "behind");
  assert.equal(first, port);
  assert.equal(second?.verdict, "bad");
  assert.match(second?.fix ?? "", /kith trust accept-clock/);
  for (const state of ["ok", undefined] as const)
    assert.deepEqual(withClock([port, clock("warn")], state), [port, clock("warn")]);
  assert.deepEqual(withClock([clock("bad")], "behind"), [clock("bad")], "a clock that is plainly wrong is set first");
});
