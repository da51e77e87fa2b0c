// Ten minutes of sleep, on clocks of our own: the machine's monotonic clock stands still, its wall clock does not, the
// relay has given up the connection, and whatever came meanwhile is gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint } from "./api.ts";
import type { EndpointOptions } from "./create-endpoint.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import type { OpenWebSocket } from "./relay-connection.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { Lab } from "./testing/lab.ts";
import { MemoryRelay } from "./testing/memory-relay.ts";
import { MemoryNetwork } from "./testing/memory-transport.ts";
import { first, until } from "./testing/until.ts";

const SLEEP_MS = 600_000;
const STEP_MS = 50;

/** A machine that can be shut: its sockets neither take nor give, and do not even learn that they are dead. */
class Laptop {
  readonly clock = new FakeClock();
  isAsleep = false;

  webSocket(relay: MemoryRelay): OpenWebSocket {
    return (url) => {
      const socket = relay.open(url);
      let isDead = false;
      const isDeaf = (): boolean => {
        isDead ||= this.isAsleep;
        return isDead;
      };
      return {
        get binaryType() {
          return socket.binaryType;
        },
        set binaryType(type) {
          socket.binaryType = type;
        },
        get bufferedAmount() {
          return socket.bufferedAmount;
        },
        addEventListener: (type, listener) => socket.addEventListener(type, (event) => isDeaf() || listener(event)),
        send: (bytes) => isDeaf() || socket.send(bytes),
        close: (code) => isDeaf() || socket.close(code),
      };
    };
  }
}

class World {
  readonly clock = new FakeClock();
  readonly ben = new Laptop();
  readonly relay = new MemoryRelay({ clock: this.clock });
  readonly lab = Object.assign(new Lab(), { network: new MemoryNetwork({ clock: this.clock }) });

  endpoint(name: string, of: { readonly clock: FakeClock; readonly webSocket: OpenWebSocket }): Promise<Endpoint> {
    const options: Partial<EndpointOptions> = {
      ...{ provider: nodeProvider, endOfTurn: (run) => process.nextTick(run) },
      ...{ relays: [this.relay.address], protocols: ["count/1"], ...of },
    };
    return this.lab.endpoint(name, options);
  }

  /** Lets time pass, for who is awake, until `what` has come. */
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
    if (!this.ben.isAsleep) this.ben.clock.advance(ms);
    for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** The straight way and the relay's are as dead as the machine. */
  async sleep(ms: number): Promise<void> {
    this.ben.isAsleep = true;
    this.lab.network.cut("ada", "ben");
    for (let passed = 0; passed < ms; passed += 1_000) await this.pass(1_000);
    this.ben.isAsleep = false;
    this.ben.clock.setWall(this.clock.wall());
  }
}

const onPath = (endpoint: Endpoint, kind: string): Promise<true> =>
  until(endpoint.openSessions, ([session]) => (session?.path?.kind === kind ? true : undefined));

for (const before of ["memory", "relayed"] as const) {
  test(`after ten minutes of sleep that began ${before === "memory" ? "on the straight way" : "at the relay"} the same channel goes on over the relay, and then straight`, {
    timeout: 20_000,
  }, async () => {
    const world = new World();
    const [ada, ben] = await world.during(
      Promise.all([
        world.endpoint("Ada", { clock: world.clock, webSocket: world.relay.open }),
        world.endpoint("Ben", { clock: world.ben.clock, webSocket: world.ben.webSocket(world.relay) }),
      ]),
    );
    await world.during(ada.trust.add(ben.id, { name: "Ben" }));
    await world.during(ben.trust.add(ada.id, { name: "Ada" }));
    await world.during(ada.connect(ben.addresses.get()[0] ?? ""));
    await world.pass(5_000);
    if (before === "relayed") {
      world.lab.network.cut("ada", "ben");
      world.lab.network.break("ada", "ben");
    }
    await world.during(Promise.all([onPath(ada, before), onPath(ben, before)]));

    const session = await world.during(ada.connect(ben.id));
    const there = (await world.during(ben.connect(ada.id))).channels;
    const channel = await world.during(session.open("count/1"));
    const incoming = await world.during(first(there));
    const seen: number[] = [];
    const reading = (async () => {
      for await (const [number = 0] of incoming.messages) seen.push(number);
    })();
    const say = (number: number): Promise<void> => world.during(channel.send(Uint8Array.of(number)));
    const openedAt = ada.openSessions.get()[0]?.openedAt;
    await say(0);
    await world.during(ada.chat.send(ben.id, "before"));
    await world.pass(1_000);

    const sleeping = world.sleep(SLEEP_MS);
    await channel.send(Uint8Array.of(1));
    await ada.chat.send(ben.id, "meanwhile");
    await sleeping;
    const woken = world.clock.now();
    await world.during(Promise.all([onPath(ada, "relayed"), onPath(ben, "relayed")]));
    const took = world.clock.now() - woken;
    assert.ok(took <= 8_000, `relayed ${took} ms after waking up`);
    await say(2);
    await world.during(ben.chat.send(ada.id, "awake"));
    await world.pass(2_000);

    world.lab.network.heal("ada", "ben");
    await world.during(Promise.all([onPath(ada, "memory"), onPath(ben, "memory")]));
    await say(3);
    await world.during(channel.finish());
    await world.during(incoming.finish());
    await world.during(reading);
    assert.deepEqual(seen, [0, 1, 2, 3]);
    assert.equal(ada.openSessions.get()[0]?.openedAt, openedAt, "one and the same session");
    const texts = async (of: Endpoint, by: Endpoint): Promise<string[]> =>
      (await world.during(of.chat.history(by.id))).filter(({ isOurs }) => !isOurs).map(({ text }) => text);
    assert.deepEqual(await texts(ben, ada), ["before", "meanwhile"]);
    assert.deepEqual(await texts(ada, ben), ["awake"]);
    await world.during(Promise.all([ada.close(), ben.close()]));
    world.relay.stop();
  });
}
