/**
 * Two nodes of one relay: each a machine with connections of its own, one state, and deliveries that know of each
 * other's watchers. Nothing but those two interfaces is between them.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { type Duration, type Instant, minutes, seconds } from "../lib/time.ts";
import { KeyTable } from "./key-table.ts";
import type { RelayConnection } from "./relay-connection.ts";
import type { News, RelayDelivery, Told } from "./relay-delivery.ts";
import { type RelayGuest, RelayRig } from "./relay-server-fixture.test.ts";
import { TagTable, type Watcher } from "./tag-table.ts";

type Seat = RelayConnection;

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const filled = (value: number, length = 32): Uint8Array => new Uint8Array(length).fill(value);
const TAG = filled(7, 16);
const LIMITS = { watchesMax: 1_000, watchesPerSourceMax: 1_000 };

/** What the nodes share. */
interface Shared {
  readonly keys: KeyTable<Seat>;
  readonly tags: TagTable<Seat>;
  readonly nodes: NodeDelivery[];
}

/** Knows where all keys are and who watches, and what its own node is to be told. It forwards nothing to the other. */
class NodeDelivery implements RelayDelivery<Seat> {
  readonly #shared: Shared;
  readonly #seats = new WeakSet<Seat>();
  readonly #told: Told<Seat>[] = [];

  constructor(shared: Shared) {
    this.#shared = shared;
    shared.nodes.push(this);
  }

  get watches(): number {
    return this.#shared.tags.watches;
  }

  get tags(): number {
    return this.#shared.tags.tags;
  }

  get hasNews(): boolean {
    return this.#told.length > 0;
  }

  attach(key: Uint8Array, seat: Seat): void {
    this.#seats.add(seat);
    const before = this.#shared.keys.attach(key, seat);
    if (before !== undefined) this.#nodeOf(before).#told.push({ type: "replaced", seat: before });
  }

  detach(key: Uint8Array, seat: Seat, now: Instant): void {
    this.#shared.keys.detach(key, seat);
    this.#shared.tags.leave(key, seat, now);
  }

  seatAt(bytes: Uint8Array, offset: number): Seat | undefined {
    const seat = this.#shared.keys.seatAt(bytes, offset);
    return seat !== undefined && this.#seats.has(seat) ? seat : undefined;
  }

  notify(key: Uint8Array, news: News): void {
    const seat = this.#shared.keys.seatAt(key, 0);
    if (seat !== undefined) this.#nodeOf(seat).#told.push({ ...news, seat });
  }

  watch(watcher: Watcher<Seat>, tags: readonly Uint8Array[], now: Instant): Duration | undefined {
    return this.#shared.tags.watch(watcher, tags, now);
  }

  unwatch(key: Uint8Array, seat: Seat, tags: readonly Uint8Array[], now: Instant): void {
    this.#shared.tags.unwatch(key, seat, tags, now);
  }

  poll(now: Instant): Told<Seat> | undefined {
    for (let told = this.#shared.tags.poll(now); told !== undefined; told = this.#shared.tags.poll(now)) {
      for (const node of this.#shared.nodes) {
        const seats = told.seats.filter((seat) => node.#seats.has(seat));
        if (seats.length > 0) node.#told.push({ ...told, seats });
      }
    }
    return this.#told.shift();
  }

  nextTimeout(): Instant | undefined {
    return this.#shared.tags.nextTimeout();
  }

  #nodeOf(seat: Seat): NodeDelivery {
    return this.#shared.nodes.find((node) => node.#seats.has(seat)) ?? this;
  }
}

class TwoNodes {
  readonly #deliveries: readonly NodeDelivery[];
  readonly nodes: readonly [RelayRig, RelayRig];

  constructor() {
    const shared: Shared = { keys: new KeyTable(random), tags: new TagTable(random, LIMITS), nodes: [] };
    const [first, second] = [new NodeDelivery(shared), new NodeDelivery(shared)];
    this.#deliveries = [first, second];
    const one = new RelayRig({}, { delivery: first });
    this.nodes = [one, new RelayRig({}, { delivery: second }, one.state)];
  }

  watch(guest: RelayGuest): void {
    guest.say({ type: "watch", tags: [TAG] });
    this.handOver();
  }

  pass(time: Duration): void {
    for (const node of this.nodes) {
      node.pass(time);
      this.handOver();
    }
  }

  handOver(): void {
    for (const [index, node] of this.nodes.entries()) {
      if (!this.#deliveries[index]?.hasNews) continue;
      node.server.handleDelivery(node.at);
      node.run();
    }
  }
}

const keysOf = (guest: RelayGuest, type: "arrived" | "left"): Uint8Array[] => guest.take(type).map(({ key }) => key);

test("[MEE-1] who watch one tag at two nodes are told of each other, and when one has left", () => {
  const relay = new TwoNodes();
  const [here, there] = relay.nodes;
  const [ada, ben] = [here.login(), there.login()];
  relay.watch(ada);
  relay.watch(ben);
  assert.deepEqual(keysOf(ada, "arrived"), [ben.key]);
  assert.deepEqual(keysOf(ben, "arrived"), [ada.key]);
  there.drop(ben);
  relay.pass(seconds(59));
  assert.deepEqual(keysOf(ada, "left"), []);
  relay.pass(seconds(1));
  assert.deepEqual(keysOf(ada, "left"), [ben.key]);
});

test("[MEE-1] who comes back at another node within a minute has not left", () => {
  const relay = new TwoNodes();
  const [here, there] = relay.nodes;
  const [ada, ben] = [here.login(), there.login(filled(5))];
  relay.watch(ada);
  relay.watch(ben);
  there.drop(ben);
  relay.pass(seconds(30));
  const moved = here.login(filled(5));
  relay.watch(moved);
  relay.pass(minutes(3));
  assert.deepEqual(keysOf(moved, "arrived"), [ada.key]);
  assert.deepEqual(keysOf(ada, "left"), []);
});

test("[REL-11] what one source or key may do a minute is counted for both nodes together", () => {
  const [here, there] = new TwoNodes().nodes;
  for (let i = 0; i < 15; i++) for (const node of [here, there]) node.drop(node.login());
  const late = there.connect();
  late.login(filled(5));
  assert.equal(late.take("refused")[0]?.reason, "crowded");

  const seed = filled(6);
  const deposit = (guest: RelayGuest, id: number): void =>
    guest.say({ type: "deposit", request: id, to: filled(9), id: filled(id, 16), lifetime: 100, sealed: filled(1) });
  for (const [node, id] of [[here, 0] as const, [there, 32] as const]) {
    const guest = node.login(seed, "198.51.100.1");
    for (let i = 0; i < 32; i++) deposit(guest, id + i);
    assert.equal(guest.take("done").length, 32);
    node.drop(guest);
  }
  const again = here.login(seed, "198.51.100.1");
  deposit(again, 64);
  assert.equal(again.take("failed")[0]?.reason, "crowded");
});

test("[MEE-5] wrong numbers at one node pause at the other", () => {
  const [here, there] = new TwoNodes().nodes;
  const [eve, twin] = [here.login(), there.login()];
  for (let request = 0; request < 10; request++) eve.say({ type: "enter", request, mailbox: 100 + request });
  twin.say({ type: "enter", request: 1, mailbox: 100 });
  assert.equal(twin.take("failed")[0]?.reason, "paused");
});

test("[MEE-5] [MEE-9] [REL-6] a mailbox, an item and a login at one node are told at the other", () => {
  const relay = new TwoNodes();
  const [here, there] = relay.nodes;
  const [ada, ben] = [here.login(filled(5)), there.login()];
  ada.say({ type: "open", request: 1, lifetime: 600 });
  const mailbox = ada.take("opened")[0]?.mailbox ?? 0;
  ben.say({ type: "enter", request: 1, mailbox });
  ben.say({ type: "deposit", request: 2, to: ada.key, id: filled(1, 16), lifetime: 100, sealed: filled(1) });
  relay.handOver();
  assert.deepEqual(ada.take("met"), [{ type: "met", mailbox, key: ben.key }]);
  const [item] = ada.take("item");
  assert.deepEqual(item?.from, ben.key);
  ada.say({ type: "taken", items: [{ from: ben.key, id: filled(1, 16) }] });
  const moved = there.login(filled(5));
  relay.handOver();
  assert.deepEqual([ada.take("refused")[0]?.reason, ada.closing], ["replaced", 1008]);
  assert.equal(moved.closing, undefined);
  assert.deepEqual(moved.take("item"), [], "it was taken");
  ben.forward(moved, 1);
  assert.equal(moved.take("forwarded").length, 1, "it is there alone now");
});

test("news of another node for who has gone meanwhile is nobody's", () => {
  const relay = new TwoNodes();
  const [here, there] = relay.nodes;
  const [ada, ben] = [here.login(filled(5)), there.login()];
  ben.say({ type: "deposit", request: 2, to: ada.key, id: filled(1, 16), lifetime: 100, sealed: filled(1) });
  const moved = there.login(filled(5));
  assert.equal(moved.take("item").length, 1);
  here.drop(ada);
  const [asked, refused] = [here.asked.length, here.server.counters.refusals];
  relay.handOver();
  assert.deepEqual([here.asked.length, here.server.counters.refusals], [asked, refused]);
});
