// A page, its node and somebody on the LAN, in one process; waits of the reconnecting page are real.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  encodeLanPacket,
  encodeNodeMessage,
  LAN_SIGHTINGS_MAX,
  LAN_WINDOW_BYTES,
  type NodeMessage,
  wallTime,
} from "@kith/core";
import type { Endpoint } from "../api.ts";
import { systemClock } from "../clock.ts";
import { createEndpoint } from "../create-endpoint.ts";
import { lanBridge } from "../node/lan-bridge.ts";
import { nodeProvider } from "../node/node-crypto.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { MemoryNetwork } from "../testing/memory-transport.ts";
import { Air, type AnyNode, NODE, type Tamper, turns, until, Wire, type WireOptions } from "./lan-fixture.test.ts";
import { lanThroughNode } from "./lan-through-node.ts";

const TIMES = { timeout: 30_000 };
const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };

/** Ada in a page of a node, Ben on the LAN. */
async function world(options: WireOptions = {}) {
  const memory = new MemoryNetwork();
  const air = new Air("node");
  let port = 100;
  const bridge = lanBridge({
    transport: {
      ...memory.transport("node"),
      listen: (onLink) => memory.transport("node", { port: ++port }).listen(onLink),
    },
    ...{ discover: () => air.discover(), watch: () => () => {} },
  });
  const wire = new Wire(bridge, options);
  const lan = lanThroughNode({ node: NODE, clock: systemClock, webSocket: wire.open });
  const ada = await createEndpoint({ name: "Ada", ...quick, transports: [lan.transport], discovery: lan.discovery });
  const ben = await createEndpoint({
    ...{ name: "Ben", ...quick, transports: [memory.transport("ben")], discovery: air.discover("ben") },
  });
  const befriend = async (): Promise<void> => {
    const seen = await until(() => ada.nearby.get().find(({ name }) => name === "Ben"), "Ada sees Ben");
    await ada.connect(seen.key);
    await ada.trust.add(ben.id, { name: "Ben" });
    await ben.trust.add(ada.id, { name: "Ada" });
  };
  const end = async (): Promise<void> => {
    await ada.close();
    await ben.close();
    await bridge.close();
  };
  return { memory, air, bridge, wire, lan, ada, ben, befriend, end, [Symbol.asyncDispose]: end };
}

/** Texts that came, in order. */
function texts(endpoint: Endpoint): string[] {
  const heard: string[] = [];
  void (async () => {
    for await (const event of endpoint.chat.watch()) if (event.type === "message") heard.push(event.message.text ?? "");
  })();
  return heard;
}

const hasPath = (endpoint: Endpoint): boolean => endpoint.openSessions.get().some(({ path }) => path !== undefined);

test(
  "[LAN-4] a page and somebody on the LAN see each other and talk; the node between them reads nothing",
  TIMES,
  async () => {
    const seen: Buffer[] = [];
    const tap: Tamper = (message) => {
      seen.push(Buffer.from(message));
      return [message];
    };
    await using all = await world({ toNode: tap, toPage: tap });
    const { ada, ben } = all;
    const [byAda, byBen] = [texts(ada), texts(ben)];
    await until(() => ada.nearby.get().some(({ name }) => name === "Ben"), "Ada sees Ben");
    await until(() => ben.nearby.get().some(({ name }) => name === "Ada"), "Ben sees Ada");
    const session = await ada.connect(ada.nearby.get()[0]?.key ?? "");
    assert.equal(session.peer, ben.id);
    await all.befriend();
    const said = ["the eagle lands at midnight", "bring the blue umbrella"] as const;
    await ada.chat.send(ben.id, said[0]);
    await ben.chat.send(ada.id, said[1]);
    await until(() => byBen.includes(said[0]) && byAda.includes(said[1]), "texts");
    assert.equal(ada.openSessions.get()[0]?.path?.kind, "websocket");
    assert.equal(ben.openSessions.get()[0]?.path?.kind, "memory");
    assert.ok(seen.filter(([type]) => type === 0x20).length > 8);
    const keys = [ada.id, ben.id].map((id) => Buffer.from(id, "base64url"));
    for (const message of seen) {
      for (const text of said) assert.ok(!message.includes(text));
      for (const key of keys) assert.ok(key.length < 32 || !message.includes(key));
    }
  },
);

test("[LAN-4] a node that flips, repeats, drops and swaps packets loses links, and nobody's words", TIMES, async () => {
  let count = 0;
  let isHostile = false;
  let kept: Uint8Array | undefined;
  const tamper: Tamper = (message) => {
    const isPacket = message[0] === 0x20;
    if (!isPacket || !isHostile || ++count % 5 !== 0) return [message];
    switch ((count / 5) % 4) {
      case 0:
        message[message.length - 1] = (message.at(-1) ?? 0) ^ 1;
        return [message];
      case 1:
        return [message, message.slice()];
      case 2:
        return [];
      default: {
        const before = kept;
        kept = message.slice();
        return before === undefined ? [] : [message, before];
      }
    }
  };
  await using all = await world({ toNode: tamper, toPage: tamper });
  const { ada, ben } = all;
  await all.befriend();
  await until(() => hasPath(ada) && hasPath(ben), "sessions");
  const [byAda, byBen] = [texts(ada), texts(ben)];
  isHostile = true;
  const sent = Array.from({ length: 150 }, (_, index) => `message ${index}`);
  for (const text of sent) {
    await ada.chat.send(ben.id, text);
    await ben.chat.send(ada.id, text);
    await turns(2);
  }
  const tampered = count;
  assert.ok(tampered > 100, `${tampered} packets`);
  isHostile = false;
  all.wire.last.cut(); // what was lost on an ordered link is sent again on the next, at the latest after 15 s
  await until(() => byAda.length >= sent.length && byBen.length >= sent.length, "all of it");
  await turns(20);
  assert.deepEqual([byAda, byBen], [sent, sent]);
});

test("[LAN-9] when the node is lost nobody is near, and the session goes on when it is back", TIMES, async () => {
  await using all = await world();
  const { ada, ben, wire, lan } = all;
  await all.befriend();
  await until(() => hasPath(ada) && hasPath(ben), "sessions");
  const byBen = texts(ben);
  await ada.chat.send(ben.id, "before");
  wire.isDown = true;
  wire.last.cut();
  await until(() => lan.state.get() === "away", "away");
  assert.deepEqual([ada.nearby.get(), ada.addresses.get()], [[], []]);
  await until(() => ben.nearby.get().length === 0, "the goodbye");
  await ada.chat.send(ben.id, "meanwhile");
  wire.isDown = false;
  await until(() => lan.state.get() === "here", "here again");
  await until(() => byBen.includes("meanwhile"), "what was said meanwhile");
  assert.deepEqual(byBen, ["before", "meanwhile"]);
  await until(() => ben.nearby.get().some(({ name }) => name === "Ada"), "Ben sees Ada again");
  assert.match(ada.addresses.get()[0] ?? "", /^node:\d+$/);
});

test("a page whose node is away starts at once, and is reached when the node is there", TIMES, async () => {
  const air = new Air("node");
  const memory = new MemoryNetwork();
  const bridge = lanBridge({
    transport: memory.transport("node"),
    discover: () => air.discover(),
    watch: () => () => {},
  });
  const wire = new Wire(bridge);
  wire.isDown = true;
  const lan = lanThroughNode({ node: NODE, clock: systemClock, webSocket: wire.open });
  const ada = await createEndpoint({ name: "Ada", ...quick, transports: [lan.transport], discovery: lan.discovery });
  assert.deepEqual(ada.addresses.get(), []);
  await assert.rejects(ada.connect("node:1"), { code: "ERR_PEER_UNREACHABLE" });
  wire.isDown = false;
  ada.lookAround();
  await until(() => ada.addresses.get().length === 1, "an address");
  await until(() => air.shows > 0, "Ada is shown");
  assert.deepEqual(wire.urls.slice(0, 1), ["ws://192.168.1.2:8420/kith/lan/1"]);
  await ada.close();
  assert.deepEqual(wire.last.closedBy, { who: "page", code: 1_000 });
  await until(() => bridge.pageCount === 0, "the page is gone");
  await bridge.close();
});

test("a node that is no origin is refused", () => {
  const clock = new FakeClock();
  for (const node of ["", "192.168.1.2", "ftp://192.168.1.2", "javascript:1"])
    assert.throws(() => lanThroughNode({ node, clock }), { code: "ERR_ARGUMENT" });
});

/** A page at a node that says what a test wants. */
async function pageAt() {
  const clock = new FakeClock();
  const asked: Uint8Array[] = [];
  let say = (_messages: readonly Uint8Array[]): void => {};
  const node: AnyNode = {
    admit: () => (socket) => {
      say = (messages) => socket.send(messages);
      return { onMessage: (message) => void asked.push(message), onRoom() {}, onClosed() {} };
    },
  };
  const wire = new Wire(node);
  const lan = lanThroughNode({ node: NODE, clock, webSocket: wire.open });
  await until(() => lan.state.get() === "here", "here");
  const tell = async (...messages: readonly (NodeMessage | Uint8Array)[]): Promise<void> => {
    say(messages.map((each) => (each instanceof Uint8Array ? each : encodeNodeMessage(each))));
    await turns(4);
  };
  return { clock, wire, lan, asked, tell };
}

const sighting = (key: string) => ({ key, addresses: [], presence: [], name: "", seenAt: wallTime(1) });

test("[LAN-1] [LAN-5] [LAN-6] a node that breaks the protocol is left", TIMES, async () => {
  const up: NodeMessage = { type: "up", link: 2, remote: "far", address: "" };
  const hostile: readonly (readonly [string, readonly (NodeMessage | Uint8Array)[]])[] = [
    ["nothing", [new Uint8Array(0)]],
    ["a message of a page's", [Uint8Array.of(0x01)]],
    ["a packet on a link that never was", [{ type: "packet", link: 2, packet: new Uint8Array(1) }]],
    ["a link that was not dialled", [{ ...up, link: 1 }]],
    ["a link twice", [up, up]],
    ["more credit than the window", [up, { type: "credit", link: 2, bytes: 1 }]],
    ["packets over the credit", [up, ...windowful(2), { type: "packet", link: 2, packet: new Uint8Array(1) }]],
    [
      "more sightings than there may be",
      Array.from({ length: LAN_SIGHTINGS_MAX + 1 }, (_, i) => ({ type: "seen" as const, sighting: sighting(`${i}`) })),
    ],
  ];
  for (const [what, messages] of hostile) {
    const { lan, wire, tell } = await pageAt();
    void lan.transport.listen(() => {});
    await tell(...messages.slice(0, -1));
    assert.equal(wire.last.closedBy, undefined, what);
    await tell(...messages.slice(-1));
    assert.deepEqual(wire.last.closedBy, { who: "page", code: 4_002 }, what);
    assert.deepEqual(lan.discovery.nearby.get(), [], what);
    await lan.discovery.close();
  }
});

/** As many bytes as may be on the way, which a link that nobody started does not give back. */
const windowful = (link: number): Uint8Array[] =>
  Array.from({ length: 8 }, () => encodeLanPacket(link, [new Uint8Array(LAN_WINDOW_BYTES / 8)]));

test("[LAN-9] who wakes up and looks finds out soon that the node is gone, however often it looks", TIMES, async () => {
  const { clock, wire, lan, asked } = await pageAt();
  wire.isDown = true;
  for (const wait of [4_000, 4_000, 1_999]) {
    lan.discovery.refresh();
    await turns(4);
    clock.advance(wait);
  }
  assert.deepEqual(
    asked.map(([type]) => type),
    [0x04, 0x06, 0x04, 0x04],
  );
  assert.equal(lan.state.get(), "here");
  clock.advance(1);
  assert.equal(lan.state.get(), "away");
  await lan.discovery.close();
});

test("[LAN-9] a page asks whether its node is there, and tries again ever more rarely", TIMES, async () => {
  const { clock, wire, lan, asked, tell } = await pageAt();
  clock.advance(14_999);
  await tell({ type: "pong" });
  clock.advance(15_000);
  await turns(4);
  assert.deepEqual(
    asked.map(([type]) => type),
    [0x06],
  );
  clock.advance(9_999);
  assert.equal(lan.state.get(), "here");
  wire.isDown = true;
  clock.advance(1);
  assert.equal(lan.state.get(), "away");
  for (const wait of [500, 1_000, 2_000]) {
    const tries = wire.sockets.length;
    clock.advance(wait - 1);
    assert.equal(wire.sockets.length, tries);
    clock.advance(1);
    assert.equal(wire.sockets.length, tries + 1);
    await turns(4);
    assert.equal(lan.state.get(), "away");
  }
  wire.isDown = false;
  lan.discovery.refresh(); // somebody looks: at once
  await until(() => lan.state.get() === "here", "here");
  await lan.discovery.close();
  assert.equal(clock.next, undefined);
});
