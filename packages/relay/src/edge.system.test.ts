// Ten thousand real sockets and real time: what a relay does to those who only hold its door open.
import assert from "node:assert/strict";
import { execSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { startRelay } from "./relay.ts";
import { testConfig } from "./testing/echo-server.ts";
import { clientFrame, type RawClient, rawClient, UPGRADE, upgradedClient } from "./testing/raw-client.ts";
import { RelayGuest } from "./testing/relay-guest.ts";
import { relayProcess } from "./testing/relay-process.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-edge-"));
after(() => rmSync(folder, { recursive: true }));

const descriptors = (): number => {
  const text = execSync("ulimit -n", { encoding: "utf8", shell: "/bin/sh" }).trim();
  return text === "unlimited" ? 1_000_000 : Number(text);
};
/** 96 sockets of one source are taken. */
const addressOf = (index: number): string =>
  `127.1.${Math.floor(index / 90 / 250)}.${1 + (Math.floor(index / 90) % 250)}`;

test("10,000 half-open sockets hold up nobody, and are cut off after their time", {
  timeout: 120_000,
  skip: descriptors() < 11_000 && "fewer than 11,000 descriptors are allowed",
}, async () => {
  const relay = await relayProcess(join(folder, "half-open"));
  const half: RawClient[] = [];
  for (let from = 0; from < 10_000; from += 500) {
    const some = Array.from({ length: 500 }, async (_, index) => {
      const client = await rawClient(relay.port, addressOf(from + index));
      client.socket.write(UPGRADE.slice(0, index % 100));
      return client;
    });
    half.push(...(await Promise.all(some)));
  }
  const started = performance.now();
  const guest = await RelayGuest.login(relay.port);
  assert.ok(performance.now() - started < 5_000, "a login takes its time");
  guest.say({ type: "forward", to: guest.key, payload: Uint8Array.of(1) });
  await guest.hear("forwarded", "away");
  await Promise.all(half.map(({ closed }) => closed));
  assert.ok(performance.now() - started < 60_000);
  await guest.close();
  relay.child.kill();
});

test("[REL-2] slow-loris on WebSocket: a hello that trickles in is cut off after ten seconds", {
  timeout: 60_000,
}, async () => {
  const relay = await startRelay(testConfig({ data: join(folder, "loris") }));
  const guest = await RelayGuest.login(relay.port);
  const slow = await Promise.all(Array.from({ length: 7 }, () => upgradedClient(relay.port)));
  const hello = clientFrame(new Uint8Array(34));
  const started = performance.now();
  const dripping = slow.map(({ socket }) => {
    let at = 0;
    return setInterval(() => socket.write(hello.subarray(at, ++at)), 700);
  });
  await Promise.all(slow.map(({ closed }) => closed));
  for (const timer of dripping) clearInterval(timer);
  const took = performance.now() - started;
  assert.ok(took > 8_000 && took < 25_000, `${took} ms`);
  guest.say({ type: "ping", request: 1 });
  await guest.hear("done");
  await guest.close();
  await relay.close();
});
