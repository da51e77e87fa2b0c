/**
 * js-libp2p as its documentation sets it up, for gossip: with gossipsub, and with the plainest thing that works, a
 * flood over one stream to each neighbour. The flood signs with Ed25519 in `node:crypto` and checks before it passes
 * on, with keys imported beforehand; it remembers what it has seen, and does nothing else.
 *
 * @module
 */
import { generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type GossipSub, gossipsub } from "@libp2p/gossipsub";
import { identify } from "@libp2p/identify";
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { createLibp2p, type Libp2p } from "libp2p";
import type { Edges } from "../scenario/gossip-net.ts";
import { type Pipe, prefixed } from "./contender.ts";
import type { OnDelivery, StartGossip } from "./gossip.ts";
import { pipeOver } from "./libp2p.ts";

const TOPIC = "bench";
const FLOOD_PROTOCOL = "/flood/1";
/** As the measurements before: all have so many mesh peers. */
const MESH_PEERS_MIN = 3;

// New for each node: libp2p writes the node's key into it.
const plain = () => ({
  addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  // Its pings wait behind the messages, and it would give up connections that have much to do.
  connectionMonitor: { enabled: false },
  connectionManager: { maxConnections: 1_000, inboundConnectionThreshold: 1_000, maxIncomingPendingConnections: 1_000 },
});

export const startGossipsub: StartGossip = async (count, edges, onDelivery) => {
  const nodes = await many(count, () =>
    createLibp2p({ ...plain(), services: { identify: identify(), gossip: gossipsub() } }),
  );
  const gossips = nodes.map(({ services }): GossipSub => services.gossip);
  const mesh = nodes.map(() => new Set<string>());
  for (const [node, gossip] of gossips.entries()) {
    gossip.subscribe(TOPIC);
    gossip.addEventListener("gossipsub:graft", ({ detail }) => mesh[node]?.add(detail.peerId));
    gossip.addEventListener("gossipsub:prune", ({ detail }) => mesh[node]?.delete(detail.peerId));
    gossip.addEventListener("message", ({ detail }) => onDelivery(node, detail.data));
  }
  await link(nodes, edges);
  while (mesh.some(({ size }) => size < MESH_PEERS_MIN)) await sleep(50);
  return {
    async publish(node, bytes) {
      await gossips[node]?.publish(TOPIC, bytes);
    },
    stop: () => stop(nodes),
  };
};

export const startLibp2pFlood: StartGossip = async (count, edges, onDelivery) => {
  const nodes = await many(count, () => createLibp2p(plain()));
  const keys = nodes.map(() => generateKeyPairSync("ed25519"));
  const publicKeys = keys.map(({ publicKey }) => publicKey);
  const flooders = keys.map(({ privateKey }, i) => new Flooder(i, privateKey, publicKeys, onDelivery));
  await Promise.all(
    nodes.map((node, i) =>
      node.handle(FLOOD_PROTOCOL, (stream) => flooders[i]?.add(prefixed(pipeOver(stream, () => stream.close())))),
    ),
  );
  await link(nodes, edges, async (connection, i) => {
    const stream = await connection.newStream(FLOOD_PROTOCOL);
    flooders[i]?.add(prefixed(pipeOver(stream, () => stream.close())));
  });
  while (flooders.reduce((sum, { degree }) => sum + degree, 0) < 2 * edges.length) await sleep(10);
  return {
    async publish(node, bytes) {
      await flooders[node]?.publish(bytes);
    },
    stop: () => stop(nodes),
  };
};

const HEADER_BYTES = 6; // u16 origin · u32 number
const SIGNATURE_BYTES = 64;

class Flooder {
  readonly #self: number;
  readonly #key: KeyObject;
  readonly #keys: readonly KeyObject[];
  readonly #onDelivery: OnDelivery;
  readonly #pipes: Pipe[] = [];
  readonly #seen = new Set<number>();
  #number = 0;

  constructor(self: number, key: KeyObject, keys: readonly KeyObject[], onDelivery: OnDelivery) {
    [this.#self, this.#key, this.#keys, this.#onDelivery] = [self, key, keys, onDelivery];
  }

  get degree(): number {
    return this.#pipes.length;
  }

  add(pipe: Pipe): void {
    this.#pipes.push(pipe);
    pipe.onData((message) => this.#take(pipe, message));
  }

  async publish(payload: Uint8Array): Promise<void> {
    const body = Buffer.alloc(HEADER_BYTES + payload.length);
    body.writeUInt16BE(this.#self);
    body.writeUInt32BE(this.#number, 2);
    body.set(payload, HEADER_BYTES);
    const message = Buffer.concat([body, sign(null, body, this.#key)]);
    this.#isNew(message);
    this.#number += 1;
    await Promise.all(this.#pipes.map((pipe) => (pipe.write(message) ? undefined : pipe.drain())));
  }

  #take(from: Pipe, bytes: Uint8Array): void {
    if (!this.#isNew(bytes)) return;
    const message = Buffer.from(bytes); // the array is the pipe's
    const end = message.length - SIGNATURE_BYTES;
    const key = this.#keys[message.readUInt16BE(0)];
    if (key === undefined || !verify(null, message.subarray(0, end), key, message.subarray(end)))
      throw new Error("a message whose signature does not hold");
    this.#onDelivery(this.#self, message.subarray(HEADER_BYTES, end));
    for (const pipe of this.#pipes) if (pipe !== from) pipe.write(message);
  }

  #isNew(message: Uint8Array): boolean {
    const view = new DataView(message.buffer, message.byteOffset);
    const id = view.getUint16(0) * 2 ** 32 + view.getUint32(2);
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    return true;
  }
}

type Connection = Awaited<ReturnType<Libp2p["dial"]>>;

/** Dials each edge once, from its first end. */
async function link(
  nodes: readonly Libp2p[],
  edges: Edges,
  linked?: (connection: Connection, from: number) => Promise<void>,
): Promise<void> {
  for (const [from, to] of edges) {
    const [dialer, address] = [nodes[from], nodes[to]?.getMultiaddrs()[0]];
    if (dialer === undefined || address === undefined) throw new Error(`no node ${from} or ${to}`);
    const connection = await dialer.dial(address);
    await linked?.(connection, from);
  }
}

function many<Node>(count: number, make: () => Promise<Node>): Promise<Node[]> {
  return Promise.all(Array.from({ length: count }, make));
}

async function stop(nodes: readonly Libp2p[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()));
}
