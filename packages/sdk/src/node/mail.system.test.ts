// What is written to somebody whose process does not run: with a relay in a process of its own, disks, and power that
// goes at any moment. The patience is the real one, so this waits more than it works.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import type { ChatMessage } from "../api.ts";
import { LabNode, type NodeHost, THIS_MACHINE } from "../testing/lab-node.ts";

const RELAY = new URL("../../../relay/src/testing/relay-agent.ts", import.meta.url).pathname;
const LIMIT_MS = 40_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: string, is: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!(await is())) {
    assert.ok(performance.now() < end, `waited in vain for ${what}`);
    await pause(50);
  }
}

/** Everything that was started ends with it. */
class Machine implements NodeHost, AsyncDisposable {
  readonly #children = new Set<ChildProcess>();

  node(file: string, args: readonly string[]): ChildProcess {
    const child = THIS_MACHINE.node(file, args);
    this.#children.add(child);
    return child;
  }

  /** Its address; and how its power goes. */
  async relay(data: string, port: number): Promise<{ port: number; address: string; kill(): Promise<void> }> {
    const child = this.node(RELAY, [JSON.stringify({ data, port, metrics: "off" })]);
    child.stderr?.pipe(process.stderr);
    assert.ok(child.stdout);
    for await (const line of createInterface(child.stdout)) {
      const said = JSON.parse(line) as { port: number; relayKey: string }; // of our own program
      return {
        port: said.port,
        address: `ws://127.0.0.1:${said.port}#${said.relayKey}`,
        kill: () => {
          child.kill("SIGKILL");
          return new Promise((resolve) => child.once("exit", () => resolve()));
        },
      };
    }
    throw new Error("the relay ended");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
  }
}

const ready = (node: LabNode): Promise<true> => node.until("relays", ([relay]) => relay?.state === "ready");

async function messages(node: LabNode, other: string): Promise<readonly ChatMessage[]> {
  return (await node.call("chat.history", other, { limit: 1_000 })) as readonly ChatMessage[]; // of our own program
}

async function received(node: LabNode, from: string): Promise<string[]> {
  return (await messages(node, from)).filter(({ isOurs }) => !isOurs).map(({ text }) => text);
}

const areAll = (node: LabNode, to: string, state: ChatMessage["state"]): Promise<void> =>
  until(state, async () => (await messages(node, to)).every((message) => !message.isOurs || message.state === state));

test("texts for somebody whose process is down wait at the relay and arrive once, whoever is killed when", {
  timeout: 240_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-mail-"));
  await using machine = new Machine();
  try {
    let relay = await machine.relay(join(folder, "relay"), 0);
    const shared = { host: "127.0.0.1", discovery: false, relays: [relay.address] };
    let [ada, ben] = await Promise.all(
      ["Ada", "Ben"].map((name) => LabNode.start(machine, { ...shared, name, home: join(folder, name) })),
    );
    assert.ok(ada !== undefined && ben !== undefined);
    const [adaId, benId] = [ada.id, ben.id];
    await Promise.all([ready(ada), ready(ben)]);
    await ada.call("trust.add", benId, { name: "Ben" });
    await ben.call("trust.add", adaId, { name: "Ada" });
    await ada.call("connect", await ben.until("addresses", ([address]) => address));
    await ada.call("chat.send", benId, "we have met");
    await areAll(ada, benId, "stored");
    await pause(500); // for their cards to be on the disk

    await ben.kill();
    const texts = Array.from({ length: 5 }, (_, index) => `text ${index}`);
    for (const text of texts) await ada.call("chat.send", benId, text);
    await pause(9_800 + Math.random() * 600); // about when it leaves them there
    await ada.kill();
    ada = await ada.restart();
    await until("kept", async () => {
      const all = await messages(ada as LabNode, benId);
      return all.filter(({ state }) => state === "kept").length === texts.length;
    });
    await ada.kill();

    await relay.kill();
    relay = await machine.relay(join(folder, "relay"), relay.port);
    for (let round = 0; round < 6; round++) {
      ben = await ben.restart();
      await pause(Math.random() * 400);
      await ben.kill();
    }
    ben = await ben.restart();
    await until("the texts", async () => (await received(ben as LabNode, adaId)).length > texts.length);
    assert.deepEqual(await received(ben, adaId), ["we have met", ...texts]);
    await pause(13_000); // Ada is away: her receipts are left for her
    await ben.kill();

    ada = await ada.restart();
    await areAll(ada, benId, "stored");
    ben = await ben.restart();
    await ada.call("chat.send", benId, "and again");
    await until("the last", async () => (await received(ben as LabNode, adaId)).includes("and again"));
    assert.deepEqual(await received(ben, adaId), ["we have met", ...texts, "and again"]);
    await areAll(ada, benId, "stored");
    await Promise.all([ada.stop(), ben.stop()]);
    await relay.kill();
  } finally {
    await machine[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
