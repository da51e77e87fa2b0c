// One session that outlives every way it takes: two machines that no cable joins but the ones to a relay's, a cable
// between them that comes, goes and comes back, a process that stands still and an address that changes. A channel with
// numbered messages, chat both ways and one file go on through all of it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import type { ChatMessage, PathView } from "../api.ts";
import { LabNode, pairByCode } from "../testing/lab-node.ts";
import { type LabHost, NetLab, whyNoLab } from "../testing/net-lab.ts";

const RELAY = new URL("../../../relay/src/testing/relay-agent.ts", import.meta.url).pathname;
const RELAY_ADDRESS = "10.9.9.9";
/** How long a process stands still: as a lid that is shut for a minute. Shorter for a quick look. */
const SLEEP_MS = Number(process.env["KITH_LAB_SLEEP_MS"] ?? 60_000);
/** A path that is silent so long is given up (PATH_DEAD_AFTER), and some to find another. */
const CUT_LIMIT_MS = 40_000;
const MIB = 1_048_576;
/** Slow enough to last for the whole story. */
const FILE_BYTES = 12 * MIB;
const RATE_BYTES = MIB / 2;
/** As long as the story, whether or not the sender is held up while the other sleeps. */
const STREAM_EVERY_MS = 20;
const STREAM_MESSAGES = Math.ceil((SLEEP_MS + 25_000) / STREAM_EVERY_MS);

const noLab = whyNoLab();
if (noLab !== undefined) console.log(`relayed and back in namespaces: skipped, ${noLab}`);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Story {
  readonly a: LabHost;
  readonly b: LabHost;
  readonly ada: LabNode;
  readonly ben: LabNode;
  readonly folder: string;
}

/** Each has a cable to the relay (`eth0`) and one to the other (`eth1`), which is not plugged in. IPv4 alone: it has no addresses that are there unasked. */
async function withRelay(run: (story: Story) => Promise<void>): Promise<void> {
  await using lab = new NetLab();
  const [a, b, r] = [await lab.host("a"), await lab.host("b"), await lab.host("r")];
  await lab.cable(a, r, "eth0", ["10.9.1.1/24"]);
  await lab.cable(b, r, "eth1", ["10.9.2.1/24"]);
  await r.ip("addr", "add", "10.9.1.254/24", "dev", "eth0");
  await r.ip("addr", "add", "10.9.2.254/24", "dev", "eth1");
  await b.ip("link", "set", "eth1", "down");
  await b.ip("link", "set", "eth1", "name", "eth0");
  await b.ip("link", "set", "eth0", "up");
  await r.ip("addr", "add", `${RELAY_ADDRESS}/32`, "dev", "lo");
  await lab.cable(a, b, "direct", ["10.9.3.1/24", "10.9.3.2/24"]);
  await a.setUp("direct", false);
  await b.setUp("direct", false);
  for (const host of [a, b, r])
    await host.run("sh", ["-c", "for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $f; done"]);
  await route(a, "10.9.1.254");
  await route(b, "10.9.2.254");

  const folder = await mkdtemp(join(tmpdir(), "kith-relayed-"));
  try {
    const relays = [await startRelay(r, join(folder, "relay"))];
    const [ada, ben] = await Promise.all([
      LabNode.start(a, { name: "Ada", home: join(folder, "ada"), relays, sendRateMax: RATE_BYTES }),
      LabNode.start(b, { name: "Ben", home: join(folder, "ben"), relays }),
    ]);
    await Promise.all([ada, ben].map((node) => node.until("relays", ([relay]) => relay?.state === "ready")));
    await run({ a, b, ada, ben, folder });
  } finally {
    await Promise.all([a, b, r].map((host) => host.killAll()));
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const route = (host: LabHost, via: string): Promise<string> => host.ip("route", "replace", RELAY_ADDRESS, "via", via);

async function startRelay(host: LabHost, data: string): Promise<string> {
  const child = host.node(RELAY, [JSON.stringify({ data, host: RELAY_ADDRESS, port: 0, metrics: "off" })]);
  child.stderr?.pipe(process.stderr);
  assert.ok(child.stdout);
  for await (const line of createInterface(child.stdout)) {
    const { port, relayKey } = JSON.parse(line) as { port: number; relayKey: string }; // of our own program
    return `ws://${RELAY_ADDRESS}:${port}#${relayKey}`;
  }
  throw new Error("the relay ended");
}

/** Which way the one session goes. */
const onPath = (node: LabNode, kind: PathView["kind"], limitMs?: number): Promise<true> =>
  node.until("sessions", ([session]) => session?.path?.kind === kind, limitMs);
const bothOn = ({ ada, ben }: Story, kind: PathView["kind"], limitMs?: number): Promise<unknown> =>
  Promise.all([onPath(ada, kind, limitMs), onPath(ben, kind, limitMs)]);

async function plug({ a, b }: Story, isUp: boolean): Promise<void> {
  await Promise.all([a.setUp("direct", isUp), b.setUp("direct", isUp)]);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest("hex");
}

test("one session goes on: relayed, straight, cut, straight, asleep, at another address", {
  skip: noLab ?? false,
  timeout: SLEEP_MS + 300_000,
}, async (t) => {
  await withRelay(async (story) => {
    const { a, ada, ben, folder } = story;
    const began = performance.now();
    const say = (what: string): void => t.diagnostic(`${((performance.now() - began) / 1_000).toFixed(1)} s: ${what}`);
    await pairByCode(ben, ada);
    await bothOn(story, "relayed");
    say("contacts by a code, relayed");
    const [first] = ada.get("sessions") ?? [];

    const path = join(folder, "film.bin");
    await writeFile(path, Buffer.alloc(FILE_BYTES, crypto.getRandomValues(new Uint8Array(64 * 1024 - 1))));
    await ada.call("files.send", ben.id, [path]);
    const offer = await ben.until("transfers", (all) => all.find(({ state }) => state === "offered"));
    await ben.call("files.accept", offer.id);
    const streaming = ada.call("stream", ben.id, STREAM_MESSAGES, STREAM_EVERY_MS);
    const texts: string[] = [];
    const chat = async (text: string): Promise<void> => {
      texts.push(text);
      await Promise.all([ada.call("chat.send", ben.id, `ada: ${text}`), ben.call("chat.send", ada.id, `ben: ${text}`)]);
    };
    const goesOn = async (): Promise<void> => {
      const bytes = ben.get("transfers")?.[0]?.bytesDone ?? 0;
      await chat(`${texts.length}`);
      await ben.until("transfers", ([transfer]) => (transfer?.bytesDone ?? 0) > bytes);
      const received = ben.get("stream")?.received ?? 0;
      await ben.until("stream", (stream) => stream.received > received);
      await chat(`${texts.length}`);
    };
    await goesOn();
    await bothOn(story, "relayed");
    say("all goes on");

    await plug(story, true);
    await bothOn(story, "tcp");
    say("straight");
    await goesOn();

    await plug(story, false);
    await chat("into the cut");
    await bothOn(story, "relayed", CUT_LIMIT_MS);
    say("cut: relayed again");
    await goesOn();

    await plug(story, true);
    await bothOn(story, "tcp", CUT_LIMIT_MS);
    say("straight again");
    await goesOn();

    ben.freeze(true);
    await ada.call("chat.send", ben.id, "ada: to a sleeper");
    await pause(SLEEP_MS);
    ben.freeze(false);
    say("awake");
    await goesOn();
    await bothOn(story, "tcp", CUT_LIMIT_MS);
    say("straight after the sleep");

    await a.ip("addr", "del", "10.9.3.1/24", "dev", "direct");
    await a.ip("addr", "add", "10.9.3.77/24", "dev", "direct");
    await a.ip("addr", "del", "10.9.1.1/24", "dev", "eth0");
    await a.ip("addr", "add", "10.9.1.77/24", "dev", "eth0");
    await route(a, "10.9.1.254");
    await ben.until("sessions", ([session]) => session?.path?.remote.startsWith("10.9.3.77") === true, CUT_LIMIT_MS);
    say("at another address");
    await goesOn();

    await streaming;
    const { end } = await ben.until("stream", (stream) => stream.end !== undefined && stream, 60_000);
    assert.equal(end, "done");
    say("all numbers");
    const whole = await ben.until("transfers", (all) => all.find(({ state }) => state === "done"), 120_000);
    say("the file");
    assert.equal(await sha256(join(whole.directory ?? "", "film.bin")), await sha256(path));
    assert.deepEqual([ben.wrong, ada.closed, ben.closed], [[], [], []], "nothing twice or missing, no session ended");
    for (const node of [ada, ben]) assert.equal(node.get("transfers")?.length, 1, "one and the same transfer");
    const [last] = ada.get("sessions") ?? [];
    assert.equal(last?.openedAt, first?.openedAt, "one and the same session");
    for (const [node, other, name] of [
      [ada, ben, "ben"],
      [ben, ada, "ada"],
    ] as const) {
      const all = (await node.call("chat.history", other.id, { limit: 1_000 })) as readonly ChatMessage[]; // of our own program
      const received = all.filter(({ isOurs }) => !isOurs).map(({ text }) => text);
      const extra = name === "ada" ? ["ada: to a sleeper"] : [];
      assert.deepEqual(
        received.filter((text) => !extra.includes(text)),
        texts.map((text) => `${name}: ${text}`),
      );
      assert.equal(received.length, texts.length + extra.length);
    }
  });
});
