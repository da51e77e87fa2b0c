// Real sockets on the loopback: what the system, Node and a client that misbehaves do together cannot be faked.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { millis, seconds } from "@kith/core";
import { frameOf, OPCODE } from "./frame.ts";
import { echoServer } from "./testing/echo-server.ts";
import { clientFrame, rawClient, UPGRADE, upgradedClient } from "./testing/raw-client.ts";
import type { Written } from "./websocket.ts";

const closeOf = (code: number): string => Buffer.from([0x88, 2, code >>> 8, code & 0xff]).toString("latin1");
const tail = (text: string): string => text.slice(text.indexOf("\r\n\r\n") + 4);
const TIMES = { timeout: 20_000 };

async function openWebSocket(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/kith/1`);
  socket.binaryType = "arraybuffer";
  await new Promise<unknown>((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return socket;
}

test("[REL-1] a WebSocket of Node exchanges messages of every size, in order", TIMES, async () => {
  await using server = await echoServer();
  const socket = await openWebSocket(server.listener.port);
  assert.equal(socket.extensions, ""); // no compression, though the client offers it
  const sizes = [0, 1, 125, 126, 127, 1_024, 65_535, 65_536, 66_560];
  const received: Uint8Array[] = [];
  const all = new Promise<void>((resolve) => {
    socket.onmessage = ({ data }) => {
      received.push(new Uint8Array(data));
      if (received.length === sizes.length) resolve();
    };
  });
  const sent = sizes.map((size) => new Uint8Array(size).map((_, index) => (index ^ size) & 0xff));
  for (const message of sent) socket.send(message);
  await all;
  assert.deepEqual(received, sent);
  const closed = new Promise<CloseEvent>((resolve) => {
    socket.onclose = resolve;
  });
  socket.close(1000);
  assert.equal((await closed).code, 1000);
  await server.empty();
});

test("[REL-1] a text closes with 1002, a message of 66,561 bytes with 1009", TIMES, async () => {
  await using server = await echoServer();
  for (const [message, code] of [
    ["hello", 1002],
    [new Uint8Array(66_561), 1009],
  ] as const) {
    const socket = await openWebSocket(server.listener.port);
    const closed = new Promise<CloseEvent>((resolve) => {
      socket.onclose = resolve;
    });
    socket.send(message);
    assert.equal((await closed).code, code);
  }
  await server.empty();
});

test("a connection answers a ping, and the bytes that came with the handshake", TIMES, async () => {
  await using server = await echoServer();
  const client = await rawClient(server.listener.port);
  client.socket.write(
    Buffer.concat([
      Buffer.from(UPGRADE),
      clientFrame(Buffer.from("early")),
      clientFrame(Buffer.from("?"), { opcode: OPCODE.ping }),
    ]),
  );
  assert.equal(tail(await client.until((text) => tail(text).length >= 10)), "\x82\x05early\x8a\x01?");
  client.socket.destroy();
  await server.empty();
});

test("[REL-2] a silent client is asked after 25 s and given up after 60 s; one that answers stays", TIMES, async () => {
  await using server = await echoServer();
  const silent = await upgradedClient(server.listener.port);
  const [connection] = server.connections;
  for (let tick = 0; tick < 5; tick++) connection?.tick();
  assert.equal(tail(await silent.until((text) => tail(text).length >= 2)), "\x89\x00");
  silent.socket.write(clientFrame(new Uint8Array(0), { opcode: OPCODE.pong }));
  silent.socket.write(clientFrame(Buffer.from("a")));
  await silent.until((text) => text.endsWith("\x82\x01a")); // both were read
  for (let tick = 0; tick < 11; tick++) connection?.tick();
  assert.equal(server.connections.size, 1);
  connection?.tick();
  await silent.closed;
  await server.empty();
});

test("a close is answered with its code, or with what is allowed where that is not", TIMES, async () => {
  await using server = await echoServer();
  for (const [code, answer] of [
    [1000, 1000],
    [4001, 4001],
    [1006, 1002],
    [999, 1002],
    [undefined, 1000],
  ] as const) {
    const client = await upgradedClient(server.listener.port);
    const payload = code === undefined ? [] : [code >>> 8, code & 0xff];
    client.socket.write(clientFrame(Uint8Array.from(payload), { opcode: OPCODE.close }));
    await client.until((text) => text.endsWith(closeOf(answer)));
    await client.closed;
  }
});

test("a client that does not answer a close is cut off", TIMES, async () => {
  await using server = await echoServer();
  const client = await upgradedClient(server.listener.port);
  client.socket.allowHalfOpen = true;
  const [connection] = server.connections;
  connection?.close(1001);
  assert.equal(server.connections.size, 0);
  await client.until((text) => text.endsWith(closeOf(1001)));
  connection?.tick();
  connection?.tick();
  await server.empty();
  client.socket.destroy();
});

test("a client that never reads is given no more than its room", TIMES, async () => {
  await using server = await echoServer();
  const client = await upgradedClient(server.listener.port);
  client.socket.pause();
  const [connection] = server.connections;
  assert.ok(connection);
  const message = new Uint8Array(65_536);
  let sent = 0;
  while (connection.room > 0 && sent < 10_000) {
    connection.send([message]);
    sent++;
    await new Promise((resolve) => setImmediate(resolve)); // the system's own buffers fill first
  }
  assert.ok(sent < 1_000, `${sent} messages of 64 KiB were taken`);
  // Pings of somebody who reads nothing are not answered one by one for ever.
  const pings = Buffer.concat(
    Array.from({ length: 1_000 }, () => clientFrame(new Uint8Array(125), { opcode: OPCODE.ping })),
  );
  client.socket.write(pings);
  client.socket.write(clientFrame(new Uint8Array(1), { opcode: OPCODE.close }));
  while (connection.isOpen) await new Promise((resolve) => setImmediate(resolve));
  client.socket.destroy();
  await server.empty();
});

test("who gets the same messages gets the same bytes, and who is slow gets them whole", TIMES, async () => {
  await using server = await echoServer();
  const slow = await upgradedClient(server.listener.port);
  const quick = await upgradedClient(server.listener.port);
  const [toSlow, toQuick] = server.connections;
  assert.ok(toSlow && toQuick);
  const bytesBefore = slow.socket.bytesRead;
  const digests = [slow, quick].map(({ socket }) => {
    const hash = createHash("sha256");
    socket.on("data", (chunk: Buffer) => hash.update(chunk));
    return hash;
  });
  const expected = createHash("sha256");
  let bytes = 0;
  slow.socket.pause();
  let written: Written | undefined;
  for (let round = 0; toSlow.room > 0; round++) {
    const messages = [new Uint8Array(20_000).fill(round), new Uint8Array(1 + (round & 2) * 25_000).fill(round + 1)];
    for (const message of messages) {
      const frame = frameOf(OPCODE.binary, message);
      expected.update(frame);
      bytes += frame.length;
    }
    written = toSlow.send(messages, toQuick.send(messages, written));
    assert.ok(written?.messages === messages, `round ${round}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  slow.socket.resume();
  const digest = expected.digest("hex");
  for (const [index, { socket }] of [slow, quick].entries()) {
    while (socket.bytesRead < bytesBefore + bytes) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(digests[index]?.digest("hex"), digest);
    socket.destroy();
  }
});

test("slow-loris: a request or a handshake that trickles in is cut off after its time", TIMES, async () => {
  await using server = await echoServer({}, millis(500));
  const started = performance.now();
  const slow = await Promise.all(
    ["GET /health HTTP/1.1\r\nHost: x\r\n", UPGRADE.slice(0, -2), "", "\x16\x03\x01"].map(async (text, index) => {
      const client = await rawClient(server.listener.port);
      client.socket.write(text);
      const dripping = setInterval(() => client.socket.write(index < 2 ? "X" : ""), 50);
      await client.closed;
      clearInterval(dripping);
      return client.text();
    }),
  );
  assert.ok(performance.now() - started < 5_000);
  assert.ok(slow.every((text) => !text.includes("101")));
  await server.empty();
});

test("one source has no more sockets than its share, others are not held up", TIMES, async () => {
  await using server = await echoServer({ connectionsPerSource: 10 }, seconds(10));
  const { port } = server.listener;
  const many = await Promise.all(Array.from({ length: 60 }, () => rawClient(port, "127.0.0.2")));
  const other = await upgradedClient(port, "127.0.0.3");
  other.socket.write(clientFrame(Buffer.from("a")));
  await other.until((text) => text.endsWith("a"));
  assert.deepEqual(new Set(server.rejected), new Set(["source"]));
  assert.equal(server.rejected.length, 60 - 42);
  for (const client of many) client.socket.destroy();
  await Promise.all(many.map(({ closed }) => closed));
  other.socket.destroy();
  await server.empty();
  await upgradedClient(port, "127.0.0.2"); // what was freed can be used again
});

test("2,000 half-open sockets of 50 sources hold up nobody", { timeout: 60_000 }, async () => {
  await using server = await echoServer();
  const { port } = server.listener;
  const half = await Promise.all(
    Array.from({ length: 2_000 }, async (_, index) => {
      const client = await rawClient(port, `127.0.1.${1 + (index % 50)}`);
      if (index % 2 === 1) client.socket.write(UPGRADE.slice(0, index % UPGRADE.length));
      return client;
    }),
  );
  const client = await upgradedClient(port);
  client.socket.write(clientFrame(Buffer.from("a")));
  await client.until((text) => text.endsWith("a"));
  assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
  assert.deepEqual(server.rejected, []);
  for (const { socket } of half) socket.destroy();
  client.socket.destroy();
});

const BAD_HANDSHAKES: readonly (readonly [name: string, from: string, to: string, status: number])[] = [
  ["another path", "/kith/1", "/kith/2", 404],
  ["another method", "GET", "POST", 405],
  ["another version", "Version: 13", "Version: 8", 426],
  ["no version", "Sec-WebSocket-Version: 13\r\n", "", 426],
  ["a short key", "AAAAAAAAAAAAAAAAAAAAAA==", "AAAA", 400],
  ["another protocol", "Upgrade: websocket", "Upgrade: h2c", 400],
];

for (const [name, from, to, status] of BAD_HANDSHAKES) {
  test(`a handshake with ${name} is answered with ${status}`, TIMES, async () => {
    await using server = await echoServer();
    const client = await rawClient(server.listener.port);
    client.socket.write(UPGRADE.replace(from, to));
    assert.match(await client.until((text) => text.includes("\r\n\r\n")), new RegExp(`^HTTP/1.1 ${status} `));
    await client.closed;
    assert.deepEqual(server.rejected, ["handshake"]);
  });
}

test("a relay that is full says so before the handshake", TIMES, async () => {
  await using server = await echoServer();
  server.isFull = true;
  const client = await rawClient(server.listener.port);
  client.socket.write(UPGRADE);
  assert.match(await client.until((text) => text.includes("\r\n\r\n")), /^HTTP\/1\.1 503 .*\r\nRetry-After: 10\r\n/s);
  await client.closed;
});

test("the handshake's answer is the one of RFC 6455", TIMES, async () => {
  await using server = await echoServer();
  const client = await rawClient(server.listener.port);
  client.socket.write(UPGRADE.replace("AAAAAAAAAAAAAAAAAAAAAA==", "dGhlIHNhbXBsZSBub25jZQ=="));
  assert.match(
    await client.until((text) => text.includes("\r\n\r\n")),
    /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/,
  );
});
