import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity, HANDSHAKE_TIMEOUT, type PeerId, textToBytes } from "@kith/core";
import type { PeerSession } from "../api.ts";
import { nodeProvider } from "../node/node-crypto.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { Lab } from "../testing/lab.ts";
import { first } from "../testing/until.ts";
import type { Link, Transport } from "../transport.ts";
import { BareEndpoint, type BareEndpointOptions } from "./bare-endpoint.ts";
import { identityFromSeed, createIdentity as makeIdentity } from "./identity.ts";
import { type FakeSocket, socketPair } from "./socket-pair.test.ts";
import { WebSocketLink } from "./web-socket-link.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const URL_OF_BEN = "wss://ben.example/kith";
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Ada, who dials, and Ben, who is a server. */
class Scene {
  readonly adas = new Map<PeerId, readonly string[]>();
  readonly bens = new Map<PeerId, readonly string[]>();
  readonly notes: string[] = [];
  /** Each socket that Ada opened, with its other end. */
  readonly sockets: (readonly [FakeSocket, FakeSocket])[] = [];
  isBenAway = false;
  readonly ada: BareEndpoint;
  readonly ben: BareEndpoint;

  constructor(options: Partial<BareEndpointOptions> = {}) {
    const [ada, ben] = [createIdentity(nodeProvider, random), createIdentity(nodeProvider, random)];
    this.adas.set(ben.peerId, [URL_OF_BEN]);
    this.bens.set(ada.peerId, []);
    const quick = { endOfTurn: (run: () => void) => process.nextTick(run), protocols: ["echo/1"] };
    this.ben = new BareEndpoint({ identity: ben, peers: this.bens, ...quick, note: (code) => this.notes.push(code) });
    this.ada = new BareEndpoint({
      identity: ada,
      peers: this.adas,
      ...quick,
      webSocket: () => this.#open(),
      ...options,
    });
  }

  #open(): FakeSocket {
    const [near, far] = socketPair(!this.isBenAway);
    this.sockets.push([near, far]);
    if (!this.isBenAway) this.ben.take(far, "192.0.2.1");
    return near;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ada.close();
    await this.ben.close();
  }
}

async function echo(session: PeerSession): Promise<void> {
  for await (const channel of session.channels)
    for await (const message of channel.messages) await channel.send(message);
}

test("BareEndpoint: known keys have a session, and channels on it for protocols that are served", async () => {
  await using scene = new Scene();
  const { ada, ben } = scene;
  const session = await ada.connect(ben.id);
  assert.equal(session.peer, ben.id);
  assert.equal(await ada.connect(ben.id), session, "one session");
  const there = await first(ben.sessions);
  assert.equal(there.peer, ada.id);
  void echo(there);

  const channel = await session.open("echo/1");
  const large = new Uint8Array(300_000).map((_, index) => index % 251);
  await channel.send(textToBytes("hello"));
  await channel.send(large);
  const heard: Uint8Array[] = [];
  for await (const message of channel.messages) if (heard.push(message.slice()) === 2) break;
  assert.equal(text(heard[0] ?? new Uint8Array()), "hello");
  assert.deepEqual(heard[1], large);
  await assert.rejects(session.open("other/1"), { code: "ERR_CHANNEL_REFUSED" });
});

test("BareEndpoint: a session goes on over another socket when one is cut, and nothing is lost", async () => {
  await using scene = new Scene();
  const { ada, ben } = scene;
  const session = await ada.connect(ben.id);
  void echo(await first(ben.sessions));
  const channel = await session.open("echo/1");
  const heard = channel.messages[Symbol.asyncIterator]();
  await channel.send(textToBytes("one"));
  assert.equal(text((await heard.next()).value ?? new Uint8Array()), "one");
  scene.sockets[0]?.[0].cut();
  await channel.send(textToBytes("two"));
  assert.equal(text((await heard.next()).value ?? new Uint8Array()), "two");
  assert.equal(scene.sockets.length, 2);
});

test("BareEndpoint: who is not known shows its key, and is told to go", async () => {
  await using scene = new Scene();
  const { ada, ben, bens } = scene;
  bens.delete(ada.id);
  const session = await ada.connect(ben.id);
  assert.deepEqual(await session.closed, { by: "peer", reason: "revoked" });
  await assert.rejects(session.open("echo/1"), { code: "ERR_SESSION_CLOSED" });
  await assert.rejects(ben.connect(ada.id), { code: "ERR_PEER_UNKNOWN" });
});

test("BareEndpoint: another key at the address is not whom we meant", async () => {
  await using scene = new Scene();
  const other = createIdentity(nodeProvider, random).peerId;
  scene.adas.set(other, [URL_OF_BEN]);
  await assert.rejects(scene.ada.connect(other), { code: "ERR_PEER_UNEXPECTED" });
});

test("BareEndpoint: an address where nobody is, an abort, and the end", async () => {
  await using scene = new Scene();
  const { ada, ben } = scene;
  scene.isBenAway = true;
  await assert.rejects(ada.connect(ben.id), { code: "ERR_PEER_UNREACHABLE" });
  const reason = new Error("enough");
  await assert.rejects(ada.connect(ben.id, { signal: AbortSignal.abort(reason) }), reason);
  await ada.close();
  await assert.rejects(ada.connect(ben.id), { code: "ERR_ENDPOINT_CLOSED" });
});

test("BareEndpoint: who is expelled is gone at both ends", async () => {
  await using scene = new Scene();
  const { ada, ben } = scene;
  const session = await ada.connect(ben.id);
  await first(ben.sessions);
  scene.bens.delete(ada.id);
  ben.expel(ada.id);
  assert.deepEqual(await session.closed, { by: "peer", reason: "revoked" });
});

test("BareEndpoint: it is the same protocol: a whole endpoint talks to it", async () => {
  const lab = new Lab();
  const links = Promise.withResolvers<(link: Link) => void>();
  const transport: Transport = {
    kind: "websocket",
    dial: () => Promise.reject(new Error("a server does not dial")),
    listen: async (onLink) => {
      links.resolve(onLink);
      return { addresses: () => [], port: 0, close: async () => {}, [Symbol.asyncDispose]: async () => {} };
    },
  };
  await using whole = await lab.endpoint("Whole", { transports: [transport], protocols: ["echo/1"] });
  const onLink = await links.promise;
  const clock = new FakeClock();
  const webSocket = (): FakeSocket => {
    const [near, far] = socketPair(true);
    onLink(new WebSocketLink({ socket: far, isOutgoing: false, remote: "192.0.2.1", clock }));
    return near;
  };
  const identity = createIdentity(nodeProvider, random);
  const peers = new Map([[whole.id, [URL_OF_BEN]]]);
  await using bare = new BareEndpoint({ identity, peers, webSocket });
  await whole.trust.add(bare.id, { name: "Bare" });
  const session = await bare.connect(whole.id);
  void echo(await first(whole.sessions));
  const channel = await session.open("echo/1");
  await channel.send(textToBytes("hello"));
  assert.equal(text(await first(channel.messages)), "hello");
});

test("WebSocketLink: text, a packet over the bound, and a stranger that says nothing end it", () => {
  const clock = new FakeClock();
  const ends: string[] = [];
  const make = (): readonly [FakeSocket, FakeSocket] => {
    const pair = socketPair(true);
    const link = new WebSocketLink({ socket: pair[0], isOutgoing: false, remote: "192.0.2.1", clock });
    pair[0].addEventListener("closed by us", () => ends.push("closed"));
    assert.equal(link.room, 1_048_576);
    return pair;
  };
  make()[0].receive("text");
  assert.equal(ends.length, 1);
  make()[0].receive(new ArrayBuffer(66_561));
  assert.equal(ends.length, 2);
  make();
  clock.advance(HANDSHAKE_TIMEOUT);
  assert.equal(ends.length, 3);
});

test("an identity that was kept is the same again", () => {
  const made = makeIdentity();
  const again = identityFromSeed(made.seed.reveal());
  assert.equal(again.peerId, made.peerId);
  assert.notEqual(makeIdentity().peerId, made.peerId);
});
