// Contacts that meet at a relay, with no other way to each other, or with one that comes and goes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity } from "@kith/core";
import type { Endpoint } from "./api.ts";
import { createEndpoint, type EndpointOptions } from "./create-endpoint.ts";
import { MemoryStore } from "./memory-store.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { Lab } from "./testing/lab.ts";
import { MemoryRelay } from "./testing/memory-relay.ts";
import { first, until } from "./testing/until.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };
const addressOf = (endpoint: Endpoint): string => endpoint.addresses.get()[0] ?? "";
const onPath = (endpoint: Endpoint, kind: string | undefined): Promise<true> =>
  until(endpoint.openSessions, ([session]) => (session?.path?.kind === kind ? true : undefined));

/** Two who met before, and whose network then fell apart; both know the relay. */
async function apart(
  relay: MemoryRelay,
  options: Partial<EndpointOptions> = {},
): Promise<{
  lab: Lab;
  ada: Endpoint;
  ben: Endpoint;
}> {
  const lab = new Lab();
  const relays = { relays: [relay.address], webSocket: relay.open };
  const [ada, ben] = await lab.pair({ ...quick, ...relays, ...options });
  await ada.connect(addressOf(ben));
  await onPath(ben, "memory");
  lab.network.cut("ada", "ben");
  lab.network.break("ada", "ben");
  return { lab, ada, ben };
}

test("contacts with no straight way to each other talk over a relay, and the path says so", async () => {
  const relay = new MemoryRelay();
  const { ada, ben } = await apart(relay);
  await Promise.all([onPath(ada, "relayed"), onPath(ben, "relayed")]);
  assert.match(ada.openSessions.get()[0]?.path?.remote ?? "", /^relay relay\.localhost [0-9a-f]{16}$/);
  await ada.chat.send(ben.id, "over the relay");
  assert.equal(await until(ben.chat.unread, ([message]) => message?.text), "over the relay");
  await Promise.all([ada.close(), ben.close()]);
  relay.stop();
});

test("a relay that is added is used at once and at the next start, and one that is removed no more", async () => {
  const relay = new MemoryRelay();
  const store = keptStore();
  const start = (): Promise<Endpoint> =>
    createEndpoint({ ...quick, name: "Ada", transports: [], store, webSocket: relay.open });
  const isReady = (endpoint: Endpoint): Promise<true> =>
    until(endpoint.relays, ([view]) => (view?.state === "ready" ? true : undefined));
  const before = await start();
  await assert.rejects(before.relays.add("no address"), { code: "ERR_ARGUMENT" });
  assert.equal(await before.relays.add(relay.address), "relay.localhost");
  await isReady(before);
  assert.equal(await before.relays.add(relay.address), "relay.localhost");
  assert.equal(before.relays.get().length, 1);
  await isReady(before);
  await before.close();

  const after = await start();
  await isReady(after);
  assert.equal(await after.relays.remove("relay.localhost"), true);
  assert.equal(await after.relays.remove("relay.localhost"), false);
  assert.deepEqual(after.relays.get(), []);
  await after.close();
  const last = await start();
  assert.deepEqual(last.relays.get(), []);
  await last.close();
  relay.stop();
});

test("one channel goes on over a relay that restarts, over a straight way that comes up, and over the relay again", async () => {
  const relay = new MemoryRelay();
  const { lab, ada, ben } = await apart(relay, { protocols: ["count/1"] });
  await Promise.all([onPath(ada, "relayed"), onPath(ben, "relayed")]);
  const session = await ada.connect(ben.id);
  const there = (await ben.connect(ada.id)).channels;
  const channel = await session.open("count/1", { class: "bulk" });
  const incoming = await first(there);
  const seen: number[] = [];
  const kinds = new Set<string | undefined>();
  const reading = (async () => {
    for await (const batch of incoming.batches) {
      for (const message of batch) seen.push(new DataView(message.buffer, message.byteOffset).getUint32(0));
      kinds.add(ben.openSessions.get()[0]?.path?.kind);
    }
  })();
  let sent = 0;
  let isOver = false;
  const writing = (async () => {
    while (!isOver) {
      const message = new Uint8Array(20_000);
      new DataView(message.buffer).setUint32(0, sent++);
      await channel.send(message);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await channel.finish();
  })();
  const more = async (count: number): Promise<void> => {
    for (const goal = seen.length + count; seen.length < goal; ) await new Promise((done) => setTimeout(done, 5));
  };
  await more(50);
  relay.stop();
  await onPath(ada, undefined);
  relay.start();
  await more(50);
  lab.network.heal("ada", "ben");
  await Promise.all([onPath(ada, "memory"), onPath(ben, "memory")]);
  await more(50);
  lab.network.cut("ada", "ben");
  lab.network.break("ada", "ben");
  await more(50);
  assert.equal(ben.openSessions.get()[0]?.path?.kind, "relayed");
  isOver = true;
  await writing;
  await incoming.finish();
  await reading;
  assert.deepEqual(
    seen,
    Array.from({ length: sent }, (_, index) => index),
  );
  assert.deepEqual([...kinds].filter((kind) => kind !== undefined).sort(), ["memory", "relayed"]);
  await Promise.all([ada.close(), ben.close()]);
  relay.stop();
});

test("an address that is none is refused; the same relay twice is one relay", async () => {
  const lab = new Lab();
  await assert.rejects(lab.endpoint("Ada", { ...quick, relays: ["ws://relay.example.org"] }), { code: "ERR_ARGUMENT" });
  const relay = new MemoryRelay();
  const relays = [relay.address, `${relay.address}/`];
  await using ada = await lab.endpoint("Ada", { ...quick, relays, webSocket: relay.open });
  await until(ada.relays, (all) => (all.length === 1 && all[0]?.state === "ready" ? true : undefined));
  relay.stop();
  assert.equal(await until(ada.relays, ([view]) => (view?.state === "waiting" ? view.problem : undefined)), "ended");
});

test("[REL-3] a relay whose key is another than it was is not used, and its keeper is told", async () => {
  const lab = new Lab();
  const [relay, other] = [new MemoryRelay(), new MemoryRelay()];
  const kept = { ...quick, identity: createIdentity(nodeProvider, random), store: keptStore() };
  const first = await lab.endpoint("Ada", { ...kept, relays: [relay.address], webSocket: relay.open });
  const key = await until(first.relays, ([view]) => (view?.state === "ready" ? view.key : undefined));
  await first.close();
  const notes: string[] = [];
  const options = { ...kept, relays: [relay.address], webSocket: other.open, note: (code: string) => notes.push(code) };
  await using again = await lab.endpoint("Ada", options);
  const view = await until(again.relays, ([one]) => (one?.state === "key-changed" ? one : undefined));
  assert.equal(view.key, key);
  assert.notEqual(view.problem, key);
  assert.deepEqual(notes, ["relay-key-changed"]);
  for (const each of [relay, other]) each.stop();
});

/** One that outlives its endpoint, as a disk does. */
const keptStore = (): MemoryStore => Object.assign(new MemoryStore(), { close: async () => {} });

test("[ITEM-12] whoever meets at a relay tells where it is now, and the straight way takes over", async () => {
  const relay = new MemoryRelay();
  const lab = new Lab();
  const relays = { ...quick, relays: [relay.address], webSocket: relay.open };
  const own = [0, 1].map(() => ({ identity: createIdentity(nodeProvider, random), store: keptStore() }));
  const at = (place: string): Promise<Endpoint[]> =>
    Promise.all(
      ["Ada", "Ben"].map((name, index) => {
        const transports = [lab.network.transport(`${place}.${name.toLowerCase()}`)];
        return createEndpoint({ name, transports, ...relays, ...own[index] });
      }),
    );
  const [ada, ben] = await at("home");
  assert.ok(ada !== undefined && ben !== undefined);
  await ada.trust.add(ben.id, { name: "Ben" });
  await ben.trust.add(ada.id, { name: "Ada" });
  await ada.connect(addressOf(ben));
  await onPath(ben, "memory");
  await Promise.all([ada.close(), ben.close()]);
  const away = await at("away");
  await Promise.all(away.map((endpoint) => onPath(endpoint, "memory")));
  assert.match(away[0]?.openSessions.get()[0]?.path?.remote ?? "", /^away\./);
  await Promise.all(away.map((endpoint) => endpoint.close()));
  relay.stop();
});

test("members of a room who are no contacts meet at a relay, and the room goes on", async () => {
  const relay = new MemoryRelay();
  const lab = new Lab();
  const relays = { ...quick, relays: [relay.address], webSocket: relay.open };
  const [ada, ben] = await Promise.all(["Ada", "Ben"].map((name) => lab.endpoint(name, relays)));
  assert.ok(ada !== undefined && ben !== undefined);
  const garden = await ada.rooms.create("Garden");
  const { links } = await garden.invite();
  const bens = await ben.rooms.join(links[0] ?? "");
  await until(garden.members, (all) => (all.length === 2 ? true : undefined));
  await garden.chat.send("before");
  await until(bens.chat.history, (lines) => lines[0]);
  lab.network.cut("ada", "ben");
  lab.network.break("ada", "ben");
  await onPath(ada, "relayed");
  await bens.chat.send("after");
  const said = await until(garden.chat.history, (lines) => (lines.length === 2 ? lines : undefined));
  assert.deepEqual(
    said.map(({ text }) => text),
    ["before", "after"],
  );
  await Promise.all([ada.close(), ben.close()]);
  relay.stop();
});
