// A relay that goes away says where it can be met meanwhile; who was there goes there, and comes back when it does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity, millis } from "@kith/core";
import type { Endpoint } from "./api.ts";
import { MemoryStore } from "./memory-store.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { parseRelayAddress, type RelayAddress } from "./relay-address.ts";
import type { OpenWebSocket } from "./relay-connection.ts";
import { RelayStandIns } from "./relay-stand-ins.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { Lab } from "./testing/lab.ts";
import { MemoryRelay } from "./testing/memory-relay.ts";
import { MemoryNetwork } from "./testing/memory-transport.ts";
import { until } from "./testing/until.ts";

const STEP_MS = 50;
const LINGER_MS = 90_000;

/** Three relays, and two contacts who know the first and have no straight way to each other. */
class World implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly relays = ["first", "second", "third"].map(
    (name) => new MemoryRelay({ clock: this.clock, host: `${name}.localhost` }),
  );
  readonly store = Object.assign(new MemoryStore(), { close: async () => {} });
  readonly #lab = Object.assign(new Lab(), { network: new MemoryNetwork({ clock: this.clock }) });
  readonly #endpoints: Endpoint[] = [];
  /** Hosts that were asked for a connection, in order. */
  readonly opened: string[] = [];

  readonly open: OpenWebSocket = (url) => {
    this.opened.push(new URL(url).hostname);
    const relay = this.relays.find(({ address }) => url.startsWith(`${address}/`));
    if (relay === undefined) throw new Error(`no relay at ${url}`);
    return relay.open(url);
  };

  relay(index: number): MemoryRelay {
    const relay = this.relays[index];
    assert.ok(relay !== undefined);
    return relay;
  }

  async pair(): Promise<readonly [Endpoint, Endpoint]> {
    const options = {
      ...{ provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run), clock: this.clock },
      ...{ relays: [this.relay(0).address], webSocket: this.open },
    };
    const identity = createIdentity(nodeProvider, (length) => crypto.getRandomValues(new Uint8Array(length)));
    const [ada, ben] = await this.during(
      Promise.all([
        this.#lab.endpoint("Ada", { ...options, identity, store: this.store }),
        this.#lab.endpoint("Ben", options),
      ]),
    );
    this.#endpoints.push(ada, ben);
    await ada.trust.add(ben.id, { name: "Ben" });
    await ben.trust.add(ada.id, { name: "Ada" });
    await this.during(ada.connect(ben.addresses.get()[0] ?? "")); // so that they have a secret to meet by
    this.#lab.network.cut("ada", "ben");
    this.#lab.network.break("ada", "ben");
    await this.bothOver("first");
    return [ada, ben];
  }

  /** Until they have a path over that relay, and no other. */
  bothOver(name: string): Promise<unknown> {
    const isThere = (endpoint: Endpoint): Promise<true> =>
      until(endpoint.openSessions, ([session]) =>
        session?.path?.remote.startsWith(`relay ${name}.localhost `) ? true : undefined,
      );
    return this.during(Promise.all(this.#endpoints.map(isThere)));
  }

  async during<T>(what: Promise<T>): Promise<T> {
    let isOver = false;
    const result = what.finally(() => {
      isOver = true;
    });
    for (let passed = 0; !isOver; passed += STEP_MS) {
      assert.ok(passed < 200_000, "waited in vain");
      await this.pass(STEP_MS);
    }
    return await result;
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  async passAll(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) await this.pass(500);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#endpoints.map((endpoint) => this.during(endpoint.close())));
    for (const relay of this.relays) relay.stop();
  }
}

const viewOf = (endpoint: Endpoint): unknown =>
  endpoint.relays.get().map(({ host, state, standsInFor }) => [host, state, standsInFor]);

test("[REL-18] contacts at a relay that goes away meet where it said, and come back when it does", async () => {
  await using world = new World();
  const [ada, ben] = await world.pair();
  world.relay(0).drain(world.relay(1).address, millis(2_000));
  await world.passAll(3_000);
  world.relay(0).stop();
  await world.bothOver("second");
  assert.deepEqual(viewOf(ada), [
    ["first.localhost", "waiting", undefined],
    ["second.localhost", "ready", "first.localhost"],
  ]);
  await ada.chat.send(ben.id, "over there");
  await world.during(until(ben.chat.unread, ([message]) => message?.text));

  world.relay(0).start();
  await world.passAll(61_000); // the longest pause between two tries
  assert.deepEqual(viewOf(ada), [
    ["first.localhost", "ready", undefined],
    ["second.localhost", "ready", "first.localhost"],
  ]);
  await world.passAll(LINGER_MS);
  for (const endpoint of [ada, ben]) assert.deepEqual(viewOf(endpoint), [["first.localhost", "ready", undefined]]);
  await world.bothOver("first");
  await ben.chat.send(ada.id, "and back");
  await world.during(until(ada.chat.unread, ([message]) => message?.text));
  const kept = [...(await world.store.list(""))].map(({ key }) => key).filter((key) => key.startsWith("relay"));
  assert.deepEqual(kept, ["relay/first.localhost"]);
});

test("[REL-18] codes are made where the relay said that we can be met, until it is back", async () => {
  await using world = new World();
  const [ada, ben] = await world.pair();
  const codeOf = async (): Promise<string> => {
    const id = await world.during(ada.joinCodes.create({ for: "contact" }));
    const step = await world.during(
      until(ada.joinCodes.all, (all) => {
        const found = all.find((view) => view.id === id)?.step;
        return found?.at === "show" || found?.at === "failed" ? found : undefined;
      }),
    );
    return step.at === "show" ? step.code : step.at;
  };
  assert.match(await codeOf(), /@first\.localhost$/);
  world.relay(0).drain(world.relay(1).address, millis(20_000));
  await world.passAll(3_000);
  assert.match(await codeOf(), /@second\.localhost$/, "it takes no codes any more, although it is there");
  await world.passAll(20_000);
  world.relay(0).stop();
  const code = await codeOf();
  assert.match(code, /@second\.localhost$/);
  await world.during(ben.joinCodes.join(code));
  await world.during(until(ada.joinCodes.all, (all) => all.find(({ step }) => step.at === "consent")));
  world.relay(0).start();
  await world.passAll(61_000);
  assert.match(await codeOf(), /@first\.localhost$/);
  const kept = [...(await world.store.list(""))].map(({ key }) => key).filter((key) => key.startsWith("relay"));
  assert.deepEqual(kept, ["relay/first.localhost"]);
});

test("[REL-18] where somebody was sent, nobody sends them further; and a relay that is used anyway stands in for nobody", async () => {
  await using world = new World();
  const [ada] = await world.pair();
  world.relay(0).drain(world.relay(1).address, millis(0));
  await world.passAll(2_000);
  world.relay(0).stop();
  await world.bothOver("second");
  world.relay(1).drain(world.relay(2).address, millis(0));
  await world.passAll(5_000);
  assert.ok(!world.opened.includes("third.localhost"));

  await world.during(ada.relays.add(world.relay(1).address));
  assert.deepEqual(
    ada.relays.get().map(({ host, standsInFor }) => [host, standsInFor]),
    [
      ["first.localhost", undefined],
      ["second.localhost", undefined],
    ],
  );
  await world.during(ada.relays.remove(world.relay(1).address));
  await world.during(ada.relays.remove(world.relay(0).address));
  assert.deepEqual(ada.relays.get(), []);
});

/** Relays by their hosts, as the numbers under which they are used; and those that were ended. */
function standIns(): { clock: FakeClock; places: RelayStandIns; begun: string[]; ended: number[] } {
  const [clock, begun, ended] = [new FakeClock(), [] as string[], [] as number[]];
  const begin = ({ url }: RelayAddress): number => (begun.includes(url) ? begun.indexOf(url) : begun.push(url) - 1);
  return { clock, begun, ended, places: new RelayStandIns({ clock, begin, end: (number) => ended.push(number) }) };
}
function home(number: number, text: string): { number: number; address: RelayAddress } {
  const address = parseRelayAddress(text);
  assert.ok(address !== undefined);
  return { number, address };
}

test("[REL-18] a relay's word is checked as a person's, and leads into no private network but its own", () => {
  const [far, near] = ["wss://relay.example", "ws://192.168.1.2:8420"];
  for (const [from, other, url] of [
    [far, "wss://other.example:8443", "wss://other.example:8443/kith/1"],
    [far, `wss://other.example#${"ab".repeat(32)}`, "wss://other.example/kith/1"],
    [near, "ws://192.168.1.3", "ws://192.168.1.3/kith/1"],
    [near, "wss://other.example", "wss://other.example/kith/1"],
    [far, "", undefined],
    [far, "ws://other.example", undefined],
    [far, "https://other.example", undefined],
    [far, "wss://other.example/path", undefined],
    [far, "wss://user@other.example", undefined],
    [far, "ws://192.168.1.3", undefined],
    [far, "wss://localhost:22", undefined],
    [far, "wss://[fd00::1]", undefined],
    [far, "wss://RELAY.example", undefined],
  ] as const) {
    const { places, begun } = standIns();
    places.send(home(9, from), other);
    assert.deepEqual(begun, url === undefined ? [] : [url], `${from} says ${other}`);
  }
});

test("[REL-18] the first word counts until it is over, and one relay may stand in for two", () => {
  const { clock, places, begun, ended } = standIns();
  const [first, second] = [home(11, "wss://one.example"), home(12, "wss://two.example")];
  places.send(first, "wss://other.example");
  places.send(first, "wss://more.example");
  places.send(second, "wss://other.example");
  assert.deepEqual([begun.length, places.homesOf(0)], [1, [11, 12]]);
  places.back(11);
  clock.advance(LINGER_MS - 1);
  places.away(11);
  clock.advance(LINGER_MS);
  places.back(11);
  places.send(first, "wss://more.example"); // it goes again before we have left
  clock.advance(LINGER_MS);
  places.back(12);
  clock.advance(LINGER_MS);
  assert.deepEqual([ended, begun.length, places.homesOf(0)], [[], 1, [11]]);
  places.back(11);
  clock.advance(LINGER_MS);
  assert.deepEqual(ended, [0]);
  places.send(first, "wss://more.example");
  assert.deepEqual(places.homesOf(1), [11]);
  places.back(11);
  places.stop();
  clock.advance(LINGER_MS);
  assert.deepEqual([ended, clock.next], [[0], undefined]);
});
