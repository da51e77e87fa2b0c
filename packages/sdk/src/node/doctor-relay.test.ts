// Real sockets: a real relay in a process of its own, and servers that are none, or less than one.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createWebServer, type Server as WebServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { millis, wallTime } from "@kith/core";
import { systemClock } from "../clock.ts";
import type { Finding } from "../doctor/finding.ts";
import { RelayProcess } from "../testing/relay-process.ts";
import { checkRelay, type RelayCheckOptions } from "./doctor-relay.ts";

const SELF_SIGNED = new URL("../../../relay/src/testing/self-signed.ts", import.meta.url).href;
const LIMIT_MS = 1_000;

const folder = mkdtempSync(join(tmpdir(), "kith-doctor-"));
const relays: RelayProcess[] = [];
const servers: Server[] = [];
const connections = new Set<Socket>();
after(async () => {
  for (const each of relays) await each[Symbol.asyncDispose]();
  for (const server of servers) server.close();
  for (const socket of connections) socket.destroy();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function relay(flags: Readonly<Record<string, unknown>>): Promise<RelayProcess> {
  const started = await RelayProcess.start(mkdtempSync(join(folder, "relay-")), flags);
  relays.push(started);
  return started;
}

async function portOf(server: Server | WebServer): Promise<number> {
  servers.push(server);
  server.on("connection", (socket: Socket) => connections.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port; // it listens at a port
}

const visit = async (address: string, options: RelayCheckOptions = {}, pinned?: string): Promise<Finding[]> =>
  checkRelay({ address, ...(pinned !== undefined && { pinned }) }, { limit: millis(LIMIT_MS), env: {}, ...options });
const brief = (findings: readonly Finding[]): string[] => findings.map(({ check, verdict }) => `${check} ${verdict}`);

test("doctor finds a relay with the right key, one with another, and clocks that differ", async () => {
  const { port, key: relayKey } = await relay({});
  const address = `ws://127.0.0.1:${port}`;
  const [right] = await visit(`${address}#${relayKey}`);
  assert.deepEqual([right?.verdict, right?.fix], ["good", undefined]);
  assert.match(right?.words ?? "", /the right one/);
  assert.match((await visit(address))[0]?.words ?? "", /not known before/);
  assert.match((await visit(address, {}, relayKey))[0]?.words ?? "", /the right one/);
  const other = "ab".repeat(32);
  for (const findings of [await visit(`${address}#${other}`), await visit(address, {}, other)]) {
    assert.deepEqual(brief(findings), ["relay bad"]);
    assert.match(findings[0]?.words ?? "", /another key/);
    assert.ok(!JSON.stringify(findings).includes(relayKey.slice(0, 8)), "a report names no keys");
  }
  for (const [off, verdict, words] of [
    [20 * 60_000, "bad", /20 minutes ahead of/],
    [-120_000, "warn", /2 minutes behind/],
    [-86_400_000 * 3, "bad", /3 days behind/],
  ] as const) {
    const clock = { ...systemClock, wall: () => wallTime(Date.now() + off) };
    const findings = await visit(address, { clock });
    assert.deepEqual(brief(findings), ["relay good", `clock ${verdict}`]);
    assert.match(findings[1]?.words ?? "", words);
  }
});

const websocket = (server: WebServer, then: string): WebServer =>
  server.on("upgrade", (request, socket) => {
    const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n${then}`,
      "latin1",
    );
    if (then === "end") socket.destroy();
    socket.on("error", () => {});
  });
const status = (code: number): WebServer =>
  createWebServer((_request, response) => void response.writeHead(code).end());

for (const [what, make, words] of [
  ["a TCP server that says nothing", () => createServer(() => {}), /the WebSocket does not come up/],
  ["a TCP server that hangs up", () => createServer((socket) => socket.destroy()), /the WebSocket does not come up/],
  [
    "a server of another protocol",
    () => createServer((socket) => void socket.end("SSH-2.0-x\r\n")),
    /no HTTP|not speak HTTP/,
  ],
  ["a proxy that forbids", () => status(403), /refused with HTTP status 403/],
  ["a proxy that wants a login", () => status(407), /refused with HTTP status 407/],
  ["a proxy that answers a page", () => status(200), /refused with HTTP status 200/],
  ["a web server", () => status(404), /without a relay/],
  ["a relay that goes down", () => status(503), /takes nobody/],
  ["a WebSocket that carries nothing", () => websocket(createWebServer(), ""), /nothing comes through/],
  ["a WebSocket that ends", () => websocket(createWebServer(), "end"), /speaks no Kith|nothing comes through/],
  ["a WebSocket of others", () => websocket(createWebServer(), "\x81\x02hi"), /speaks no Kith/],
  ["a WebSocket with nonsense", () => websocket(createWebServer(), "\x82\x03abc"), /speaks no Kith/],
  ["a welcome cut short", () => websocket(createWebServer(), "\x82\x02\x81\x01"), /speaks no Kith/],
  [
    "a welcome that nobody signed",
    () =>
      websocket(
        createWebServer(),
        `\x82\x7e\x00\x8a\x81\x01${"\x01".repeat(64)}\0\0\x01\0\0\0\0\0${"\x01".repeat(64)}`,
      ),
    /does not prove its key/,
  ],
  [
    "an upgrade that is none",
    () =>
      createServer(
        (socket) => void socket.write("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
      ),
    /the WebSocket does not come up/,
  ],
] as const satisfies readonly (readonly [string, () => Server | WebServer, RegExp])[]) {
  test(`doctor tells ${what} from a relay`, async () => {
    const port = await portOf(make());
    const findings = await visit(`ws://127.0.0.1:${port}`);
    assert.deepEqual(brief(findings), ["relay bad"]);
    assert.match(findings[0]?.words ?? "", words);
    assert.notEqual(findings[0]?.fix, undefined);
  });
}

test("doctor tells a wrong address, a name that leads nowhere, and a port where nobody listens", async () => {
  assert.match((await visit("http://example.org"))[0]?.words ?? "", /address that is none/);
  assert.match((await visit("wss://nowhere.invalid"))[0]?.words ?? "", /nowhere\.invalid leads nowhere/);
  const server = createServer();
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  assert.match((await visit(`ws://127.0.0.1:${port}`))[0]?.words ?? "", /Nothing listens/);
});

test("doctor tells TLS that does not come up from a certificate that is not trusted, and trusts one that is", async () => {
  const { selfSigned } = (await import(SELF_SIGNED)) as {
    selfSigned(name: string, serial: number): { cert: string; key: string };
  };
  const { cert, key } = selfSigned("relay.test", 1);
  const [tlsCert, tlsKey] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(tlsCert, cert);
  writeFileSync(tlsKey, key);
  const plain = await portOf(status(200));
  assert.match((await visit(`wss://127.0.0.1:${plain}`))[0]?.words ?? "", /no TLS comes up/);
  const mute = await portOf(createServer(() => {}));
  assert.match((await visit(`wss://127.0.0.1:${mute}`))[0]?.words ?? "", /no TLS comes up/);
  const { port, key: relayKey } = await relay({ tlsCert, tlsKey });
  const address = `wss://localhost:${port}#${relayKey}`;
  assert.match((await visit(address))[0]?.words ?? "", /signed by nobody/);
  assert.match((await visit(`ws://localhost:${port}`))[0]?.words ?? "", /WebSocket does not come up|not speak HTTP/);
  const script = `
    import { checkRelay } from ${JSON.stringify(new URL("./doctor-relay.ts", import.meta.url).href)};
    for (const address of ${JSON.stringify([address, `localhost:${port}`])})
      console.log(JSON.stringify(await checkRelay({ address })));
  `;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: tlsCert },
  });
  const lines = String(said).trim().split("\n");
  assert.deepEqual(
    lines.map((line) => brief(JSON.parse(line))),
    [["relay good"], ["relay good"]],
  );
});
