/** Grants that travel, and the clock, as a program sees them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity } from "@kith/core";
import type { Endpoint } from "./api.ts";
import { MemoryStore } from "./memory-store.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { Lab } from "./testing/lab.ts";
import { until } from "./testing/until.ts";

const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const game = { operation: "game/1", limits: {} };
const addressOf = (endpoint: Endpoint): string => endpoint.addresses.get()[0] ?? "";
const HOUR = 3_600_000;

async function friends(...all: readonly Endpoint[]): Promise<void> {
  for (const one of all)
    for (const other of all) if (one !== other) await one.trust.add(other.id, { name: other.name, role: "guest" });
}

const isGone = (endpoint: Endpoint): Promise<true> =>
  until(endpoint.trust.received, (grants) => (grants.length === 0 ? true : undefined));

const isHeld = (endpoint: Endpoint, subject: Endpoint): Promise<unknown> =>
  until(endpoint.trust.contacts, (contacts) => contacts.find(({ peer }) => peer === subject.id)?.grants[0]);

test("trust.grant: the contact sees what it may, passes it on, and uses it where it counts", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", { ...quick, protocols: ["game/1"] });
  await using ben = await lab.endpoint("Ben", { ...quick, store: new MemoryStore() });
  await using cyd = await lab.endpoint("Cyd", quick);
  await friends(ada, ben, cyd);
  const grant = await ada.trust.grant(ben.id, { ...game, limits: { count: 9, perMinute: 5 }, delegations: 1 });
  await ben.connect(addressOf(ada));
  const received = await until(ben.trust.received, ([first]) => first);
  assert.deepEqual([received.id, received.issuer, received.root, received.delegations], [grant.id, ada.id, ada.id, 1]);
  assert.deepEqual(received.limits, { count: 9, perMinute: 5 });

  const passed = await ben.trust.passOn(cyd.id, grant.id, { limits: { count: 1 } });
  assert.deepEqual(ben.trust.passedOn.get(), [passed]);
  assert.deepEqual([passed.subject, passed.root, passed.from], [cyd.id, ada.id, grant.id]);
  assert.deepEqual(passed.limits, { count: 1, perMinute: 5 });
  const session = await cyd.connect(addressOf(ada));
  await assert.rejects(session.open("game/1"), { code: "ERR_NOT_AUTHORIZED" });
  await cyd.connect(addressOf(ben));
  const got = await until(cyd.trust.received, ([first]) => first);
  assert.deepEqual([got.issuer, got.root, got.delegations], [ben.id, ada.id, undefined]);
  await isHeld(ada, cyd);
  await using channel = await session.open("game/1");
  assert.equal(channel.protocol, "game/1");
  await assert.rejects(session.open("game/1"), { code: "ERR_NOT_AUTHORIZED" }, "once was all");

  await ben.trust.revokeGrant(cyd.id, passed.id);
  assert.equal((await channel.closed).reason, "reset");
  await isGone(cyd);
  assert.deepEqual(ben.trust.passedOn.get(), []);
  await ada.trust.revokeGrant(ben.id, grant.id);
  await isGone(ben);
  const events = (await ben.audit.entries()).map(({ event }) => event);
  assert.ok(events.includes("grantReceived") && events.includes("grantWithdrawn"), events.join(" "));
});

test("trust.passOn and showGrant: unknown grants, wider terms, the issuer itself, strangers", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", quick);
  await using cyd = await lab.endpoint("Cyd", quick);
  await friends(ada, ben, cyd);
  await ada.trust.grant(ben.id, game);
  await ada.trust.grant(ben.id, { operation: "file.send", limits: { count: 2 }, delegations: 1 });
  await ben.connect(addressOf(ada));
  const [plain, shared] = await until(ben.trust.received, (all) => (all.length === 2 ? all : undefined));
  assert.ok(plain !== undefined && shared !== undefined);
  const argument = { code: "ERR_ARGUMENT" };
  await assert.rejects(ben.trust.passOn(cyd.id, plain.id), argument, "no delegations");
  await assert.rejects(ben.trust.passOn(cyd.id, shared.id, { limits: { count: 3 } }), argument);
  await assert.rejects(ben.trust.passOn(cyd.id, shared.id, { delegations: 1 }), argument);
  await assert.rejects(ben.trust.passOn(cyd.id, shared.id, { operation: "chat" }), argument);
  await assert.rejects(ben.trust.passOn(ada.id, shared.id), argument);
  await assert.rejects(ben.trust.passOn(cyd.id, "00"), { code: "ERR_GRANT_UNKNOWN" });
  await assert.rejects(ben.trust.showGrant(cyd.id, "00"), { code: "ERR_GRANT_UNKNOWN" });
  await cyd.trust.revoke(ben.id);
  await ben.trust.revoke(cyd.id);
  await assert.rejects(ben.trust.showGrant(cyd.id, plain.id), { code: "ERR_PEER_UNKNOWN" });
  await assert.rejects(ada.trust.grant(ben.id, { ...game, delegations: 3 }), argument);
  await assert.rejects(ada.trust.grant(ben.id, { operation: "No Name", limits: {} }), argument);
});

test("trust.received: kept over a restart, and gone when it is taken back meanwhile", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  const [identity, store] = [createIdentity(nodeProvider, random), new MemoryStore()];
  store.close = async () => {}; // what is on a disk outlives the endpoint
  const begin = (): Promise<Endpoint> => lab.endpoint("Ben", { ...quick, identity, store });
  const ben = await begin();
  await friends(ada, ben);
  const grant = await ada.trust.grant(ben.id, game);
  await ben.connect(addressOf(ada));
  const received = await until(ben.trust.received, ([first]) => first);
  await ben.close();
  await using again = await begin();
  assert.deepEqual(again.trust.received.get(), [received]);
  await ada.trust.revokeGrant(again.id, grant.id);
  await again.connect(addressOf(ada));
  await isGone(again);
});

test("trust.showGrant: what an admin of a third grants is honoured there once it is shown", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", quick);
  await using server = await lab.endpoint("Server", { ...quick, protocols: ["game/1"] });
  await friends(ada, ben, server);
  await server.trust.setRole(ada.id, "admin");
  const grant = await ada.trust.grant(ben.id, game);
  await ben.connect(addressOf(ada));
  await until(ben.trust.received, ([first]) => first);
  const session = await ben.connect(addressOf(server));
  await assert.rejects(session.open("game/1"), { code: "ERR_NOT_AUTHORIZED" });
  await ben.trust.showGrant(server.id, grant.id);
  await isHeld(server, ben);
  await using channel = await session.open("game/1");
  assert.equal(channel.peer, server.id);
});

test("trust.acceptClock: a clock set back fails grants until a person accepts it", async () => {
  const lab = new Lab();
  const clock = new FakeClock();
  await using ada = await lab.endpoint("Ada", { ...quick, clock });
  await using ben = await lab.endpoint("Ben", { ...quick, clock, store: new MemoryStore(), protocols: ["game/1"] });
  await friends(ada, ben);
  await ben.trust.grant(ada.id, { ...game, notBefore: clock.wall() - 2 * HOUR });
  const session = await ada.connect(addressOf(ben));
  await (await session.open("game/1")).finish();
  assert.equal(await ben.trust.checkClock(), "ok");
  clock.setWall(clock.wall() - HOUR);
  assert.equal(await ben.trust.checkClock(), "behind");
  await assert.rejects(session.open("game/1"), { code: "ERR_NOT_AUTHORIZED" });
  await ben.trust.acceptClock();
  assert.equal(await ben.trust.checkClock(), "ok");
  assert.equal((await session.open("game/1")).peer, ben.id);
  const events = (await ben.audit.entries()).map(({ event }) => event);
  assert.ok(events.includes("clockBehind") && events.includes("clockAccepted"), events.join(" "));
});
