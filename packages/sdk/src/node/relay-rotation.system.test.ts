// A real relay, in a process of its own, gets another key. Those who know it follow, are who they were, and find what
// waited for them; a relay that only has the old key is somebody else.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { createIdentity } from "@kith/core";
import type { Endpoint } from "../api.ts";
import { MemoryStore } from "../memory-store.ts";
import { Lab } from "../testing/lab.ts";
import { THIS_MACHINE } from "../testing/lab-node.ts";
import { until } from "../testing/until.ts";
import { checkRelay } from "./doctor-relay.ts";
import { nodeProvider } from "./node-crypto.ts";

const RELAY = new URL("../../../relay/src/testing/relay-agent.ts", import.meta.url).pathname;
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

class RelayProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  port = 0;
  relayKey = "";

  constructor(data: string, port: number) {
    this.#child = THIS_MACHINE.node(RELAY, [JSON.stringify({ data, port, metrics: "off" })]);
    this.#child.stderr?.pipe(process.stderr);
    assert.ok(this.#child.stdout);
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async listening(): Promise<this> {
    Object.assign(this, await this.#read());
    return this;
  }

  async rotate(): Promise<string> {
    this.#child.stdin?.write("rotate\n");
    return String((await this.#read())["next"]);
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin?.end();
    await ended;
  }

  async #read(): Promise<Record<string, unknown>> {
    const { value } = await this.#lines.next();
    return JSON.parse(String(value)) as Record<string, unknown>; // of our own program
  }
}

const startRelay = (data: string, port = 0): Promise<RelayProcess> => new RelayProcess(data, port).listening();
const keyAt = (endpoint: Endpoint, key: string): Promise<true> =>
  until(endpoint.relays, ([view]) => (view?.state === "ready" && view.key === key ? true : undefined));
/** One that outlives its endpoint, as a disk does. */
const keptStore = (): MemoryStore => Object.assign(new MemoryStore(), { close: async () => {} });

test("[REL-16] [REL-17] endpoints follow a relay whose key was rotated, running or not, and never back", {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-rotation-"));
  const [data, stolen] = [join(folder, "relay"), join(folder, "stolen")];
  const lab = new Lab();
  let relay = await startRelay(data);
  await relay.end();
  await cp(data, stolen, { recursive: true });
  relay = await startRelay(data);
  const { port, relayKey: before } = relay;
  const own = [0, 1].map(() => ({ identity: createIdentity(nodeProvider, random), store: keptStore() }));
  const shared = { provider: nodeProvider, relays: [`ws://127.0.0.1:${port}`] };
  const start = (name: string, index: number, more = {}): Promise<Endpoint> =>
    lab.endpoint(name, { ...shared, ...own[index], ...more });
  let [ada, ben] = await Promise.all([start("Ada", 0), start("Ben", 1)]);
  try {
    await ada.trust.add(ben.id, { name: "Ben" });
    await ben.trust.add(ada.id, { name: "Ada" });
    await ada.connect(ben.addresses.get()[0] ?? "");
    await Promise.all([keyAt(ada, before), keyAt(ben, before)]);
    await ada.chat.send(ben.id, "before");
    await until(ben.chat.unread, ([message]) => message?.text);

    const next = await relay.rotate();
    await Promise.all([keyAt(ada, before), ben.close()]); // Ben is away when it happens
    await relay.end();
    relay = await startRelay(data, port);
    assert.equal(relay.relayKey, next);
    await keyAt(ada, next);

    for (const [key, verdict] of [
      [next, "good"],
      [before, "good"],
      ["ab".repeat(32), "bad"],
    ] as const)
      assert.equal((await checkRelay({ address: `ws://127.0.0.1:${port}`, pinned: key }))[0]?.verdict, verdict);

    ben = await start("Ben", 1, { relays: [`ws://127.0.0.1:${port}#${before}`] }); // as it was once told
    await keyAt(ben, next);
    lab.network.cut("ada", "ben");
    lab.network.break("ada", "ben");
    await until(ben.openSessions, ([session]) => (session?.path?.kind === "relayed" ? true : undefined));
    await ada.chat.send(ben.id, "after");
    await until(ben.chat.unread, (all) => all.find(({ text }) => text === "after"));

    await ada.close();
    await relay.end();
    relay = await startRelay(stolen, port);
    assert.equal(relay.relayKey, before);
    ada = await start("Ada", 0);
    const changed = await until(ada.relays, ([view]) => (view?.state === "key-changed" ? view : undefined));
    assert.deepEqual([changed.key, changed.problem], [next, before]);
  } finally {
    await Promise.all([ada.close(), ben.close()]);
    await relay.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
