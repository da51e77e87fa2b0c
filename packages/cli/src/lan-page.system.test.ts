// Three machines at one switch: a node that serves a page, a phone with Chromium, and somebody who only has `kith`. Page and
// somebody find each other by multicast DNS and talk, through the node and past its restart. Real time: it is Chromium's.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type LabHost, LabNode, NetLab, whyNoLab } from "@kith/sdk/testing";
import { bundle, chromiumPath, launchChromium } from "@kith/sdk/testing/browser";
import type { WebEndpoint } from "@kith/sdk/web";

const AGENT = fileURLToPath(new URL("./testing/page-node-agent.ts", import.meta.url));
const PAGE = fileURLToPath(new URL("../../sdk/src/web/page.fixture.ts", import.meta.url));
const noLab = whyNoLab();
if (noLab !== undefined) console.log(`a page on a LAN: skipped, ${noLab}`);

/** What the test keeps in the page. */
interface InPage {
  kith: typeof import("@kith/sdk/web");
  ada: WebEndpoint;
  heard: string[];
}

interface PageNode {
  readonly port: number;
  stop(): Promise<void>;
}

async function serve(host: LabHost, data: string, port: number, script: string): Promise<PageNode> {
  const child: ChildProcess = host.node(AGENT, [data, String(port), script]);
  child.stderr?.pipe(process.stderr);
  assert.ok(child.stdout);
  const [line] = await createInterface(child.stdout)
    [Symbol.asyncIterator]()
    .next()
    .then(({ value }) => [value as string]);
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    port: (JSON.parse(line ?? "{}") as { port: number }).port,
    stop: () => {
      child.stdin?.end();
      return gone;
    },
  };
}

test("a page in Chromium and a node on the LAN meet through the node that served the page", {
  skip: noLab ?? false,
  timeout: 180_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-page-"));
  await using lab = new NetLab();
  try {
    const [attic, phone, far] = [await lab.host("attic"), await lab.host("phone"), await lab.host("far")];
    await lab.lan([
      { host: attic, address: "10.9.0.1/24" },
      { host: phone, address: "10.9.0.2/24" },
      { host: far, address: "10.9.0.3/24" },
    ]);
    const script = join(folder, "module.js");
    await writeFile(script, await bundle(PAGE));
    const served = await serve(attic, join(folder, "relay"), 0, script);
    const ben = await LabNode.start(far, { name: "Ben", home: join(folder, "ben") });
    const inPhone = join(folder, "chromium");
    await writeFile(inPhone, `#!/bin/sh\nexec ip netns exec ${phone.namespace} ${chromiumPath()} "$@"\n`);
    await chmod(inPhone, 0o755);
    await using browser = await launchChromium({ executablePath: inPhone });
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    page.on("pageerror", (error) => assert.fail(error));
    await page.goto(`http://10.9.0.1:${served.port}/`);

    const id = await page.evaluate(async () => {
      const here = globalThis as unknown as InPage;
      here.heard = [];
      here.ada = await here.kith.createEndpoint({ name: "Ada", node: location.origin, webRtc: false });
      void (async () => {
        for await (const event of here.ada.chat.watch())
          if (event.type === "message") here.heard.push(event.message.text ?? "");
      })();
      return here.ada.id;
    });
    const addresses = await page.evaluate(() => (globalThis as unknown as InPage).ada.addresses.get());
    assert.match(addresses[0] ?? "", /^10\.9\.0\.1:\d+$/);

    // Seen both ways, over real multicast.
    await ben.until("nearby", (all) => all.some(({ name }) => name === "Ada"));
    await page.waitForFunction(() =>
      (globalThis as unknown as InPage).ada.nearby.get().some(({ name }) => name === "Ben"),
    );
    const met = await page.evaluate(async () => {
      const { ada } = globalThis as unknown as InPage;
      const ben = ada.nearby.get().find(({ name }) => name === "Ben");
      const session = await ada.connect(ben?.key ?? "");
      await ada.trust.add(session.peer, { name: "Ben" });
      return session.peer;
    });
    assert.equal(met, ben.id);
    await ben.call("trust.add", id, { name: "Ada" });

    const hears = (text: string): Promise<unknown> =>
      page.waitForFunction((wanted) => (globalThis as unknown as InPage).heard.includes(wanted), text);
    const say = (text: string): Promise<unknown> =>
      page.evaluate(
        async ([to, words]) => {
          await (globalThis as unknown as InPage).ada.chat.send(to as never, words);
        },
        [ben.id, text] as const,
      );
    const benHears = (text: string): Promise<unknown> =>
      ben.until("chat", () => ben.chat.some((each) => each.type === "message" && each.message.text === text));
    await say("hello from the phone");
    await benHears("hello from the phone");
    await ben.call("chat.send", id, "hello phone");
    await hears("hello phone");
    const path = await page.evaluate(() => (globalThis as unknown as InPage).ada.openSessions.get()[0]?.path);
    assert.match(`${path?.kind} ${path?.remote}`, /^websocket 10\.9\.0\.3:\d+$/);
    const [session] = ben.get("sessions") ?? [];
    assert.match(`${session?.path?.kind} ${session?.path?.remote}`, /^tcp 10\.9\.0\.1(:\d+)?$/);

    // The node goes away and comes back; what was said meanwhile arrives, once.
    await served.stop();
    await page.waitForFunction(() => (globalThis as unknown as InPage).ada.node.get() === "away");
    assert.deepEqual(await page.evaluate(() => (globalThis as unknown as InPage).ada.nearby.get()), []);
    await say("are you there?");
    await ben.call("chat.send", id, "where are you?");
    const again = await serve(attic, join(folder, "relay"), served.port, script);
    await benHears("are you there?");
    await hears("where are you?");
    assert.deepEqual(await page.evaluate(() => (globalThis as unknown as InPage).heard), [
      "hello phone",
      "where are you?",
    ]);

    // A page that closes says goodbye through the node.
    await page.close();
    await ben.until("nearby", (all) => !all.some(({ name }) => name === "Ada"));
    await ben.stop();
    await again.stop();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
