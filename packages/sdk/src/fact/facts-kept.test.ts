/** What is kept of facts, what is refused by name, and codes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity, type PeerId } from "@kith/core";
import { MemoryStore } from "../memory-store.ts";
import { nodeProvider } from "../node/node-crypto.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { Lab } from "../testing/lab.ts";
import { until } from "../testing/until.ts";
import { FACTS, faults, issue, MEMBER, meet, pin, quick, ROLE, three } from "./facts-world.test.ts";

const HOUR_MS = 3_600_000;
const NOBODY = "ab".repeat(32) as PeerId;

test("Facts: terms, whom we vouch for, what we hold and whom we trust are there after a restart", async () => {
  const lab = new Lab();
  const clock = new FakeClock({ wall: Date.UTC(2027, 0, 15, 12) });
  const store = new MemoryStore();
  store.close = async () => {}; // as one on a disk
  const identity = createIdentity(nodeProvider, (length) => crypto.getRandomValues(new Uint8Array(length)));
  const before = await lab.endpoint("Ada", { ...quick, clock, store, identity });
  await using org = await lab.endpoint("Org", { ...quick, clock });
  for (const [one, other] of [
    [before, org],
    [org, before],
  ] as const)
    await one.trust.add(other.id, { name: other.name });
  await meet(before, org);
  await issue(org, before);
  await before.facts.pin(org.id);
  const own = await before.facts.becomeIssuer({ name: " Ada's club ", epochSeconds: 86_400 });
  await before.facts.vouch(org.id, [{ label: "memberOf", value: "Ada's club" }]);
  const all = [before.facts.held, before.facts.pinned, before.facts.vouched].map((each) => each.get());
  await before.close();

  await using after = await lab.endpoint("Ada", { ...quick, clock, store, identity });
  assert.equal(after.facts.own.get(), undefined, "nothing is loaded before it is needed");
  await after.facts.open();
  assert.deepEqual(after.facts.own.get(), own);
  assert.equal(own.name, "Ada's club");
  assert.deepEqual(
    [after.facts.held, after.facts.pinned, after.facts.vouched].map((each) => each.get()),
    all,
  );
  await after.facts.forget(org.id);
  await after.facts.unpin(org.id);
  assert.deepEqual([after.facts.held.get(), after.facts.pinned.get()], [[], []]);
  assert.equal((await store.list("credential/")).length, 2, "our statement, and our one member");
});

test("Facts: what the disk does not take is as if it had not been said", async () => {
  const store = new MemoryStore();
  await using world = await three({ Ada: store });
  const { org, ada } = world;
  await org.facts.becomeIssuer({ name: "Analytical Engines" });
  await org.facts.vouch(ada.id, FACTS);
  await ada.facts.open();
  await org.facts.offer(ada.id);
  const offer = await until(ada.facts.offers, ([each]) => each);
  store.isFull = true;
  await assert.rejects(ada.facts.accept(offer.id), { code: "ERR_STORAGE" });
  await assert.rejects(ada.facts.pin(org.id), { code: "ERR_STORAGE" });
  await assert.rejects(ada.facts.becomeIssuer({ name: "Ada" }), { code: "ERR_STORAGE" });
  assert.deepEqual([ada.facts.held.get(), ada.facts.pinned.get(), ada.facts.own.get()], [[], [], undefined]);
  assert.equal(ada.facts.offers.get()[0]?.end, "cancelled");
  store.isFull = false;
  await issue(org, ada);
  assert.equal(ada.facts.held.get().length, 1);
});

test("Facts: what is not here, past, or not to be is an error with a name", async () => {
  await using world = await three();
  const { org, ada } = world;
  const { facts } = ada;
  const [unknown, state] = [{ code: "ERR_FACT_UNKNOWN" }, { code: "ERR_FACT_STATE" }];
  for (const id of ["no", NOBODY] as const) {
    await assert.rejects(facts.accept(id), unknown);
    await assert.rejects(facts.decline(id), unknown);
    await assert.rejects(facts.show(id, { issuer: org.id, slots: [ROLE] }), unknown);
  }
  for (const act of [facts.renew(NOBODY), facts.forget(NOBODY), facts.pin(NOBODY), facts.unpin(NOBODY)])
    await assert.rejects(act, unknown);
  for (const act of [() => facts.reissue(), () => facts.vouch(org.id, FACTS), () => facts.offer(org.id)])
    await assert.rejects(act, state);
  await facts.becomeIssuer({ name: "Ada's club" });
  await assert.rejects(facts.becomeIssuer({ name: "Another" }), state);
  await assert.rejects(facts.offer(org.id), unknown);
  await assert.rejects(facts.revoke(org.id), unknown);
  const argument = { code: "ERR_ARGUMENT" };
  await assert.rejects(facts.reissue({ name: "\u202e" }), argument);
  await assert.rejects(facts.reissue({ epochSeconds: 60 }), argument);
  await assert.rejects(facts.vouch(ada.id, FACTS), argument);
  for (const given of [[], [{ label: "role", value: "" }], [{ label: "Role", value: "x" }], [...FACTS, ...FACTS]])
    await assert.rejects(facts.vouch(org.id, given), argument);
  const free = (count: number) => Array.from({ length: count }, (_, at) => ({ label: `f${at}`, value: "x" }));
  await assert.rejects(facts.vouch(org.id, free(10)), argument);
  assert.equal((await facts.vouch(org.id, free(9))).facts.at(-1)?.slot, 15);
  await assert.rejects(facts.ask(org.id, { wanted: free(15) }), argument);
  await assert.rejects(facts.code({ issuer: org.id, slots: [ROLE] }), { code: "ERR_FACT" });
  await issue(org, ada);
  await assert.rejects(facts.code({ issuer: org.id, slots: [] }), { code: "ERR_FACT" });
  await assert.rejects(facts.code({ issuer: org.id, slots: [4] }), { code: "ERR_FACT" });
  await assert.rejects(facts.code({ issuer: org.id, slots: [ROLE] }, { lifetime: 1 }), argument);
});

test("Facts: a code says the same to anybody, once, until it ends; who is a member, without saying who", async () => {
  await using world = await three();
  const { org, ada, victor, clock } = world;
  await issue(org, ada);
  const code = await ada.facts.code({ issuer: org.id, slots: [MEMBER] }, { lifetime: HOUR_MS });
  assert.ok(code.qr !== undefined && code.qr.version <= 25 && code.bytes <= 850, `${code.bytes} bytes`); // the more is hidden, the longer
  const early = await victor.facts.read(code.text);
  assert.ok(early.type === "show" && early.check.shown === undefined);
  assert.deepEqual(faults(early.check), ["issuerNotPinned"]);

  await pin(victor, org);
  const read = await victor.facts.read(code.text, { wanted: [{ label: "memberOf", value: "Chess Club" }] });
  assert.ok(read.type === "show");
  assert.deepEqual(read.check.shown?.facts, [{ slot: MEMBER, label: "memberOf", value: "Chess Club" }]);
  assert.deepEqual(
    [read.check.shown?.isLive, read.check.shown?.holder, read.check.peer],
    [false, undefined, undefined],
  );
  const again = await victor.facts.read(code.text);
  assert.ok(again.type === "show");
  assert.deepEqual(faults(again.check), ["replayed"]);

  const other = await ada.facts.code({ issuer: org.id, slots: [MEMBER] }, { lifetime: HOUR_MS });
  clock.setWall(other.endsAt + 11 * 60_000);
  const late = await victor.facts.read(other.text);
  assert.ok(late.type === "show");
  assert.deepEqual(faults(late.check), ["showEnded"]);
  assert.deepEqual(await victor.facts.read(`${other.text.slice(0, -2)}%%`), { type: "broken", code: "ERR_TEXT" });
  assert.deepEqual(await victor.facts.read("KITHI1:00"), { type: "broken", code: "ERR_TRUNCATED" });
  assert.deepEqual(await victor.facts.read("https://example.org"), { type: "unknown" });
});

test("Facts: a code with five facts of ordinary length has at most 770 bytes", async () => {
  await using world = await three();
  const { org, ada } = world;
  const labels = ["name", "role", "employeeOf", "attended", "memberOf"];
  const values = ["Ada Lovelace", "Engineer", "Analytical Engines", "PeerConf 2027", "Chess Club"];
  const given = labels.map((label, at) => ({ label, value: values[at] ?? "" }));
  await issue(org, ada, [...given, { label: "floor", value: "3" }]);
  const code = await ada.facts.code({ issuer: org.id, slots: [2, 3, 4, 5, 6] });
  assert.ok(code.bytes <= 770, `${code.bytes} bytes`);
  assert.ok(code.qr !== undefined && code.qr.version <= 25);
});
