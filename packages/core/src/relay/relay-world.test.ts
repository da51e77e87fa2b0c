// Client and server machines together, over connections that delay, break and come back, from seeds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { bytesToHex } from "../lib/hex.ts";
import { randomBelow } from "../lib/random.ts";
import { instant, wallTime } from "../lib/time.ts";
import { MemoryRelayState } from "./memory-state.ts";
import { RelayClient } from "./relay-client.ts";
import type { RelayClientOutput } from "./relay-client-output.ts";
import { filled, seeded } from "./relay-fixture.test.ts";
import { RelayServer } from "./relay-server.ts";
import { searchToll } from "./toll-search.ts";

const SEEDS = 12;
const CLIENTS = 4;
const TAG = filled(6, 16);
const SMALL_WINDOW = 70_000;

/** One direction of a connection: in order, each after a while, until it breaks. */
interface Wire {
  readonly connection: number;
  readonly client: WorldClient;
  readonly up: { at: number; bytes: Uint8Array }[];
  readonly down: { at: number; bytes: Uint8Array }[];
  isOpen: boolean;
}

interface WorldClient {
  readonly machine: RelayClient;
  wire: Wire | undefined;
  key: string;
  /** Keys under the tag, as told. */
  readonly met: Set<string>;
  /** By our number: whose it is, and how many packets went out. */
  readonly flows: Map<number, { readonly to: string; readonly name: string; sent: number; isOutgoing: boolean }>;
  readonly losses: string[];
}

class RelayWorld {
  readonly #random: ReturnType<typeof seeded>;
  readonly #state = new MemoryRelayState(filled(1));
  readonly clients: WorldClient[];
  /** By the name that the sender wrote into each packet: the numbers that arrived. */
  readonly arrived = new Map<string, number[]>();
  server: RelayServer;
  now = 0;
  violations = 0;
  readonly #wires: Wire[] = [];
  #next = 1;

  constructor(seed: number) {
    this.#random = seeded(seed);
    this.server = this.#start();
    this.clients = Array.from({ length: CLIENTS }, (_, index) => {
      const options = { provider: nobleProvider, random: seeded(seed * 100 + index), relayKey: undefined };
      const machine = new RelayClient({ ...options, seed: new Secret(filled(30 + index)) }, instant(0));
      machine.watch([TAG]);
      return { machine, wire: undefined, key: "", met: new Set(), flows: new Map(), losses: [] };
    });
  }

  below(bound: number): number {
    return randomBelow(this.#random, bound);
  }

  restart(): void {
    this.violations += this.server.counters.violations;
    for (const wire of this.#wires) this.break(wire);
    this.server = this.#start();
  }

  /** Both ends see it; what was on the way is lost. */
  break(wire: Wire): void {
    if (!wire.isOpen) return;
    wire.isOpen = false;
    this.server.handleClosed(wire.connection, this.#at());
    if (wire.client.wire !== wire) return;
    wire.client.wire = undefined;
    wire.client.machine.handleDown(instant(this.now));
  }

  dial(from: WorldClient, to: WorldClient): void {
    if (to.key === "") return;
    from.machine.dialFlow(
      Uint8Array.from(to.key.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)),
      instant(this.now),
    );
  }

  /** A packet says on which flow it is, and which of it. */
  send(from: WorldClient, number: number, bytes: number): void {
    const flow = from.flows.get(number);
    if (flow === undefined || from.machine.room(number) === 0) return;
    const packet = new Uint8Array(Math.max(16, bytes));
    new DataView(packet.buffer).setUint32(0, flow.sent++);
    packet.set(new TextEncoder().encode(flow.name), 4);
    from.machine.sendPacket(number, [packet]);
  }

  /** Until `time` has passed. */
  run(time: number): void {
    for (const end = this.now + time; this.now < end; this.now += 1) {
      if (this.now >= (this.server.nextTimeout() ?? Number.POSITIVE_INFINITY)) this.server.handleTimeout(this.#at());
      for (const client of this.clients)
        if (this.now >= (client.machine.nextTimeout() ?? Number.POSITIVE_INFINITY))
          client.machine.handleTimeout(instant(this.now));
      for (const wire of [...this.#wires]) this.#carry(wire);
      for (const client of this.clients) this.#drainClient(client);
      this.#drainServer();
    }
  }

  #start(): RelayServer {
    const random = seeded(this.below(1_000_000));
    const bounds = {
      toll: { quiet: 3, busy: 6 },
      window: SMALL_WINDOW,
      loginsPerSource: 10_000,
      loginsPerMinute: 10_000,
    };
    return new RelayServer({
      ...{ crypto: nobleProvider, random, seed: new Secret(filled(9)), at: this.#at(), bounds },
    });
  }

  #at(): { now: ReturnType<typeof instant>; wall: ReturnType<typeof wallTime> } {
    return { now: instant(this.now), wall: wallTime(1_700_000_000_000 + this.now) };
  }

  #carry(wire: Wire): void {
    for (let first = wire.up[0]; wire.isOpen && first !== undefined && first.at <= this.now; first = wire.up[0]) {
      wire.up.shift();
      this.server.handleMessage(wire.connection, first.bytes, this.#at());
    }
    for (let first = wire.down[0]; wire.isOpen && first !== undefined && first.at <= this.now; first = wire.down[0]) {
      wire.down.shift();
      wire.client.machine.handleMessage(first.bytes, instant(this.now));
      this.#drainClient(wire.client);
    }
    if (!wire.isOpen) this.#wires.splice(this.#wires.indexOf(wire), 1);
  }

  #post(queue: Wire["up"], bytes: Uint8Array): void {
    const at = Math.max(queue.at(-1)?.at ?? 0, this.now + 1 + this.below(30));
    queue.push({ at, bytes: bytes.slice() });
  }

  #drainServer(): void {
    for (let output = this.server.poll(); output !== undefined; output = this.server.poll()) {
      if (output.type === "ask") {
        const { question } = output;
        if (question.type === "status" || question.type === "backup" || question.type === "rotate") continue;
        if (question.type !== "turn") this.server.handleAnswer(output.ask, this.#state.answer(question), this.#at());
      } else if (output.type === "writable") this.#flush(output.connection);
      else if (output.type === "close") {
        this.#flush(output.connection);
        const wire = this.#wires.find(({ connection }) => connection === output.connection);
        if (wire !== undefined) this.break(wire);
      }
    }
  }

  #flush(connection: number): void {
    const wire = this.#wires.find((each) => each.connection === connection);
    for (let bytes = this.server.pollTransmit(connection, 1); bytes !== undefined; ) {
      if (wire !== undefined) this.#post(wire.down, bytes);
      bytes = this.server.pollTransmit(connection, 1);
    }
  }

  #drainClient(client: WorldClient): void {
    const { machine } = client;
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) this.#carryOut(client, output);
  }

  #carryOut(client: WorldClient, output: RelayClientOutput): void {
    switch (output.type) {
      case "connect": {
        const wire: Wire = { connection: this.#next++, client, up: [], down: [], isOpen: true };
        this.#wires.push(wire);
        client.wire = wire;
        this.server.handleConnection(wire.connection, `192.0.2.${this.clients.indexOf(client)}`, this.#at());
        return client.machine.handleUp(instant(this.now));
      }
      case "close": {
        const { wire } = client;
        client.wire = undefined;
        if (wire !== undefined) this.break(wire);
        return;
      }
      case "send":
        if (client.wire !== undefined) this.#post(client.wire.up, output.bytes);
        return;
      case "solve":
        return client.machine.handleSolved(searchToll(output.challenge, output.bits, 0, 100_000), instant(this.now));
      case "ready":
        client.key = bytesToHex(output.key);
        return client.met.clear();
      case "lost":
        client.losses.push(output.why);
        return client.met.clear();
      case "arrived":
        client.met.add(bytesToHex(output.key));
        return;
      case "left":
        client.met.delete(bytesToHex(output.key));
        return;
      case "flowUp": {
        const name = `${this.clients.indexOf(client)}.${output.flow}`;
        client.flows.set(output.flow, { to: bytesToHex(output.key), name, sent: 0, isOutgoing: output.isOutgoing });
        return;
      }
      case "flowDown":
        client.flows.delete(output.flow);
        return;
      case "flowPacket": {
        const number = new DataView(output.packet.buffer, output.packet.byteOffset).getUint32(0);
        const name = new TextDecoder().decode(output.packet.subarray(4, 16)).replace(/\0+$/, "");
        const all = this.arrived.get(name) ?? [];
        this.arrived.set(name, [...all, number]);
        return;
      }
      default:
    }
  }
}

test("[REL-7] from seeds: packets of a flow come in order and once, whatever breaks; when nothing does any more, all come", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const world = new RelayWorld(seed);
    const pick = <T>(all: readonly T[]): T | undefined => all[world.below(Math.max(1, all.length))];
    for (let step = 0; step < 300; step++) {
      const from = pick(world.clients);
      const to = pick(world.clients);
      if (from === undefined || to === undefined) continue;
      const flow = pick([...from.flows.keys()]);
      const what = world.below(1_000);
      if (what < 100 && from !== to) world.dial(from, to);
      else if (what < 900)
        for (let i = 0; i < 5 && flow !== undefined; i++) world.send(from, flow, world.below(3) === 0 ? 65_000 : 200);
      else if (what < 930 && flow !== undefined) from.machine.endFlow(flow);
      else if (what < 980) from.machine.hurry(instant(world.now));
      else if (what < 990 && from.wire !== undefined) world.break(from.wire);
      else if (what < 995) world.restart();
      else from.machine.restart(instant(world.now));
      world.run(world.below(60));
    }
    world.run(150_000);
    const context = `seed ${seed}`;
    for (const [name, numbers] of world.arrived)
      assert.ok(
        numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? number)),
        `${context}: ${name} got ${numbers}`,
      );
    for (const client of world.clients) {
      assert.equal(client.machine.phase, "ready", context);
      assert.ok(!client.losses.includes("misbehaved"), context);
      const others = world.clients.filter((each) => each !== client).map(({ key }) => key);
      assert.deepEqual([...client.met].sort(), others.sort(), `${context}: who is there`);
    }
    assert.equal(world.violations + world.server.counters.violations, 0, context);
    const [from, to] = world.clients;
    assert.ok(from !== undefined && to !== undefined);
    for (const flow of [...from.flows.keys()]) from.machine.endFlow(flow);
    world.run(1_000);
    from.flows.clear();
    world.dial(from, to);
    world.run(100);
    const [fresh] = [...from.flows].filter(([, { isOutgoing }]) => isOutgoing);
    assert.ok(fresh !== undefined, context);
    for (let i = 0; i < 40; i++) {
      world.send(from, fresh[0], 30_000);
      world.run(50);
    }
    world.run(5_000);
    const count = fresh[1].sent;
    assert.ok(count > 10, context);
    assert.deepEqual(
      world.arrived.get(fresh[1].name),
      Array.from({ length: count }, (_, index) => index),
      context,
    );
  }
});
