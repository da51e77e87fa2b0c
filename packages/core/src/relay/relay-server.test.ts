import assert from "node:assert/strict";
import { test } from "node:test";
import { seconds } from "../lib/time.ts";
import { RelayRig } from "./relay-server-fixture.test.ts";

const TAG = new Uint8Array(16).fill(7);

test("two clients log in, meet by a tag and forward to each other", () => {
  const rig = new RelayRig();
  const [ada, ben] = [rig.login(), rig.login()];
  ada.say({ type: "watch", tags: [TAG] });
  assert.deepEqual(ada.heard, []);
  ben.say({ type: "watch", tags: [TAG] });
  assert.deepEqual(ada.take("arrived"), [{ type: "arrived", tag: TAG, key: ben.key }]);
  assert.deepEqual(ben.take("arrived"), [{ type: "arrived", tag: TAG, key: ada.key }]);
  ada.forward(ben, 1, 2, 3);
  ben.forward(ada, 4);
  assert.deepEqual(ben.heard, [{ type: "forwarded", from: ada.key, payload: Uint8Array.of(1, 2, 3) }]);
  assert.deepEqual(ada.heard, [{ type: "forwarded", from: ben.key, payload: Uint8Array.of(4) }]);
});

test("a tag's watcher has left a minute after it has gone, and not if it comes back", () => {
  const rig = new RelayRig();
  const seed = new Uint8Array(32).fill(3);
  const [ada, ben] = [rig.login(), rig.login(seed)];
  for (const guest of [ada, ben]) guest.say({ type: "watch", tags: [TAG] });
  ada.take("arrived");
  rig.drop(ben);
  rig.pass(seconds(40));
  const again = rig.login(seed);
  again.say({ type: "watch", tags: [TAG] });
  assert.equal(ada.take("arrived").length, 1);
  rig.pass(seconds(59));
  rig.drop(again);
  rig.pass(seconds(59));
  assert.deepEqual(ada.heard, []);
  rig.pass(seconds(2));
  assert.deepEqual(ada.heard, [{ type: "left", tag: TAG, key: ben.key }]);
  assert.deepEqual(rig.server.gauges.watches, 1);
});

test("a mailbox brings two together, once", () => {
  const rig = new RelayRig();
  const [ada, ben, eve] = [rig.login(), rig.login(), rig.login()];
  ada.say({ type: "open", request: 5, lifetime: 600 });
  const [opened] = ada.take("opened");
  assert.ok(opened !== undefined);
  assert.deepEqual([opened.request, opened.lifetime], [5, 600]);
  ben.say({ type: "enter", request: 1, mailbox: opened.mailbox });
  assert.deepEqual(ben.take("done").length, 1);
  assert.deepEqual(ben.heard, [{ type: "met", mailbox: opened.mailbox, key: ada.key }]);
  assert.deepEqual(ada.heard, [{ type: "met", mailbox: opened.mailbox, key: ben.key }]);
  eve.say({ type: "enter", request: 2, mailbox: opened.mailbox });
  assert.deepEqual(eve.heard, [{ type: "failed", request: 2, reason: "unknown", wait: 0 }]);
});

test("a relay that drains says so, takes nobody, and is done when all have left", () => {
  const rig = new RelayRig();
  const ada = rig.login();
  rig.server.drain(seconds(20), "wss://other.example", rig.at);
  rig.run();
  assert.deepEqual(ada.heard, [{ type: "draining", left: 20_000, other: "wss://other.example" }]);
  const late = rig.connect();
  assert.deepEqual(late.take("refused")[0]?.reason, "draining");
  assert.equal(late.closing, 1001);
  ada.say({ type: "open", request: 1, lifetime: 60 });
  assert.equal(ada.take("failed")[0]?.reason, "draining");
  rig.drop(ada);
  assert.ok(rig.isDrained);
});

test("when the time of a drain is up all are closed", () => {
  const rig = new RelayRig();
  const ada = rig.login();
  rig.server.drain(seconds(20), "", rig.at);
  rig.run();
  rig.pass(seconds(20));
  assert.equal(ada.closing, 1001);
  assert.ok(rig.isDrained);
});
