import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeKith } from "../testing/fake-kith.ts";
import { BOB, fakeTransfer } from "../testing/fake-people.ts";
import { type Outcome, runCli } from "../testing/run-cli.ts";

const active = fakeTransfer("a1", BOB, { state: "active", names: ["a.iso"] });
const earlier = fakeTransfer("b2", BOB, { state: "failed", failure: "corrupt", names: ["old.iso"] });

async function watched(end: Parameters<FakeKith["changeTransfer"]>[1]): Promise<Outcome> {
  const kith = new FakeKith({ transfers: [earlier, active] });
  const running = runCli(["transfers", "--watch"], { kith, home: "/nowhere" });
  await new Promise((resolve) => setImmediate(resolve));
  kith.changeTransfer(active.id, end);
  return running;
}

test("watching ends with the last transfer that ran, and says how each ended", async () => {
  const { exit, out } = await watched({ state: "done", bytesDone: active.bytesTotal });
  assert.equal(out, "a.iso: done\n", "what was over before is not told again");
  assert.equal(exit, 0);
});

test("a transfer that did not arrive is the exit code of watching", async () => {
  const { exit, out } = await watched({ state: "cancelled", cancelledBy: "peer" });
  assert.equal(out, "a.iso: cancelled by the other side\n");
  assert.equal(exit, 5);
});

test("with nothing on its way, watching ends at once", async () => {
  const { exit } = await runCli(["transfers", "--watch"], { kith: new FakeKith(), home: "/nowhere" });
  assert.equal(exit, 0);
});
