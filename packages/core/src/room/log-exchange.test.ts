import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { type Instant, instant } from "../lib/time.ts";
import { assertStrict, codeOf, drain, NOW, peer, WALL } from "../trust/trust-fixture.test.ts";
import {
  LOG_ASK_INTERVAL,
  LOG_BATCH_BYTES_MAX,
  LOG_HEADS_BURST,
  LOG_HEADS_MAX,
  LOG_SAMPLE_MAX,
  LOG_SYNC_INTERVAL,
} from "../wire/limits.ts";
import { LogExchange, type LogExchangeOutput } from "./log-exchange.ts";
import { decodeLogMessage, encodeLogMessage } from "./log-message.ts";
import { founded, type Replica, roomOf } from "./log-world.test.ts";
import type { OperationId } from "./operation.ts";

interface Node {
  readonly replica: Replica;
  readonly exchange: LogExchange;
}

/** Exchanges between replicas, with links that lose nothing and take no time. */
class Net {
  readonly nodes = new Map<PeerId, Node>();
  readonly sent: { from: PeerId; to: PeerId; bytes: Uint8Array }[] = [];
  readonly misbehaved: PeerId[] = [];
  now: Instant = NOW;

  constructor(replicas: readonly Replica[]) {
    for (const replica of replicas) {
      replica.log.takeAdded();
      this.nodes.set(replica.peer, { replica, exchange: new LogExchange({ log: replica.log, now: NOW }) });
    }
  }

  node(replica: Replica): Node {
    const node = this.nodes.get(replica.peer);
    assert.ok(node !== undefined);
    return node;
  }

  link(a: Replica, b: Replica): void {
    this.node(a).exchange.handleNeighbourUp(b.peer, this.now);
    this.node(b).exchange.handleNeighbourUp(a.peer, this.now);
  }

  cut(a: Replica, b: Replica): void {
    this.node(a).exchange.handleNeighbourDown(b.peer);
    this.node(b).exchange.handleNeighbourDown(a.peer);
  }

  /** Until nobody says anything any more. Returns how many messages that took. */
  settle(): number {
    const before = this.sent.length;
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = true;
      assert.ok(this.sent.length - before < 10_000, "it never ends");
      for (const [from, { replica, exchange }] of this.nodes) {
        exchange.announce(replica.log.takeAdded());
        for (const output of drain(exchange)) {
          isQuiet = false;
          if (output.type === "misbehaved") this.misbehaved.push(output.peer);
          else this.#deliver(from, output.peer, output.bytes);
        }
      }
    }
    return this.sent.length - before;
  }

  wait(ms: number): void {
    this.now = instant(this.now + ms);
    for (const { exchange } of this.nodes.values()) exchange.handleTimeout(this.now);
  }

  #deliver(from: PeerId, to: PeerId, bytes: Uint8Array): void {
    assert.ok(bytes.length <= LOG_BATCH_BYTES_MAX);
    this.sent.push({ from, to, bytes });
    this.nodes.get(to)?.exchange.handleMessage(from, bytes, this.now, WALL);
  }
}

function three(): [Replica, Replica, Replica] {
  const [ada, ben, cyd] = roomOf(["admin", "member"]);
  assert.ok(ada !== undefined && ben !== undefined && cyd !== undefined);
  ben.meet(ada);
  cyd.meet(ada);
  return [ada, ben, cyd];
}

test("[ROM-17] equal logs tell their heads, and nothing else", () => {
  const [ada, ben] = three();
  const net = new Net([ada, ben]);
  net.link(ada, ben);
  assert.equal(net.settle(), 2);
});

test("[ROM-17] logs that went apart are equal after each told its heads", () => {
  const [ada, ben] = three();
  for (let i = 0; i < 40; i++) ada.role(3, i % 2 === 0 ? "guest" : "member");
  for (let i = 0; i < 300; i++) ben.do({ kind: "rotate", bundle: new Uint8Array(32), recipients: i });
  const net = new Net([ada, ben]);
  net.link(ada, ben);
  const messages = net.settle();
  assert.deepEqual(ada.log.heads, ben.log.heads);
  assert.equal(ada.log.size, 343);
  assert.ok(messages <= 8, `${messages} messages`);
  assert.deepEqual(ada.log.membership, ben.log.membership);
});

test("[ROM-18] what is new goes to every neighbour but the one it came from", () => {
  const [ada, ben, cyd] = three();
  const net = new Net([ada, ben, cyd]);
  net.link(ada, ben);
  net.link(ben, cyd);
  net.settle();
  const { id } = ada.admit(4);
  assert.equal(net.settle(), 2);
  assert.ok(cyd.log.has(id));
});

test("[ROM-17] a partition that heals leaves one log, in any shape of net", () => {
  const replicas = roomOf(["admin", "admin", "member", "member", "member"]);
  const net = new Net(replicas);
  const [first] = replicas;
  assert.ok(first !== undefined);
  for (const each of replicas) each.meet(first);
  const ring = replicas.map((each, i) => [each, replicas[(i + 1) % replicas.length] ?? first] as const);
  for (const [a, b] of ring) net.link(a, b);
  net.settle();
  for (const [a, b] of [ring[1], ring[4]].filter((pair) => pair !== undefined)) net.cut(a, b);
  for (const [i, each] of replicas.entries()) if (i < 3) each.admit(10 + i);
  net.settle();
  for (const [a, b] of [ring[1], ring[4]].filter((pair) => pair !== undefined)) net.link(a, b);
  net.settle();
  for (const each of replicas) assert.deepEqual(each.log.heads, first.log.heads);
  for (const each of replicas) assert.deepEqual(each.log.membership.digest, first.log.membership.digest);
});

test("[ROM-17] a push whose parents were lost is asked for, and comes", () => {
  const [ada, ben] = three();
  const net = new Net([ada, ben]);
  net.link(ada, ben);
  net.settle();
  ada.admit(4);
  ada.log.takeAdded(); // never announced
  const { id } = ada.admit(5);
  net.wait(LOG_ASK_INTERVAL);
  net.settle();
  assert.ok(ben.log.has(id));
  assert.equal(ben.log.waitingCount, 0);
});

test("[ROM-17] what got lost without a trace is found within the interval", () => {
  const [ada, ben] = three();
  const net = new Net([ada, ben]);
  net.link(ada, ben);
  net.settle();
  const { id } = ada.admit(4);
  ada.log.takeAdded(); // never announced
  net.settle();
  assert.ok(!ben.log.has(id));
  net.wait(LOG_SYNC_INTERVAL);
  net.settle();
  assert.ok(ben.log.has(id));
});

test("a channel that is full gets nothing until it is not", () => {
  const [ada, ben] = three();
  const { exchange } = new Net([ada]).node(ada);
  exchange.handleNeighbourUp(ben.peer, NOW);
  exchange.handleFull(ben.peer);
  assert.equal(exchange.poll(), undefined);
  exchange.handleWritable(ben.peer);
  assert.equal(drain(exchange).length, 1);
});

const sends = (outputs: readonly LogExchangeOutput[]): number => outputs.filter(({ type }) => type === "send").length;

test("[ROM-19] [R18] a neighbour that sends what nobody who checks would pass on is none any more", () => {
  const [ada, ben] = three();
  const forged = ben.do({ kind: "leave" }).bytes.slice();
  forged[forged.length - 1]! ^= 1;
  const other = founded({}, 9).log.operations()[0];
  const cases: [string, Uint8Array][] = [
    ["garbage", Uint8Array.of(0x10)],
    ["garbage", Uint8Array.of(0x1f)],
    ["forged", encodeLogMessage({ type: "operations", operations: [forged] })],
    ["forged", encodeLogMessage({ type: "operations", operations: [new Uint8Array(300)] })],
    ["forged", encodeLogMessage({ type: "operations", operations: [other?.bytes ?? forged] })],
  ];
  for (const [reason, bytes] of cases) {
    const exchange = new LogExchange({ log: ada.log, now: NOW });
    exchange.handleNeighbourUp(ben.peer, NOW);
    exchange.handleMessage(ben.peer, bytes, NOW, WALL);
    assert.deepEqual(drain(exchange), [{ type: "misbehaved", peer: ben.peer, reason }]);
    exchange.handleMessage(ben.peer, bytes, NOW, WALL);
    assert.deepEqual(drain(exchange), []);
  }
});

test("[ROM-19] whoever lies about its heads, or sends what has no parents, makes us say little", () => {
  const [ada, ben] = three();
  const { exchange } = new Net([ada]).node(ada);
  exchange.handleNeighbourUp(ben.peer, NOW);
  drain(exchange);
  const lie = { type: "heads", heads: [peer(77) as string as OperationId], others: [] } as const;
  let count = 0;
  for (let i = 0; i < 1_000; i++) {
    exchange.handleMessage(ben.peer, encodeLogMessage(lie), NOW, WALL);
    count += sends(drain(exchange));
  }
  assert.ok(count <= LOG_HEADS_BURST, `${count} answers`);
  const [, , orphanOf] = [ben.admit(5), ben.admit(6), ben.admit(7)];
  assert.ok(orphanOf !== undefined);
  const orphan = encodeLogMessage({ type: "operations", operations: [orphanOf.bytes] });
  count = 0;
  for (let i = 0; i < 1_000; i++) {
    exchange.handleMessage(ben.peer, orphan, instant(NOW + i), WALL);
    exchange.handleTimeout(instant(NOW + i));
    count += sends(drain(exchange));
  }
  assert.equal(count, 0, "our heads were told when it came up");
  exchange.handleTimeout(instant(NOW + LOG_ASK_INTERVAL));
  assert.equal(sends(drain(exchange)), 1);
});

test("[ROM-19] more than two full logs at once is a flood", () => {
  const [ada, ben] = three();
  const { exchange } = new Net([ada]).node(ada);
  exchange.handleNeighbourUp(ben.peer, NOW);
  drain(exchange);
  const [known] = ada.log.operations();
  assert.ok(known !== undefined);
  const many = encodeLogMessage({ type: "operations", operations: Array.from({ length: 160 }, () => known.bytes) });
  let reason = "";
  for (let i = 0; i < 110 && reason === ""; i++) {
    exchange.handleMessage(ben.peer, many, NOW, WALL);
    for (const output of drain(exchange)) if (output.type === "misbehaved") reason = `${output.reason} ${i}`;
  }
  assert.equal(reason, "flood 102");
});

test("[ROM-17] log messages round-trip, and nothing else decodes", () => {
  const id = (number: number): OperationId => number.toString(16).padStart(64, "0") as OperationId;
  const ids = (count: number): OperationId[] => Array.from({ length: count }, (_, i) => id(i));
  const heads = { type: "heads", heads: ids(2), others: ids(3) } as const;
  assert.deepEqual(decodeLogMessage(encodeLogMessage(heads)), heads);
  assertStrict(encodeLogMessage(heads), decodeLogMessage);
  const operations = { type: "operations", operations: [new Uint8Array(3), new Uint8Array(0)] } as const;
  assert.deepEqual(decodeLogMessage(encodeLogMessage(operations)), operations);
  const most = encodeLogMessage({ type: "heads", heads: ids(LOG_HEADS_MAX), others: ids(LOG_SAMPLE_MAX) });
  assert.equal(decodeLogMessage(most).type, "heads");
  const code = (bytes: Uint8Array): string | undefined => codeOf(() => decodeLogMessage(bytes));
  assert.equal(code(encodeLogMessage({ ...heads, heads: ids(LOG_HEADS_MAX + 1) })), "ERR_LIMIT");
  assert.equal(code(encodeLogMessage({ ...heads, others: ids(LOG_SAMPLE_MAX + 1) })), "ERR_LIMIT");
  assert.equal(code(new Uint8Array(LOG_BATCH_BYTES_MAX + 1).fill(0x11)), "ERR_TOO_LARGE");
  assert.equal(code(Uint8Array.of(0x12)), "ERR_UNKNOWN_TYPE");
  assert.equal(code(encodeLogMessage({ type: "operations", operations: [new Uint8Array(4_097)] })), "ERR_TOO_LARGE");
});
