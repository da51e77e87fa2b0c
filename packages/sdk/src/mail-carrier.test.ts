// Texts that wait at a relay: whoever wrote them may be gone by the time that they are read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity } from "@kith/core";
import type { Chat, Endpoint } from "./api.ts";
import type { EndpointOptions } from "./create-endpoint.ts";
import { MemoryStore } from "./memory-store.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { Lab } from "./testing/lab.ts";
import { MemoryRelay } from "./testing/memory-relay.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

/** Time passes in steps, and everything that is under way in a step is done in it. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 250) {
    clock.advance(250);
    for (let turn = 0; turn < 6; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** A disk: it is there for the next process. */
class LastingStore extends MemoryStore {
  override async close(): Promise<void> {}
}

interface Person {
  start(): Promise<Endpoint>;
}

/** One who keeps identity and store from one process to the next. */
function person(lab: Lab, name: string, options: Partial<EndpointOptions>): Person {
  const [identity, store] = [createIdentity(nodeProvider, random), new LastingStore()];
  return {
    start: () =>
      lab.endpoint(name, {
        provider: nodeProvider,
        endOfTurn: (run) => process.nextTick(run),
        identity,
        store,
        ...options,
      }),
  };
}

async function village(
  relay: MemoryRelay,
  clock: FakeClock,
  own: { readonly ada?: Partial<EndpointOptions>; readonly ben?: Partial<EndpointOptions> } = {},
) {
  const lab = new Lab();
  const relays = { relays: [relay.address], webSocket: relay.open, clock };
  const [adaHome, benHome] = [
    person(lab, "Ada", { ...relays, ...own.ada }),
    person(lab, "Ben", { ...relays, ...own.ben }),
  ];
  const [ada, ben] = [await adaHome.start(), await benHome.start()];
  await ada.trust.add(ben.id, { name: "Ben" });
  await ben.trust.add(ada.id, { name: "Ada" });
  const connecting = ada.connect(ben.addresses.get()[0] ?? "");
  await pass(clock, 5_000);
  await connecting;
  return { ada, ben, adaHome, benHome };
}

const statesOf = async (chat: Chat, peer: Endpoint["id"]): Promise<string[]> =>
  (await chat.history(peer)).map(({ state }) => state);
const unread = (endpoint: Endpoint): string[] => endpoint.chat.unread.get().map(({ text }) => text);

test("what is written to somebody away waits at the relay, though its writer goes too; and so does the receipt", async () => {
  const clock = new FakeClock();
  const relay = new MemoryRelay({ clock });
  let { ada, ben, adaHome, benHome } = await village(relay, clock);
  await ben.close();
  await pass(clock, 1_000);
  const first = ada.chat.send(ben.id, "one");
  await pass(clock, 1_000);
  await first;
  await pass(clock, 15_000);
  assert.deepEqual(await statesOf(ada.chat, ben.id), ["kept"]);
  await ada.close();
  await pass(clock, 86_400_000 / 24);

  ben = await benHome.start();
  await pass(clock, 2_000);
  assert.deepEqual(unread(ben), ["one"]);
  await pass(clock, 15_000); // nobody there: the receipt is left
  await ben.close();
  await pass(clock, 1_000);

  ada = await adaHome.start();
  await pass(clock, 2_000);
  assert.deepEqual(await statesOf(ada.chat, ben.id), ["stored"]);
  await pass(clock, 15_000);

  ben = await benHome.start();
  await pass(clock, 5_000);
  assert.deepEqual(unread(ben), ["one"], "once, and still unread");
  await Promise.all([ada.close(), ben.close()]);
  relay.stop();
});

test("a relay that only the other one uses is visited to leave something there, and left again", async () => {
  const clock = new FakeClock();
  const relay = new MemoryRelay({ clock });
  const opened: string[] = [];
  const visiting = (url: string) => {
    opened.push(url);
    return relay.open(url);
  };
  const { ada, ben, benHome } = await village(relay, clock, {
    ada: { relays: [], webSocket: visiting },
    ben: { relays: ["wss://relay.example:8443"] },
  });
  await ben.close();
  await pass(clock, 1_000);
  const sending = ada.chat.send(ben.id, "left at yours");
  await pass(clock, 20_000);
  await sending;
  assert.deepEqual(await statesOf(ada.chat, ben.id), ["kept"]);
  assert.deepEqual(opened, ["wss://relay.example:8443/kith/1"]);
  const before = relay.counters.logins;
  await pass(clock, 60_000);
  assert.equal(relay.counters.logins, before, "no second visit");
  const again = await benHome.start();
  await pass(clock, 3_000);
  assert.deepEqual(unread(again), ["left at yours"]);
  await Promise.all([ada.close(), again.close()]);
  relay.stop();
});

test("a contact's word leads nobody to a relay in a private network, nor anywhere who does not want to", async () => {
  const clock = new FakeClock();
  const relay = new MemoryRelay({ clock });
  const opened: string[] = [];
  const visiting = (url: string) => {
    opened.push(url);
    return relay.open(url);
  };
  for (const own of [
    { ada: { relays: [], webSocket: visiting } },
    {
      ada: { relays: [], webSocket: visiting, visitRelays: false },
      ben: { relays: ["wss://relay.example"] },
    },
  ]) {
    const { ada, ben } = await village(relay, clock, own);
    await ben.close();
    await pass(clock, 1_000);
    const sending = ada.chat.send(ben.id, "stays here");
    await pass(clock, 90_000);
    await sending;
    assert.deepEqual(await statesOf(ada.chat, ben.id), ["queued"]);
    assert.deepEqual(opened, []);
    await ada.close();
  }
  relay.stop();
});

test("a relay that is away when something is to be left gets it when it is back", async () => {
  const clock = new FakeClock();
  const relay = new MemoryRelay({ clock });
  const { ada, ben, benHome } = await village(relay, clock);
  await ben.close();
  relay.stop();
  await pass(clock, 1_000);
  const sending = ada.chat.send(ben.id, "later");
  await pass(clock, 60_000);
  await sending;
  assert.deepEqual(await statesOf(ada.chat, ben.id), ["queued"]);
  relay.start();
  await pass(clock, 300_000);
  assert.deepEqual(await statesOf(ada.chat, ben.id), ["kept"]);
  const again = await benHome.start();
  await pass(clock, 3_000);
  assert.deepEqual(unread(again), ["later"]);
  await Promise.all([ada.close(), again.close()]);
  relay.stop();
});

test("what one relay lost is at the other one too, and is taken from both", async () => {
  const clock = new FakeClock();
  const hosts = ["one.localhost", "two.localhost"];
  const relays = hosts.map((host) => new MemoryRelay({ clock, host }));
  const [first, second] = relays;
  assert.ok(first !== undefined && second !== undefined);
  const webSocket = (url: string) => (relays[hosts.indexOf(new URL(url).host)] ?? first).open(url);
  const both = { relays: relays.map(({ address }) => address), webSocket };
  const { ada, ben, adaHome, benHome } = await village(first, clock, { ada: both, ben: both });
  await ben.close();
  await pass(clock, 1_000);
  const sending = ada.chat.send(ben.id, "safe");
  await pass(clock, 15_000);
  await sending;
  assert.deepEqual(
    relays.map(({ counters }) => counters.deposits),
    [1, 1],
  );
  await ada.close();

  first.stop();
  const again = await benHome.start();
  await pass(clock, 5_000);
  assert.deepEqual(unread(again), ["safe"]);
  first.start();
  await pass(clock, 60_000);
  assert.deepEqual(unread(again), ["safe"], "once");
  const back = await adaHome.start(); // and her receipts go too
  await pass(clock, 30_000);
  assert.deepEqual(
    relays.map(({ itemsBytes }) => itemsBytes),
    [0, 0],
  );
  await Promise.all([again.close(), back.close()]);
  for (const relay of relays) relay.stop();
});

test("a relay of our own machine is reached by a way of its own, and told to others by its address", async () => {
  const clock = new FakeClock();
  const relay = new MemoryRelay({ clock });
  const opened: string[] = [];
  const webSocket = (url: string) => {
    opened.push(url);
    return relay.open(url);
  };
  const { ada, ben } = await village(relay, clock, { ada: { relays: [] }, ben: { relays: [], webSocket } });
  assert.equal(await ben.relays.add("wss://relay.example", { via: "ws://127.0.0.1:8420" }), "relay.example");
  await pass(clock, 10_000);
  assert.deepEqual(opened, ["ws://127.0.0.1:8420/kith/1"]);
  assert.deepEqual(
    ben.relays.get().map(({ host, state }) => [host, state]),
    [["relay.example", "ready"]],
  );
  await ben.close();
  await pass(clock, 1_000);
  const sending = ada.chat.send(ben.id, "at yours");
  await pass(clock, 20_000);
  await sending;
  assert.deepEqual(await statesOf(ada.chat, ben.id), ["kept"], "which leads her there");
  await ada.close();
  relay.stop();
});
