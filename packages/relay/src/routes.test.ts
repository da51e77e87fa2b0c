// Real sockets: what a route gets is what came through the relay's port.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Relay, startRelay } from "./relay.ts";
import { ANSWER_TIME, type Caller, ROUTE_SOCKETS_MAX, type RouteSocket, type Routes, sendAnswer } from "./routes.ts";
import { testConfig } from "./testing/echo-server.ts";
import { clientFrame, rawClient, UPGRADE } from "./testing/raw-client.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-routes-"));
after(() => rmSync(folder, { recursive: true }));
let folders = 0;
const TIMES = { timeout: 20_000 };

const start = (routes: Routes, changes: Parameters<typeof testConfig>[0] = {}): Promise<Relay> =>
  startRelay(testConfig({ data: join(folder, String(++folders)), ...changes }), { write: () => {}, routes });

const ECHO_UPGRADE = UPGRADE.replace("/kith/1", "/echo");

/** Gives back what it gets, and tells what happened. */
function echo(told: string[], sockets: RouteSocket[] = []): Routes {
  return {
    sockets: {
      "/echo": {
        messageBytesMax: 1_000,
        admit: (caller) => {
          if (caller.headers.origin === "http://evil.example") return { status: 403, reason: "Forbidden" };
          told.push(caller.url);
          return (socket) => {
            sockets.push(socket);
            return {
              onMessage: (message) => socket.send([message]),
              onRoom: () => told.push("room"),
              onClosed: () => told.push("closed"),
            };
          };
        },
      },
    },
  };
}

test("a route answers / and what is not the relay's own, with its own headers", TIMES, async () => {
  const callers: Caller[] = [];
  await using relay = await start({
    get: (caller) => {
      callers.push(caller);
      if (caller.url === "/none") return undefined;
      return { status: 200, headers: { "Content-Type": "text/html", "Cache-Control": "max-age=9" }, body: "<p>é" };
    },
  });
  const at = `http://127.0.0.1:${relay.port}`;
  const root = await fetch(`${at}/`);
  assert.deepEqual(
    [root.status, await root.text(), root.headers.get("content-type"), root.headers.get("content-length")],
    [200, "<p>é", "text/html", "5"],
  );
  assert.deepEqual(
    [root.headers.get("cache-control"), root.headers.get("x-content-type-options")],
    ["max-age=9", "nosniff"],
  );
  assert.equal(await (await fetch(`${at}/a/b.js?v=1`, { method: "HEAD" })).text(), "");
  assert.equal((await fetch(`${at}/none`)).status, 404);
  for (const path of ["/health", "/ready", "/metrics", "/openapi.json", "/kith/1"]) await fetch(`${at}${path}`);
  assert.equal((await fetch(`${at}/a`, { method: "POST" })).status, 405);
  assert.deepEqual(
    callers.map(({ url, address }) => `${url} ${address}`),
    ["/ 127.0.0.1", "/a/b.js?v=1 127.0.0.1", "/none 127.0.0.1"],
  );
});

test("an answer that nobody reads is cut off after its time", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let destroyed = 0;
  const response = { writeHead() {}, once() {}, end() {}, destroy: () => destroyed++ };
  sendAnswer({ method: "GET" } as never, response as never, { status: 200, headers: {}, body: "long" });
  context.mock.timers.tick(ANSWER_TIME - 1);
  assert.equal(destroyed, 0);
  context.mock.timers.tick(1);
  assert.equal(destroyed, 1);
});

test("a route's WebSocket gets whole messages, and an end", TIMES, async () => {
  const told: string[] = [];
  await using relay = await start(echo(told));
  const client = await rawClient(relay.port);
  client.socket.write(ECHO_UPGRADE);
  await client.until((text) => text.includes("\r\n\r\n"));
  client.socket.write(clientFrame(Buffer.from("hel"), { isFinal: false }));
  client.socket.write(clientFrame(Buffer.from("lo"), { opcode: 0 }));
  await client.until((text) => text.endsWith("\x82\x05hello"));
  client.socket.write(clientFrame(Buffer.alloc(1_001)));
  await client.until((text) => text.endsWith("\x88\x02\x03\xf1")); // 1009
  client.socket.destroy();
  await client.closed;
  assert.deepEqual(told, ["/echo", "closed"]);
});

test("whom a route does not want is told so, and a path that nobody has is not found", TIMES, async () => {
  const told: string[] = [];
  await using relay = await start(echo(told));
  for (const [upgrade, status] of [
    [ECHO_UPGRADE.replace("Host", "Origin: http://evil.example\r\nHost"), 403],
    [ECHO_UPGRADE.replace("/echo", "/echo?x"), 404],
    [ECHO_UPGRADE.replace("Version: 13", "Version: 12"), 426],
  ] as const) {
    const client = await rawClient(relay.port);
    client.socket.write(upgrade);
    await client.closed;
    assert.match(client.text(), new RegExp(`^HTTP/1.1 ${status} `));
  }
  assert.deepEqual(told, []);
});

test(`routes have ${ROUTE_SOCKETS_MAX} WebSockets at once, and one more when one has gone`, TIMES, async () => {
  await using relay = await start(echo([]), { connectionsPerSource: 1_000 });
  const open = async (): Promise<{ text: string; end: () => void }> => {
    const client = await rawClient(relay.port);
    client.socket.write(ECHO_UPGRADE);
    const text = await client.until((each) => each.includes("\r\n\r\n"));
    return { text, end: () => client.socket.destroy() };
  };
  const all = [];
  for (let index = 0; index < ROUTE_SOCKETS_MAX; index++) all.push(await open());
  assert.ok(all.every(({ text }) => text.startsWith("HTTP/1.1 101")));
  assert.match((await open()).text, /^HTTP\/1.1 503/);
  all[0]?.end();
  let again = await open();
  for (let tries = 0; tries < 100 && again.text.includes("503"); tries++) again = await open();
  assert.match(again.text, /^HTTP\/1.1 101/);
  for (const { end } of [...all, again]) end();
});

test("when the relay ends, the WebSockets of its routes are told, and those that stay are cut off", TIMES, async () => {
  const told: string[] = [];
  const relay = await start({ ...echo(told), close: async () => void told.push("over") });
  const client = await rawClient(relay.port);
  client.socket.write(ECHO_UPGRADE);
  await client.until((text) => text.includes("\r\n\r\n"));
  await relay.close();
  await client.closed;
  assert.ok(client.text().endsWith("\x88\x02\x03\xe9")); // 1001
  assert.deepEqual(told, ["/echo", "closed", "over"]);
});

test("a client that reads nothing costs a route's socket its room, and no more", TIMES, async () => {
  const [told, sockets]: [string[], RouteSocket[]] = [[], []];
  await using relay = await start(echo(told, sockets));
  const client = await rawClient(relay.port);
  client.socket.write(ECHO_UPGRADE);
  await client.until((text) => text.includes("\r\n\r\n"));
  client.socket.pause();
  const [socket] = sockets;
  assert.ok(socket);
  for (let idle = 0, sent = 0; idle < 20; idle++) {
    for (; socket.room > 0; idle = 0) {
      socket.send([new Uint8Array(60_000)]);
      assert.ok(++sent < 1_000, "room never ends");
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(!told.includes("room"));
  client.socket.resume();
  while (!told.includes("room")) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(socket.room, 262_144);
  client.socket.destroy();
});
