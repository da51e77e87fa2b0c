import assert from "node:assert/strict";
import { test } from "node:test";
import { days, seconds } from "../lib/time.ts";
import { type RelayGuest, RelayRig } from "./relay-server-fixture.test.ts";

const BEN = new Uint8Array(32).fill(6);
const idOf = (number: number): Uint8Array => {
  const id = new Uint8Array(16);
  id[15] = number;
  return id;
};
const deposit = (from: RelayGuest, to: Uint8Array, id: number, bytes = 10, lifetime = 1_000): void =>
  from.say({ type: "deposit", request: id, to, id: idOf(id), lifetime, sealed: new Uint8Array(bytes).fill(id) });
const got = (guest: RelayGuest): number[] => guest.take("item").map(({ id }) => id[15] ?? 0);
const take = (guest: RelayGuest, from: RelayGuest, ...ids: number[]): void =>
  guest.say({ type: "taken", items: ids.map((id) => ({ from: from.key, id: idOf(id) })) });

test("[MEE-8] an item waits for its receiver, and again until it is taken", () => {
  const rig = new RelayRig();
  const [ada, first] = [rig.login(), rig.login(BEN)];
  rig.drop(first);
  for (const id of [1, 2, 3]) deposit(ada, first.key, id);
  assert.deepEqual(
    ada.take("done").map(({ request }) => request),
    [1, 2, 3],
  );
  const second = rig.login(BEN);
  const [item] = second.heard;
  assert.ok(item?.type === "item");
  assert.deepEqual([item.from, item.wall, item.sealed], [ada.key, rig.at.wall, new Uint8Array(10).fill(1)]);
  assert.deepEqual(got(second), [1, 2, 3]);
  take(second, ada, 1, 3);
  rig.drop(second);
  const third = rig.login(BEN);
  assert.deepEqual(got(third), [2]);
  take(third, ada, 2);
  rig.drop(third);
  assert.deepEqual(got(rig.login(BEN)), []);
});

test("who is there gets it at once, the same one once", () => {
  const rig = new RelayRig();
  const [ada, ben] = [rig.login(), rig.login(BEN)];
  deposit(ada, ben.key, 1);
  deposit(ada, ben.key, 1);
  assert.deepEqual(got(ben), [1]);
  assert.equal(ada.take("done").length, 2);
});

test("[MEE-9] at most 64 are on the way that were not taken", () => {
  const rig = new RelayRig();
  const [ada, eve, ben] = [rig.login(), rig.login(), rig.login(BEN)];
  for (let id = 0; id < 60; id++) deposit(ada, ben.key, id);
  for (let id = 60; id < 100; id++) deposit(eve, ben.key, id);
  assert.equal(got(ben).length, 64);
  take(ben, ada, 99, 0, 1);
  take(ben, eve, 5);
  assert.deepEqual(got(ben), [64, 65]);
  take(ben, ada, 0);
  assert.deepEqual(got(ben), []);
  assert.equal(rig.asked.filter(({ type }) => type === "taken").length, 1, "what was not sent is not asked about");
});

test("a slow receiver holds a batch, not all of its items", () => {
  const rig = new RelayRig();
  const first = rig.login(BEN);
  const senders = Array.from({ length: 4 }, () => rig.login());
  rig.drop(first);
  for (const [index, sender] of senders.entries())
    for (let id = 0; id < 15; id++) deposit(sender, first.key, 15 * index + id, 65_536);
  const ben = rig.connect();
  rig.held = [];
  ben.login(BEN);
  ben.isReading = false;
  const held = rig.held;
  rig.held = undefined;
  for (const asked of held) rig.answer(asked);
  rig.run();
  assert.equal(rig.asked.filter(({ type }) => type === "items").length, 6); // one for each login
  for (let i = 0; i < 100; i++) {
    ben.pull(1);
    rig.run();
  }
  assert.deepEqual(
    got(ben),
    Array.from({ length: 60 }, (_, id) => id),
  );
});

test("[REL-11] one key deposits 64 times a minute, also over another connection", () => {
  const rig = new RelayRig();
  const ada = rig.login(new Uint8Array(32).fill(8));
  for (let id = 0; id < 64; id++) {
    deposit(ada, BEN, id);
    if (id % 16 === 0) rig.pass(seconds(0));
  }
  rig.drop(ada);
  const again = rig.login(new Uint8Array(32).fill(8));
  deposit(again, BEN, 64);
  const [failed] = again.take("failed");
  assert.equal(failed?.reason, "crowded");
  rig.pass(seconds(Math.ceil((failed?.wait ?? 0) / 1_000)));
  deposit(again, new Uint8Array(32).fill(9), 65);
  assert.equal(again.take("done").length, 1);
});

test("[MEE-10] what is full says so, and no lifetime is longer than 14 days", () => {
  const rig = new RelayRig();
  const [ada, eve] = [rig.login(), rig.login()];
  for (let id = 0; id < 64; id++) deposit(ada, BEN, id);
  rig.pass(seconds(60));
  deposit(ada, BEN, 64);
  assert.equal(ada.take("failed")[0]?.reason, "full");
  deposit(eve, BEN, 1, 10, 0xffff_ffff);
  const asked = rig.asked.findLast(({ type }) => type === "deposit");
  assert.ok(asked?.type === "deposit");
  assert.equal(asked.until - asked.wall, days(14));
});

test("a deposit that could not be written is failed, and nobody gets it", () => {
  const rig = new RelayRig();
  const [ada, ben] = [rig.login(), rig.login(BEN)];
  rig.held = [];
  deposit(ada, ben.key, 1);
  for (const { ask } of rig.held.splice(0)) rig.server.handleAnswer(ask, { type: "storage" }, rig.at);
  rig.run();
  assert.equal(ada.take("failed")[0]?.reason, "storage");
  assert.deepEqual([rig.held.length, got(ben)], [0, []]);
});

test("who left before its deposit was kept still deposited it", () => {
  const rig = new RelayRig();
  const [ada, ben] = [rig.login(), rig.login(BEN)];
  rig.held = [];
  deposit(ada, ben.key, 1);
  const held = rig.held;
  rig.held = undefined;
  rig.drop(ada);
  for (const asked of held) rig.answer(asked);
  rig.run();
  assert.deepEqual(got(ben), [1]);
});
