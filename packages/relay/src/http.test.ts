// Real sockets: what HTTP's edges are is decided by Node.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { answerRequest, type HttpFacts } from "./http.ts";
import { jsonLog } from "./log.ts";
import { METRICS, Metrics } from "./metrics.ts";
import { OPENAPI } from "./openapi.ts";
import { echoServer } from "./testing/echo-server.ts";
import { rawClient } from "./testing/raw-client.ts";
import { selfSigned } from "./testing/self-signed.ts";
import { readTls } from "./tls-files.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-http-"));
after(() => rmSync(folder, { recursive: true }));

interface Heard {
  status: number;
  headers: Record<string, unknown>;
  body: string | undefined;
}

/** What is answered, without a socket. */
function answer(method: string, url: string, facts: Partial<HttpFacts> = {}): Heard {
  const heard: Heard = { status: 0, headers: {}, body: undefined };
  const response = {
    writeHead: (status: number, headers: Record<string, unknown>) => Object.assign(heard, { status, headers }),
    end: (body: string | undefined) => Object.assign(heard, { body }),
  };
  const all: HttpFacts = { readiness: () => "ready", metrics: () => "kith_relay_connections 0\n", ...facts };
  answerRequest({ method, url } as never, response as never, all);
  return heard;
}

test("every path of OPENAPI is answered as it says, and no other is", () => {
  const paths = Object.entries(OPENAPI["paths"] as Record<string, { get?: { responses: object } }>);
  const calls = paths.filter(([, { get }]) => get === undefined).map(([path]) => path);
  assert.deepEqual(calls, ["/shares/{id}"], "whose answers are tested with what they do");
  for (const [path, { get }] of paths) {
    if (get === undefined || path === "/sign-pass") continue;
    const { status } = answer("GET", path);
    assert.ok(String(status) in get.responses, `${path}: ${status}`);
  }
  for (const path of ["/metrics/", "/kith/2", "/%2e%2e/key", "//health", "/health?x", "/constructor"])
    assert.equal(answer("GET", path).status, 404, path);
});

test("/ready says whether logins are taken, /health that the process lives", () => {
  assert.deepEqual([answer("GET", "/ready").status, answer("GET", "/ready").body], [200, '{"status":"ready"}\n']);
  for (const status of ["draining", "storage"] as const) {
    const { status: code, body } = answer("GET", "/ready", { readiness: () => status });
    assert.deepEqual([code, body], [503, `{"status":"${status}"}\n`]);
    assert.equal(answer("GET", "/health", { readiness: () => status }).status, 200);
  }
});

test("HEAD has no body, other methods are refused, metrics are not for everybody", () => {
  const head = answer("HEAD", "/health");
  assert.deepEqual([head.status, head.body, head.headers["Content-Length"]], [200, undefined, 16]);
  assert.deepEqual([answer("POST", "/health").status, answer("POST", "/health").headers["Allow"]], [405, "GET, HEAD"]);
  assert.equal(answer("GET", "/metrics", { metrics: () => undefined }).status, 403);
  assert.equal(answer("GET", "/metrics").body, "kith_relay_connections 0\n");
});

test("Metrics are in the format of Prometheus, and no label grows without end", () => {
  const metrics = new Metrics();
  metrics.add("kith_relay_connections", 2);
  for (let index = 0; index < 100; index++) metrics.add("kith_relay_closed_total", 1, String(index));
  const text = metrics.text();
  assert.match(
    text,
    /# HELP kith_relay_connections [^\n]+\n# TYPE kith_relay_connections gauge\nkith_relay_connections 2\n/,
  );
  assert.match(text, /kith_relay_closed_total\{code="other"\} 36\n/);
  for (const line of text.trimEnd().split("\n"))
    assert.match(line, /^(# (HELP|TYPE) kith_\w+ .+|kith_\w+(\{\w+="\w+"\})? [\d.e+-]+)$/);
  assert.deepEqual(Object.keys(JSON.parse(metrics.json())), Object.keys(METRICS));
  assert.throws(() => metrics.add("kith_relay_none"), /no metric/);
});

test("jsonLog writes a line an event, and what is asked for", () => {
  const lines: string[] = [];
  const log = jsonLog(
    "warn",
    (line) => lines.push(line),
    () => 0,
  );
  log("info", "ready");
  log("warn", "store.full", { bytes: 3, text: 'a\n"b' });
  jsonLog("off", (line) => lines.push(line))("warn", "never");
  assert.deepEqual(lines, [
    '{"time":"1970-01-01T00:00:00.000Z","level":"warn","event":"store.full","bytes":3,"text":"a\\n\\"b"}\n',
  ]);
});

test("garbage, a request that is too long and a body are refused; the next request is answered", {
  timeout: 20_000,
}, async () => {
  await using server = await echoServer();
  const { port } = server.listener;
  for (const text of [
    "\0\0\0\0\r\n\r\n",
    `GET / HTTP/1.1\r\nX: ${"x".repeat(10_000)}\r\n\r\n`,
    "GET / HTTP/1.1\r\n\r\n",
  ]) {
    const client = await rawClient(port);
    client.socket.write(text);
    client.socket.end();
    await client.closed;
    assert.doesNotMatch(client.text(), /^HTTP\/1.1 200/);
  }
  assert.equal((await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "x".repeat(100_000) })).status, 405);
  assert.match(await (await fetch(`http://127.0.0.1:${port}/`)).text(), /Kith relay/);
});

test("TLS: a certificate that was renewed is used without a restart; wss works", { timeout: 20_000 }, async () => {
  const [first, second] = [selfSigned("first", 1), selfSigned("second", 2)];
  const [tlsCert, tlsKey] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const put = ({ cert, key }: { cert: string; key: string }): void => {
    writeFileSync(tlsCert, cert);
    writeFileSync(tlsKey, key);
  };
  put(first);
  await using server = await echoServer({ tlsCert, tlsKey });
  const { port, address } = server.listener;
  assert.equal(address, `wss://127.0.0.1:${port}`);
  const nameSeen = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const call = request(
        { port, host: "127.0.0.1", path: "/health", rejectUnauthorized: false, agent: false },
        (response) => {
          resolve(String((response.socket as TLSSocket).getPeerCertificate().subject.CN));
          response.resume();
        },
      );
      call.on("error", reject).end();
    });
  assert.equal(await nameSeen(), "first");
  put(second);
  const renewed = readTls({ tlsCert, tlsKey });
  assert.ok(renewed);
  server.listener.renewTls(renewed);
  assert.equal(await nameSeen(), "second");
  put({ cert: first.cert, key: second.key });
  assert.throws(() => readTls({ tlsCert, tlsKey }), { code: "ERR_TLS", message: /do not belong together/ });
  writeFileSync(tlsCert, "no certificate");
  assert.throws(() => readTls({ tlsCert, tlsKey }), { code: "ERR_TLS" });
  assert.throws(() => readTls({ tlsCert: join(folder, "none"), tlsKey }), { code: "ERR_TLS", message: /Cannot read/ });
});

test("a port that is taken is ERR_LISTEN", async () => {
  await using server = await echoServer();
  await assert.rejects(echoServer({ port: server.listener.port }), { code: "ERR_LISTEN" });
});
