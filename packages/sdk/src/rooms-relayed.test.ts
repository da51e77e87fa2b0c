// A link into a room where nothing but a relay is between who made it and who has it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity, decodeTicket, encodeTicket } from "@kith/core";
import type { Endpoint } from "./api.ts";
import { createEndpoint, type EndpointOptions } from "./create-endpoint.ts";
import { MemoryStore } from "./memory-store.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { Lab } from "./testing/lab.ts";
import { MemoryRelay } from "./testing/memory-relay.ts";
import { until } from "./testing/until.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
/** One that outlives its endpoint, as a disk does. */
const keptStore = (): MemoryStore => Object.assign(new MemoryStore(), { close: async () => {} });

/** As a page: it can be dialled at no address. */
const page = (name: string, relay: MemoryRelay, options: Partial<EndpointOptions> = {}): Promise<Endpoint> =>
  createEndpoint({
    provider: nodeProvider,
    endOfTurn: (run) => process.nextTick(run),
    ...{ name, transports: [], privacy: "hidden", webSocket: relay.open },
    ...options,
  });

/** Ada, at the relay, with a room. */
async function host(relay: MemoryRelay) {
  const ada = await page("Ada", relay, { relays: [relay.address] });
  const key = await until(ada.relays, ([view]) => (view?.state === "ready" ? view.key : undefined));
  const garden = await ada.rooms.create("Garden");
  return { ada, garden, key };
}

test("[MEE-14] a link leads a stranger into the room over the relay that it names, which is kept", async () => {
  const relay = new MemoryRelay();
  const { ada, garden, key } = await host(relay);
  const [link = ""] = (await garden.invite()).links;
  const kept = { store: keptStore(), identity: createIdentity(nodeProvider, random) };
  const ben = await page("Ben", relay, kept);
  const bens = await ben.rooms.join(link);
  await until(garden.members, (all) => (all.length === 2 ? true : undefined));
  await bens.chat.send("in");
  await until(garden.chat.history, ([line]) => (line?.text === "in" ? true : undefined));
  assert.deepEqual(
    ben.relays.get().map((view) => [view.host, view.state, view.key]),
    [["relay.localhost", "ready", key]],
  );
  await ben.close();
  const again = await page("Ben", relay, kept);
  await until(again.relays, ([view]) => (view?.state === "ready" && view.key === key ? true : undefined));
  await again.rooms.get(garden.id)?.chat.send("back");
  await until(garden.chat.history, (lines) => (lines.at(-1)?.text === "back" ? true : undefined));
  await Promise.all([ada.close(), again.close()]);
  relay.stop();
});

test("[MEE-14] so does a knock, once somebody says yes", async () => {
  const relay = new MemoryRelay();
  const { ada, garden } = await host(relay);
  const ben = await page("Ben", relay);
  const joining = ben.rooms.join(await garden.knockLink());
  const guest = await until(garden.requests, ([request]) => request?.peer);
  await garden.approve(guest);
  await (await joining).chat.send("in");
  await until(garden.chat.history, ([line]) => (line?.text === "in" ? true : undefined));
  await Promise.all([ada.close(), ben.close()]);
  relay.stop();
});

test("[JOI-22] a relay that a link names is not kept unless the link led into the room", async () => {
  const relay = new MemoryRelay();
  const { ada, garden } = await host(relay);
  const [link = ""] = (await garden.invite()).links;
  await garden.revokeInvitations();
  const store = keptStore();
  const ben = await page("Ben", relay, { store });
  await assert.rejects(ben.rooms.join(link, { signal: AbortSignal.timeout(500) }), { name: "TimeoutError" });
  assert.deepEqual(ben.relays.get(), []);
  assert.deepEqual(await store.list("relays/"), []);
  const ticket = decodeTicket(link);
  const relays = ticket.relays.map((each) => ({ ...each, host: "relay.example.org" })); // without TLS, in public
  const joining = assert.rejects(
    ben.rooms.join(encodeTicket({ ...ticket, relays }), { signal: AbortSignal.timeout(50) }),
  );
  assert.deepEqual(ben.relays.get(), []);
  await joining;
  await Promise.all([ada.close(), ben.close()]);
  relay.stop();
});

test("[REL-3] [JOI-22] a link says nothing about the key of a relay that was met before", async () => {
  const relay = new MemoryRelay();
  const { ada, garden, key } = await host(relay);
  const ticket = decodeTicket((await garden.invite()).links[0] ?? "");
  const ben = await page("Ben", relay, { store: keptStore() });
  await ben.relays.add(relay.address);
  await until(ben.relays, ([view]) => (view?.state === "ready" ? true : undefined));
  await ben.relays.remove("relay.localhost");
  const relays = ticket.relays.map((each) => ({ ...each, key: new Uint8Array(32).fill(9) }));
  await ben.rooms.join(encodeTicket({ ...ticket, relays }));
  assert.equal(ben.relays.get()[0]?.key, key);
  await Promise.all([ada.close(), ben.close()]);
  relay.stop();
});

test("[JOI-22] a relay that takes us not is not kept, though we came in another way", async () => {
  const relay = new MemoryRelay({ claimCode: "mine" });
  const lab = new Lab();
  const common = { provider: nodeProvider, webSocket: relay.open };
  const ada = await lab.endpoint("Ada", { ...common, relays: [relay.address] });
  await ada.relays.manage(relay.address, { type: "claim", code: "mine" });
  await ada.relays.manage(relay.address, { type: "policy", policy: "invited" });
  await until(ada.relays, ([view]) => (view?.state === "ready" ? true : undefined));
  const garden = await ada.rooms.create("Garden");
  const link = await garden.knockLink();
  const store = keptStore();
  const ben = await lab.endpoint("Ben", { ...common, store });
  const joining = ben.rooms.join(link);
  const guest = await until(garden.requests, ([request]) => request?.peer);
  await until(ben.relays, ([view]) => (view?.problem === "unwelcome" ? true : undefined));
  await garden.approve(guest);
  await joining;
  assert.deepEqual(ben.relays.get(), []);
  assert.deepEqual(await store.list("relays/"), []);
  await Promise.all([ada.close(), ben.close()]);
  relay.stop();
});
