/**
 * What a neighbour can throw at a node's port (docs/threat-model.md §3): it stays up, says in its log
 * what it refused, and two contacts beside it notice nothing. Real sockets, because the limits are theirs too.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { HandshakeInitiator, instant, oneTimeIdentity } from "@kith/core";
import type { Endpoint } from "../api.ts";
import { createEndpoint } from "./create-endpoint.ts";
import { nodeProvider } from "./node-crypto.ts";

/** Of core's registry and limits, which are not all given out. */
const PACKET = { answer: 0x03, confirm: 0x04, resume: 0x05, refuse: 0x07, record: 0x10 };
const HALF_OPEN_PER_SOURCE_MAX = 4;
const SILENT_LINKS_PER_SOURCE_MAX = 16;
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

const here = { host: "127.0.0.1", discovery: false };

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-strangers-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A hello as it would stand on the wire, with random keys: well-formed as far as anyone can see. */
function hello(): Uint8Array {
  const packet = crypto.getRandomValues(new Uint8Array(1_240));
  packet.set([0x01, ...Buffer.from("kith"), 1, 1, 0, ...new Array<number>(16).fill(0)]);
  return packet;
}

/** A hello that gets an answer. */
function realHello(): Uint8Array {
  const identity = oneTimeIdentity(nodeProvider, random);
  const machine = new HandshakeInitiator({
    provider: nodeProvider,
    random,
    identity,
    staticKeys: nodeProvider.x25519Generate(random),
    incarnation: random(16),
    localIndex: 1,
    now: instant(0),
    isReliable: true,
  });
  const output = machine.poll();
  assert.ok(output?.type === "transmit");
  return output.bytes;
}

function packetTimes(count: number, bytes: Uint8Array): (socket: Socket) => void {
  return (socket) => {
    for (let i = 0; i < count; i++) socket.write(framed(bytes));
  };
}

function framed(packet: Uint8Array, length = packet.length): Uint8Array {
  const frame = new Uint8Array(4 + packet.length);
  new DataView(frame.buffer).setUint32(0, length);
  frame.set(packet, 4);
  return frame;
}

interface Attack {
  readonly send: (socket: Socket) => void;
  /** What the log says why it was refused. */
  readonly says?: string;
  /** The link stays up for now: a handshake may still follow. */
  readonly isKept?: true;
}

const packet = (bytes: Uint8Array) => (socket: Socket) => void socket.write(framed(bytes));

const ATTACKS: Readonly<Record<string, Attack>> = {
  "a frame of length 0": { send: packet(new Uint8Array(0)), says: "violation" },
  "a frame of 4 GiB": { send: (socket) => socket.write(framed(new Uint8Array(16), 0xffff_ffff)), says: "violation" },
  "a frame over the limit for strangers": { send: packet(new Uint8Array(5_000)), says: "violation" },
  "a page request": { send: (socket) => socket.write("GET / HTTP/1.1\r\nHost: kith\r\n\r\n"), says: "violation" },
  "a hello of rubbish keys": { send: packet(hello()), says: "crypto" },
  "the same, eight times at once": { send: packetTimes(8, hello()), says: "crypto" },
  "a hello of another protocol": { send: packet(hello().fill(0x41, 1, 5)), says: "protocol" },
  "a hello cut short": { send: packet(hello().subarray(0, 700)), says: "protocol" },
  "a hello of a version to come": { send: packet(hello().fill(9, 5, 7)), says: "version" },
  "a record of no session": { send: packet(new Uint8Array(64).fill(PACKET.record, 0, 1)) },
  "a confirm out of nowhere": { send: packet(new Uint8Array(216).fill(PACKET.confirm, 0, 1)), says: "protocol" },
  "a resumption of nothing": {
    send: packet(new Uint8Array(1_270).fill(PACKET.resume, 0, 1).fill(1, 1, 2)),
    isKept: true,
  },
  "a packet of no kind": { send: packet(Uint8Array.of(0xee)), says: "protocol" },
};

/** Until the other side ends it, or `ms` have passed; true if it ended. */
function ends(socket: Socket, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

/** The first bytes that come, `undefined` if none do. */
function first(socket: Socket): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    socket.once("data", resolve);
    socket.once("close", () => resolve(undefined));
  });
}

function dial(address: string): Socket {
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.resume();
  return socket;
}

async function friends(home: string): Promise<{ host: Endpoint; friend: Endpoint; address: string }> {
  const host = await createEndpoint({ ...here, home: join(folder, home), name: "Host" });
  const friend = await createEndpoint({ ...here, anonymous: true, name: "Friend" });
  await host.trust.add(friend.id, { name: "Friend" });
  await friend.trust.add(host.id, { name: "Host" });
  const [address = ""] = host.addresses.get();
  await friend.connect(address, { expect: host.id });
  return { host, friend, address };
}

async function tells(from: Endpoint, to: Endpoint, text: string): Promise<void> {
  const heard = (async () => {
    for await (const event of to.chat.watch()) if (event.type === "message") return event.message.text;
    return undefined;
  })();
  await from.chat.send(to.id, text);
  assert.equal(await heard, text);
}

test("a node bears whatever strangers send, logs it, and its contacts notice nothing", {
  timeout: 30_000,
}, async () => {
  const { host, friend, address } = await friends("host");
  await using _host = host;
  await using _friend = friend;
  for (const [name, { send, says: expected, isKept }] of Object.entries(ATTACKS)) {
    const seen = (await host.audit.entries({ limit: 1_000 })).length;
    const socket = dial(address);
    send(socket);
    assert.equal(await ends(socket, isKept === true ? 300 : 5_000), isKept !== true, name);
    socket.destroy();
    await tells(friend, host, name);
    const lines = (await host.audit.entries({ limit: 1_000 })).slice(seen);
    assert.deepEqual(
      lines.flatMap(({ event, detail }) => (event === "refused" ? [detail] : [])),
      expected === undefined ? [] : [`127.0.0.1 ${expected}`],
      name,
    );
  }
  assert.equal((await host.audit.verify()).isIntact, true);
  assert.equal(host.openSessions.get().length, 1);
});

test("whoever fills the places of strangers locks no contact out", { timeout: 30_000 }, async () => {
  const { host, friend, address } = await friends("filled");
  await using _host = host;
  await using _friend = friend;
  const sockets = Array.from({ length: 60 }, () => dial(address));
  const answers = sockets.map((socket) => first(socket));
  // Handshakes that began and never end; the rest says nothing at all.
  for (const socket of sockets.slice(40)) socket.write(framed(realHello()));
  const kinds = (await Promise.all(answers.slice(40))).map((packet) => packet?.[4]);
  assert.equal(kinds.filter((kind) => kind === PACKET.answer).length, HALF_OPEN_PER_SOURCE_MAX);
  assert.equal(kinds.filter((kind) => kind === PACKET.refuse).length, 20 - HALF_OPEN_PER_SOURCE_MAX);
  assert.ok(sockets.slice(0, 40).filter(({ destroyed }) => !destroyed).length <= SILENT_LINKS_PER_SOURCE_MAX);

  await (await friend.connect(host.id)).close();
  await friend.connect(address, { expect: host.id });
  await tells(friend, host, "still here");
  assert.ok(sockets.some(({ destroyed }) => !destroyed)); // it did not wait until they were cut off
  for (const socket of sockets) socket.destroy();
});
