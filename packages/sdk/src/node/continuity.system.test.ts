// What networks and power cuts do to two nodes on a cable: nothing is lost, nothing comes twice. The
// tests wait more than they work, so they run side by side.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ChatMessage } from "../api.ts";
import { type LabNode, withNodes } from "../testing/lab-node.ts";
import { whyNoLab } from "../testing/net-lab.ts";

/** How long a node stands still: as a lid that is shut for a minute. Shorter for a quick look. */
const SLEEP_MS = Number(process.env["KITH_LAB_SLEEP_MS"] ?? 60_000);
/** Longer than a path may be silent (PATH_DEAD_AFTER), so that a new link is needed. */
const LONG_CUT_MS = 18_000;

const noLab = whyNoLab();
const options = { skip: noLab ?? false, timeout: 120_000 };
if (noLab !== undefined) console.log(`cuts, sleep and power failures: skipped, ${noLab}`);

describe("continuity", { concurrency: 3 }, () => {
  test("chat arrives exactly once though both processes are killed while they send", options, async () => {
    await withNodes({}, async (pair) => {
      let { ada, ben } = pair;
      const queued: string[] = [];
      for (const [round, victim] of (["ada", "ben", "ada", "ben", "both"] as const).entries()) {
        const [texts, answers] = [lines(`ada ${round}`, 60), lines(`ben ${round}`, 60)];
        const sending = [sendAll(ada, ben, texts, queued), sendAll(ben, ada, answers, queued)];
        await pause(15 + 20 * round);
        if (victim !== "ben") await ada.kill();
        if (victim !== "ada") await ben.kill();
        await Promise.all(sending);
        if (victim !== "ben") ada = await ada.restart();
        if (victim !== "ada") ben = await ben.restart();
      }
      await settled(ada, ben);
      for (const [node, other] of [
        [ada, ben],
        [ben, ada],
      ] as const) {
        const received = await history(node, other, false);
        const sent = await history(other, node, true);
        assert.deepEqual(received, sent, "what one has sent the other has, once, in order");
        assert.equal(new Set(received).size, received.length);
        const promised = queued.filter((text) => text.startsWith(other === ada ? "ada" : "ben"));
        assert.ok(promised.length > 20, `only ${promised.length} texts got through before the kills`);
        assert.deepEqual(
          promised.filter((text) => !received.includes(text)),
          [],
          "queued means kept",
        );
      }
    });
  });

  test("a cut of seconds and one that kills the link: the same session, the same channel", options, async () => {
    await withNodes({}, async ({ a, ada, ben }) => {
      const [before] = await ada.until("sessions", (all) => all.length === 1 && all);
      const streaming = ada.call("stream", ben.id, 1_400, 20);
      await ben.until("stream", ({ received }) => received >= 50);
      await a.setUp("eth0", false);
      await pause(2_000);
      await a.setUp("eth0", true);
      const { received } = await ben.until("stream", (stream) => stream.received >= 150 && stream);
      await a.setUp("eth0", false);
      await pause(LONG_CUT_MS);
      await ada.until("sessions", ([session]) => session !== undefined && session.path === undefined);
      await a.setUp("eth0", true);
      await ben.until("stream", (stream) => stream.received > received + 100);
      await streaming;
      const { end } = await ben.until(
        "stream",
        (stream) => stream.received === 1_400 && stream.end !== undefined && stream,
      );
      assert.equal(end, "done");
      assert.deepEqual([ben.wrong, ada.closed, ben.closed], [[], [], []]);
      const [after] = ada.get("sessions") ?? [];
      assert.equal(after?.openedAt, before?.openedAt);
    });
  });

  test("a node that stands still for a minute goes on where it was", {
    ...options,
    timeout: SLEEP_MS + 90_000,
  }, async () => {
    await withNodes({}, async ({ ada, ben }) => {
      const streaming = ada.call("stream", ben.id, 500, 10);
      await ben.until("stream", ({ received }) => received >= 100);
      ben.freeze(true);
      await pause(SLEEP_MS);
      const woken = performance.now();
      ben.freeze(false);
      await streaming;
      const took = performance.now() - woken;
      const { end } = await ben.until(
        "stream",
        (stream) => stream.received === 500 && stream.end !== undefined && stream,
      );
      assert.equal(end, "done");
      assert.deepEqual([ben.wrong, ada.closed, ben.closed], [[], [], []]);
      assert.ok(took < 10_000, `${took} ms after waking up`);
    });
  });
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const lines = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix} ${i}`);

/** Sends one after the other until the node is gone; notes what it promised to keep. */
async function sendAll(from: LabNode, to: LabNode, texts: readonly string[], queued: string[]): Promise<void> {
  for (const text of texts) {
    const isQueued = await Promise.race([
      from.call("chat.send", to.id, text).then(() => true),
      from.exited.then(() => false),
    ]);
    if (!isQueued) return;
    queued.push(text);
  }
}

/** Until neither waits for a receipt. */
async function settled(...nodes: readonly [LabNode, LabNode]): Promise<void> {
  const end = performance.now() + 30_000;
  for (;;) {
    const waiting = await Promise.all(
      nodes.map(async (node, i) => {
        const all = await messages(node, nodes[1 - i] ?? node);
        return all.filter(({ isOurs, state }) => isOurs && state !== "stored").length;
      }),
    );
    if (waiting.every((count) => count === 0)) return;
    assert.ok(performance.now() < end, `still undelivered: ${waiting.join(" and ")}`);
    await pause(100);
  }
}

async function messages(node: LabNode, other: LabNode): Promise<readonly ChatMessage[]> {
  return (await node.call("chat.history", other.id, { limit: 10_000 })) as readonly ChatMessage[]; // of our own program
}

async function history(node: LabNode, other: LabNode, isOurs: boolean): Promise<string[]> {
  return (await messages(node, other)).filter((message) => message.isOurs === isOurs).map(({ text }) => text);
}
