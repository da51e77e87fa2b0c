// A real relay, real sockets and real files: shares of cards by HTTP.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { bytesToBase64url, bytesToHex, nobleProvider, readTicket } from "@kith/core";
import { CallError } from "./calls.ts";
import type { RelayConfig } from "./config.ts";
import { type Relay, startRelay } from "./relay.ts";
import { ShareCalls } from "./share-calls.ts";
import { testConfig } from "./testing/echo-server.ts";
import { RelayGuest } from "./testing/relay-guest.ts";
import { ticketOf } from "./testing/ticket-of.ts";
import { TicketCheck } from "./ticket-check.ts";
import { TurnAsker } from "./turn-asker.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-shares-"));
after(() => rmSync(folder, { recursive: true }));
let folders = 0;
const TIMES = { timeout: 60_000 };

const start = (changes: Partial<RelayConfig> = {}): Promise<Relay> =>
  startRelay(testConfig({ data: join(folder, String(++folders)), ...changes }), {
    write: () => {},
    bounds: { toll: { quiet: 1, busy: 1 } },
  });

const idOf = (number: number): string => number.toString(16).padStart(32, "0");
const sealedOf = (text: string, size = 1_024): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.from(text.repeat(Math.ceil(size / text.length)).slice(0, size)));

interface Put {
  readonly terms?: string;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

const BYTES = { "Content-Type": "application/octet-stream" };

class Shares {
  readonly url: string;
  constructor({ port }: { readonly port: number }) {
    this.url = `http://127.0.0.1:${port}/shares/`;
  }
  put(id: number, { terms = "lifetime=600&uses=2", body = sealedOf("a"), headers = {} }: Put = {}): Promise<Response> {
    return fetch(`${this.url}${idOf(id)}?${terms}`, { method: "PUT", body, headers: { ...BYTES, ...headers } });
  }
  take(id: number): Promise<Response> {
    return fetch(this.url + idOf(id), { method: "POST" });
  }
  end(id: number, headers: Readonly<Record<string, string>>): Promise<Response> {
    return fetch(this.url + idOf(id), { method: "DELETE", headers });
  }
}

/** Status and code. */
async function told(response: Promise<Response>): Promise<string> {
  const { status, headers, ...answer } = await response.then(async (got) => ({
    ...{ status: got.status, headers: got.headers, body: await got.text() },
  }));
  const isJson = headers.get("content-type") === "application/json";
  return isJson && status >= 400 ? `${status} ${JSON.parse(answer.body).code}` : String(status);
}

test(
  "[RHT-4] [RHT-5] [RHT-6] a share is put by who is logged in, taken by anybody, counted, and ended",
  TIMES,
  async () => {
    await using relay = await start();
    const shares = new Shares(relay);
    const ada = await RelayGuest.login(relay.port);
    const [mine, theirs] = [await ticketOf(ada), await ticketOf(await RelayGuest.login(relay.port))];
    const before = Date.now();
    const put = await shares.put(1, { headers: mine });
    assert.equal(put.status, 201);
    const { until } = (await put.json()) as { until: number };
    assert.ok(until >= before + 600_000 && until <= Date.now() + 600_000);
    assert.equal(await told(shares.put(1, { headers: mine })), "201");
    assert.equal(await told(shares.put(1, { headers: theirs })), "409 taken");
    const taken = await shares.take(1);
    assert.deepEqual(new Uint8Array(await taken.arrayBuffer()), sealedOf("a"));
    assert.deepEqual(
      ["access-control-allow-origin", "cache-control", "set-cookie", "x-content-type-options"].map((name) =>
        taken.headers.get(name),
      ),
      ["*", "no-store", null, "nosniff"],
    );
    assert.equal(await told(shares.take(1)), "200");
    assert.equal(await told(shares.take(1)), "410 ended");
    assert.equal(await told(shares.take(2)), "404 unknown");
    assert.equal(
      await told(shares.put(3, { headers: mine, terms: "lifetime=60&uses=0", body: sealedOf("b", 70_656) })),
      "201",
    );
    assert.equal(await told(shares.end(3, theirs)), "404 unknown");
    assert.equal(await told(shares.take(3)), "200");
    const ended = await shares.end(3, mine);
    assert.deepEqual([ended.status, ended.headers.get("content-length")], [204, null]);
    assert.equal(await told(shares.take(3)), "410 ended");
    await ada.close();
  },
);

test("[RHT-1] [RHT-2] a ticket is this relay's, of a key that is known, and not over", TIMES, async () => {
  await using relay = await start();
  await using other = await start();
  const shares = new Shares(relay);
  const ada = await RelayGuest.login(relay.port);
  const mine = await ticketOf(ada);
  const bytes = new Uint8Array(Buffer.from(mine.Authorization.slice(7), "base64url"));
  const { key, until } = readTicket(nobleProvider, relay.relayKey, bytes);
  assert.deepEqual(key, ada.key);
  assert.ok(until > Date.now() && until <= Date.now() + 3_600_000);
  assert.throws(() => readTicket(nobleProvider, other.relayKey, bytes), { code: "ERR_CRYPTO" });
  const foreign = await ticketOf(await RelayGuest.login(other.port, ada.seed));
  const longer = bytes.map((byte, index) => (index === 37 ? byte + 1 : byte));
  for (const header of [
    ...["", "Bearer", "Bearer x", "Basic YTpi", `Bearer ${"A".repeat(139)}`, `${mine.Authorization}A`],
    ...[foreign.Authorization, `Bearer ${bytesToBase64url(longer)}`, mine.Authorization.replace("Bearer", "Ticket")],
  ]) {
    const headers: Record<string, string> = header === "" ? {} : { Authorization: header };
    assert.equal(await told(shares.put(1, { headers })), "401 ticket", header);
    assert.equal(await told(shares.end(1, headers)), "401 ticket", header);
  }
  const check = new TicketCheck(relay.relayKey);
  assert.deepEqual(await check.keyOf(mine.Authorization, until - 1), ada.key);
  assert.equal(await check.keyOf(mine.Authorization, until), undefined);
  ada.say({ type: "purge", request: 5 });
  await ada.hear("done");
  assert.equal(await told(shares.put(1, { headers: mine })), "401 ticket", "a key that was purged");
});

test(
  "[RHT-3] terms, sizes, types and methods that are not as they must be are refused, and nothing is kept",
  TIMES,
  async () => {
    await using relay = await start();
    const shares = new Shares(relay);
    const headers = await ticketOf(await RelayGuest.login(relay.port));
    for (const terms of [
      ...["", "lifetime=60", "uses=1", "lifetime=0&uses=1", "lifetime=2592001&uses=1", "lifetime=60&uses=1001"],
      ...["lifetime=60&uses=-1", "lifetime=6e1&uses=1", "lifetime=60&uses=1&uses=1", "lifetime=60&uses=1&x=1"],
    ])
      assert.equal(await told(shares.put(1, { terms, headers })), "400 terms", terms);
    for (const size of [1, 1_023, 1_025, 4_096, 70_655])
      assert.equal(await told(shares.put(1, { headers, body: sealedOf("a", size) })), "400 size", String(size));
    for (const size of [70_657, 300_000]) {
      const answer = await told(shares.put(1, { headers, body: sealedOf("a", size) })).catch(() => "closed");
      assert.ok(answer === "413 too-large" || answer === "closed", answer);
    }
    assert.equal(
      await told(shares.put(1, { headers: { ...headers, "Content-Type": "text/plain" } })),
      "415 media-type",
    );
    for (const method of ["GET", "HEAD", "PATCH"])
      assert.equal((await fetch(shares.url + idOf(1), { method })).status, 405);
    for (const path of ["", "0", idOf(1).slice(1), `${idOf(1)}0`, idOf(10).toUpperCase(), `${idOf(1)}/x`, "%30"])
      assert.equal((await fetch(shares.url + path)).status, 404, path);
    const chunked = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
    });
    const endless = fetch(`${shares.url + idOf(1)}?lifetime=60&uses=1`, {
      ...{ method: "PUT", body: chunked, duplex: "half" as const, headers: { ...BYTES, ...headers } },
    });
    assert.match(await told(endless).catch(() => "closed"), /^(413 too-large|closed)$/);
    assert.equal(await told(shares.take(1)), "404 unknown");
  },
);

test("[RHT-8] a page of any origin may call, without cookies", TIMES, async () => {
  await using relay = await start();
  const answer = await fetch(new Shares(relay).url + idOf(1), {
    ...{ method: "OPTIONS", headers: { Origin: "https://app.example", "Access-Control-Request-Method": "PUT" } },
  });
  assert.equal(answer.status, 204);
  const said = (name: string): string | null => answer.headers.get(`access-control-allow-${name}`);
  assert.deepEqual(
    [said("origin"), said("methods"), said("headers"), said("credentials")],
    ["*", "PUT, POST, DELETE", "Authorization, Content-Type", null],
  );
});

test("[RHT-7] who takes or puts too often is told when to come again, and metrics count", TIMES, async () => {
  await using relay = await start({ metrics: "open" });
  const shares = new Shares(relay);
  const ada = await RelayGuest.login(relay.port);
  const headers = await ticketOf(ada);
  const puts: string[] = [];
  for (let id = 0; id < 34; id++) puts.push(await told(shares.put(id, { headers, terms: "lifetime=600&uses=0" })));
  assert.ok(puts.slice(0, 32).every((answer) => answer === "201"));
  assert.equal(puts.at(-1), "429 busy");
  let busy: Response | undefined;
  for (let times = 0; times < 400 && busy === undefined; times++) {
    const answer = await shares.take(1);
    if (answer.status === 429) busy = answer;
    else await answer.arrayBuffer();
  }
  assert.match(busy?.headers.get("retry-after") ?? "", /^[1-9]\d?$/);
  const numbers = await (await fetch(`http://127.0.0.1:${relay.port}/metrics`)).text();
  assert.match(numbers, /^kith_relay_shares 3[23]$/m);
  assert.match(numbers, /^kith_relay_calls_total\{outcome="keepShare.kept"\} 3[23]$/m);
  assert.match(numbers, /^kith_relay_calls_total\{outcome="takeShare.paused"\} 1$/m);
  assert.ok(!numbers.includes(bytesToHex(ada.key)));
});

test(
  "[RHT-7] of shares there are so many bytes in all; a relay that goes away takes none, and still gives",
  TIMES,
  async () => {
    await using relay = await start({ shareMegabytes: 0 });
    const headers = await ticketOf(await RelayGuest.login(relay.port));
    assert.equal(await told(new Shares(relay).put(1, { headers })), "507 full");
    const calls = new ShareCalls({
      store: new TurnAsker((questions) => questions.map(() => ({ type: "storage" }))),
      tickets: new TicketCheck(relay.relayKey),
      ...{ isDraining: () => true, count: () => {}, wall: () => Date.now() },
    });
    const call = { path: `/shares/${idOf(1)}`, query: new URLSearchParams(), address: "192.0.2.1" };
    const body = async () => new Uint8Array(0);
    await assert.rejects(
      calls.answer({ ...call, method: "PUT", headers: { authorization: headers.Authorization }, body }),
      {
        ...{ name: CallError.name, status: 503, code: "draining" },
      },
    );
    await assert.rejects(calls.answer({ ...call, method: "POST", headers: {}, body }), {
      status: 503,
      code: "storage",
    });
  },
);

test(
  "[RHT-6] [RHT-9] nothing of a share that ended, was used up, or whose key was purged is in the file",
  TIMES,
  async () => {
    const data = join(folder, "erased");
    await using relay = await start({ data });
    const shares = new Shares(relay);
    const [ada, ben] = [await RelayGuest.login(relay.port), await RelayGuest.login(relay.port)];
    const [mine, theirs] = [await ticketOf(ada), await ticketOf(ben)];
    const isInFile = (text: string): boolean =>
      readdirSync(data).some((name) => readFileSync(join(data, name)).includes(text));
    const sizes = [1_024, 4_608, 70_656];
    for (const [index, size] of sizes.entries()) {
      await shares.put(index, { headers: mine, terms: "lifetime=60&uses=1", body: sealedOf(`used ${index} `, size) });
      await shares.put(10 + index, { headers: mine, body: sealedOf(`ended ${index} `, size) });
      await shares.put(20 + index, { headers: theirs, body: sealedOf(`purged ${index} `, size) });
      await shares.put(30 + index, { headers: mine, body: sealedOf(`stays ${index} `, size) });
    }
    const words = (what: string): string[] => sizes.map((_, index) => `${what} ${index} ${what} ${index} `);
    for (const what of ["used", "ended", "purged", "stays"]) assert.ok(words(what).every(isInFile), what);
    for (const index of sizes.keys()) assert.equal(await told(shares.take(index)), "200");
    for (const index of sizes.keys()) assert.equal(await told(shares.end(10 + index, mine)), "204");
    // The log of the database is emptied by an end: what was used up before is gone as well.
    assert.deepEqual([...words("used"), ...words("ended")].filter(isInFile), []);
    ben.say({ type: "purge", request: 6 });
    await ben.hear("done");
    assert.deepEqual(words("purged").filter(isInFile), []);
    assert.ok(words("stays").every(isInFile));
    assert.equal(await told(shares.take(21)), "404 unknown");
  },
);

test("[RHT-1] who comes for one mailbox alone gets no ticket", TIMES, async () => {
  await using relay = await start();
  const owner = await RelayGuest.login(relay.port);
  owner.say({ type: "open", request: 1, lifetime: 60 });
  const { mailbox } = await owner.hear("opened");
  const guest = new RelayGuest(relay.port);
  await guest.login(Uint8Array.of(0, 0, 0, mailbox));
  guest.say({ type: "ticket", request: 2 });
  assert.deepEqual((await guest.hear("failed", "done")).type, "failed");
});
