import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeKith } from "./testing/fake-kith.ts";
import { type FakeRun, runCli } from "./testing/run-cli.ts";

const LOG = [
  '{"time":"2026-01-01T00:00:00.000Z","level":"info","event":"relay.started","address":"ws://[::]:8420"}\n',
  '{"time":"2026-01-01T00:00:01.000Z","level":"warn","event":"store.damaged","reason":"no","help":"kith relay restore FILE"}\n',
  '{"time":"2026-01-01T00:00:02.000Z","level":"warn","event":"news.of-tomorrow","reason":"a\\u001b[2Jb"}\n',
];
const ENV = { KITH_RELAY_DATA: "/srv/relay" };
const noted = async (argv: readonly string[], more: Partial<FakeRun> = {}): Promise<string> =>
  (await runCli(argv, { kith: new FakeKith(), home: "/home/ada/.kith", relayLog: LOG, env: ENV, ...more })).err;

test("at a terminal a relay tells its troubles in words, and nothing else", async () => {
  const words = await noted(["relay"], { isSeen: true });
  assert.match(words, /^! The relay's store is damaged: no\. Mend it by `kith relay restore FILE`$/m);
  assert.match(words, /^! news\.of-tomorrow: a.*b$/m, "one that has no words yet is told by its name");
  assert.ok(!words.includes("\u001b"), "what a system says is no command to the terminal");
  assert.doesNotMatch(words, /[{}]|started/);
  const beside = await noted(["up", "--serve-relay", "--for", "20ms"], { isSeen: true });
  assert.match(beside, /store is damaged/);
  assert.doesNotMatch(beside, /[{}]|started/);
});

test("a relay's log is JSON where nobody looks, and where it is asked for", async () => {
  for (const told of [
    await noted(["relay"]),
    await noted(["relay", "--log", "info"], { isSeen: true }),
    await noted(["relay"], { isSeen: true, env: { ...ENV, KITH_RELAY_LOG: "warn" } }), // the relay itself leaves out what is less
  ])
    for (const line of LOG) assert.ok(told.includes(line), told);
  const { out } = await runCli(["relay", "--json"], {
    ...{ kith: new FakeKith(), home: "/home/ada/.kith", relayLog: LOG, env: ENV, isSeen: true },
  });
  assert.match(out, /^\{"type":"log","time":"2026-01-01T00:00:00.000Z","level":"info","event":"relay.started"/m);
});
