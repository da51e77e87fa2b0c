/** Files of a page, in Chromium, over a relay to a node: they arrive whole, and go on after a reload. Real time: it is Chromium's. */
import assert from "node:assert/strict";
import { createHash, randomFillSync } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { PeerId } from "@kith/core";
import type { BrowserContext, Page } from "playwright-core";
import type { Endpoint } from "../api.ts";
import { createEndpoint } from "../node/create-endpoint.ts";
import { RelayProcess } from "../testing/relay-process.ts";
import { until } from "../testing/until.ts";
import { launchProfile, type ModulePage, serveModule } from "../testing-browser/index.ts";
import type { DiskKind, StoryFixture } from "./opfs-files.fixture.ts";

declare const story: StoryFixture;

const MIB = 1_048_576;
/** 1,024 for the figure that the app is to reach; less by default, for the machine's sake. */
const FILE_MIB = Number(process.env["KITH_WEB_FILE_MIB"] ?? 256);
/** Of a file in a room; 256 for the figure of docs/adr/0033. */
const ROOM_MIB = Number(process.env["KITH_WEB_ROOM_MIB"] ?? 5);
/** The way back is as long in each chunk, and needs no more of them. */
const BACK_MIB = FILE_MIB / 4;
const TIMES = { timeout: 600_000 };

let folder: string;
let served: ModulePage;
let context: BrowserContext;
let relay: RelayProcess;
let node: Endpoint;
/** The page, once it is the node's contact. */
let peer: PeerId;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-page-files-"));
  served = await serveModule(fileURLToPath(new URL("./opfs-files.fixture.ts", import.meta.url)));
  relay = await RelayProcess.start(join(folder, "relay"));
  node = await createEndpoint({ home: join(folder, "node"), name: "Node", relays: [relay.address], discovery: false });
  context = await launchProfile(join(folder, "profile"));
  const page = await tab();
  peer = await openStory(page, "worker");
  const made = await node.joinCodes.create({ for: "contact" });
  const shown = await until(node.joinCodes.all, (all) =>
    all.map(({ step }) => step).find((step) => step.at === "show"),
  );
  const joining = page.evaluate((code) => story.join(code), shown.at === "show" ? shown.code : "");
  await until(node.joinCodes.all, (all) => all.find(({ step }) => step.at === "consent"));
  await node.joinCodes.answer(made, { accept: true });
  await joining;
  await page.close();
});
after(async () => {
  await context?.close();
  await node?.close();
  await relay?.[Symbol.asyncDispose]();
  await served?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function tab(): Promise<Page> {
  const page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(error));
  await page.goto(served.url);
  return page;
}

const openStory = (page: Page, disk: DiskKind): Promise<PeerId> =>
  page.evaluate(([relay, disk]) => story.open(relay, disk), [relay.address, disk] as const);

test(
  "[FILE-7] a large file comes into a page that is reloaded in the middle, and goes back from one that is too",
  TIMES,
  async (t) => {
    const path = join(folder, "film.bin");
    const digests = await writeNoise(path, FILE_MIB * MIB);
    let page = await tab();
    await openStory(page, "worker");

    let begun = performance.now();
    await node.files.send(peer, [path]);
    await page.evaluate(() => story.acceptNext());
    await page.evaluate((bytesDone) => story.transfer({ bytesDone }), (FILE_MIB * MIB) / 3);
    const before = await page.evaluate(() => story.transfer({}));
    await page.reload();
    await openStory(page, "worker");
    const kept = await page.evaluate(() => story.transfer({ state: "active", bytesDone: 1 }));
    assert.ok(kept.bytesDone >= before.bytesDone - 4 * MIB, `${kept.bytesDone} of ${before.bytesDone} bytes are kept`);
    const whole = await page.evaluate(() => story.transfer({ state: "done" }));
    assert.deepEqual([whole.bytesDone, whole.names], [FILE_MIB * MIB, ["film.bin"]]);
    t.diagnostic(rate(FILE_MIB, "into the page, with a reload", begun));
    assert.deepEqual(await page.evaluate(() => story.digests("film.bin")), digests);

    // Back again, from a file that a person chose: after the reload it must be chosen again.
    begun = performance.now();
    await page.close();
    page = await tab();
    await openStory(page, "worker");
    const letter = join(folder, "back.bin");
    await writeNoise(letter, BACK_MIB * MIB);
    await choose(page, letter);
    await page.evaluate(async (peer) => {
      const path = await story.files.add(chosen());
      await story.endpoint.files.send(peer, [path]);
      function chosen(): File {
        return document.querySelector("input")?.files?.[0] ?? new File([], "none");
      }
    }, node.id);
    const offered = await until(node.files.transfers, (all) =>
      all.find(({ isOutgoing, state }) => !isOutgoing && state === "offered"),
    );
    await node.files.accept(offered.id);
    const done = (bytes: number) =>
      until(node.files.transfers, (all) => all.find(({ id, bytesDone }) => id === offered.id && bytesDone >= bytes));
    await done((BACK_MIB * MIB) / 3);
    await page.reload();
    await openStory(page, "worker");
    const wanted = await page.evaluate(() => story.until(story.files.wanted, ([first]) => first));
    assert.deepEqual([wanted.kind, wanted.need, wanted.name], ["file", "choice", "back.bin"]);
    const other = join(folder, "other.bin");
    await writeFile(other, "something else");
    await choose(page, other);
    assert.match(await give(page, wanted.id), /^ERR_FILE .*another one/);
    await choose(page, letter);
    assert.equal(await give(page, wanted.id), "given");
    const arrived = await until(node.files.transfers, (all) =>
      all.find(({ id, state }) => id === offered.id && state === "done"),
    );
    t.diagnostic(rate(BACK_MIB, "out of the page, with a reload", begun));
    assert.equal(await sha256(join(arrived.directory ?? "", "back.bin")), await sha256(letter));
    assert.deepEqual(await page.evaluate(() => story.files.wanted.get()), []);
    await page.close();
  },
);

test("a file whose handle was kept is sent after a reload without a word; one that changed is not", TIMES, async () => {
  const page = await tab();
  await openStory(page, "page");
  const offered = await page.evaluate(async (peer) => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle("letter.txt", { create: true });
    const stream = await handle.createWritable();
    await stream.write("Dear Node");
    await stream.close();
    const path = await story.files.add(handle);
    return story.endpoint.files.send(peer, [path]);
  }, node.id);
  await page.reload();
  await openStory(page, "page");
  const received = await until(node.files.transfers, (all) =>
    all.find(({ isOutgoing, state }) => !isOutgoing && state === "offered"),
  );
  await node.files.accept(received.id);
  const arrived = await until(node.files.transfers, (all) =>
    all.find(({ id, state }) => id === received.id && state === "done"),
  );
  assert.equal(await readFile(join(arrived.directory ?? "", "letter.txt"), "utf8"), "Dear Node");
  assert.equal(
    await page.evaluate(
      (id) =>
        story.until(
          story.endpoint.files.transfers,
          (all) => all.find((each) => each.id === id && each.state === "done")?.state,
        ),
      offered,
    ),
    "done",
  );
  for (const isReloaded of [false, true]) {
    await page.evaluate(async (peer) => {
      const root = await navigator.storage.getDirectory();
      const handle = await root.getFileHandle("letter.txt");
      await story.endpoint.files.send(peer, [await story.files.add(handle)]);
      const stream = await handle.createWritable();
      await stream.write(`Dear Somebody Else, ${Date.now()}`);
      await stream.close();
    }, node.id);
    if (isReloaded) {
      await page.reload();
      await openStory(page, "page");
    }
    const second = await until(node.files.transfers, (all) =>
      all.find(({ isOutgoing, state }) => !isOutgoing && state === "offered"),
    );
    await node.files.accept(second.id);
    const failed = await until(node.files.transfers, (all) =>
      all.find(({ id, state }) => id === second.id && state === "failed"),
    );
    assert.equal(failed.failure, "changed");
  }
  await page.close();
});

test("what the browser asks about again waits for a yes: a file to send, a folder to receive into", TIMES, async () => {
  const page = await tab();
  await openStory(page, "worker");
  const directory = await page.evaluate(async (peer) => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle("asked.txt", { create: true });
    const stream = await handle.createWritable();
    await stream.write("May I?");
    await stream.close();
    await story.endpoint.files.send(peer, [await story.files.add(handle)]);
    return story.files.addFolder(await root.getDirectoryHandle("Pictures", { create: true }));
  }, node.id);
  const sent = await until(node.files.transfers, (all) =>
    all.find(({ isOutgoing, state }) => !isOutgoing && state === "offered"),
  );
  await page.reload();
  // What Chromium does after a restart with files that were chosen; those of OPFS it never asks about.
  await page.evaluate(() => {
    let isGranted = false;
    Object.assign(FileSystemHandle.prototype, {
      queryPermission: async () => (isGranted ? "granted" : "prompt"),
      requestPermission: async () => (isGranted ? "granted" : "denied"),
    });
    Object.assign(globalThis, {
      permit: () => {
        isGranted = true;
      },
    });
  });
  await openStory(page, "worker");
  await node.files.accept(sent.id);
  const path = join(folder, "picture.jpg");
  await writeFile(path, "a picture");
  await node.files.send(peer, [path]);
  await page.evaluate((directory) => story.acceptNext(directory), directory);
  const wanted = await page.evaluate(() =>
    story.until(story.files.wanted, (all) => (all.length === 2 ? [...all] : undefined)),
  );
  assert.deepEqual(wanted.map(({ kind, name, need }) => `${kind} ${name} ${need}`).sort(), [
    "file asked.txt permission",
    "folder Pictures permission",
  ]);
  const [first] = wanted;
  assert.match(await give(page, first?.id ?? ""), /^ERR_FILE .*not to permit/);
  await page.evaluate(() => (globalThis as unknown as { permit(): void }).permit());
  for (const { id } of wanted) assert.equal(await give(page, id), "given");
  await until(node.files.transfers, (all) => all.find(({ id, state }) => id === sent.id && state === "done"));
  const copied = await page.evaluate(async () => {
    await story.until(story.endpoint.files.transfers, (all) =>
      all.find(({ names, state }) => names[0] === "picture.jpg" && state === "done"),
    );
    const root = await navigator.storage.getDirectory();
    const file = await (await root.getDirectoryHandle("Pictures")).getFileHandle("picture.jpg");
    return (await file.getFile()).text();
  });
  assert.equal(copied, "a picture");
  await page.close();
});

test(
  "a file of a room comes into a page in any order, is opened there, and given on after a reload",
  TIMES,
  async (t) => {
    const page = await tab();
    await openStory(page, "worker");
    const room = await node.rooms.create("Films");
    const { links } = await room.invite();
    const bytes = ROOM_MIB * MIB + 12_345;
    const path = join(folder, "room.bin");
    const digests = await writeNoise(path, bytes);
    const joined = await page.evaluate(async (link) => {
      await story.until(story.endpoint.openSessions, ([session]) => session);
      return (await story.endpoint.rooms.join(link)).id;
    }, links[0] ?? "");
    const id = await room.files.send(path);
    await page.evaluate(watchThread);
    const begun = performance.now();
    const had = await page.evaluate(
      async ({ joined, id }) => {
        const files = story.endpoint.rooms.get(joined)?.files;
        if (files === undefined) throw new Error("not in the room");
        await story.until(files.all, (all) => all.find((each) => each.id === id));
        await files.fetch(id);
        const done = await story.until(files.all, (all) => all.find((each) => each.id === id && each.state === "have"));
        return { path: done.path, received: story.files.received.get().filter(({ transfer }) => transfer === id) };
      },
      { joined, id },
    );
    assert.deepEqual(
      had.received.map(({ name, bytes }) => [name, bytes]),
      [["room.bin", bytes]],
    );
    assert.equal(had.path, `received:${had.received[0]?.id}`);
    t.diagnostic(`${rate(ROOM_MIB, "of a room into the page", begun)}; ${await page.evaluate(() => thread.told())}`);
    const own = join(folder, "own.bin");
    await writeNoise(own, bytes);
    await choose(page, own);
    await page.evaluate(() => thread.told());
    const offering = performance.now();
    await page.evaluate(async (joined) => {
      const file = document.querySelector("input")?.files?.[0] ?? new File([], "none");
      await story.endpoint.rooms.get(joined)?.files.send(await story.files.add(file));
    }, joined);
    t.diagnostic(`${rate(ROOM_MIB, "hashed to be offered", offering)}; ${await page.evaluate(() => thread.told())}`);
    assert.deepEqual(await page.evaluate(() => story.digests("room.bin")), digests);
    // The page alone has it from now on: what was received is found again, and hashed before anybody gets it.
    await page.reload();
    await openStory(page, "worker");
    const again = await page.evaluate(
      ({ joined, id }) => {
        const files = story.endpoint.rooms.get(joined)?.files;
        if (files === undefined) throw new Error("not in the room");
        return story.until(files.all, (all) => all.find((each) => each.id === id && each.state === "have")?.path);
      },
      { joined, id },
    );
    assert.equal(again, had.path);
    await page.close();
  },
);

/** What keeps the page's thread from answering: its tasks of more than 50 ms. */
interface Thread {
  told(): string;
}
declare const thread: Thread;

function watchThread(): void {
  let tasks: number[] = [];
  new PerformanceObserver((list) => {
    tasks.push(...list.getEntries().map(({ duration }) => duration));
  }).observe({ entryTypes: ["longtask"] });
  const made: Thread = {
    told() {
      const [count, sum, longest] = [tasks.length, tasks.reduce((a, b) => a + b, 0), Math.max(0, ...tasks)];
      tasks = [];
      return `${count} long tasks, ${sum.toFixed(0)} ms of them, ${longest.toFixed(0)} ms the longest`;
    },
  };
  Object.assign(globalThis, { thread: made });
}

/** What a person does: an `<input type=file>` with that file. */
async function choose(page: Page, path: string): Promise<void> {
  await page.evaluate(() => {
    document.body.innerHTML = '<input type="file">';
  });
  await page.locator("input").setInputFiles(path);
}

const give = (page: Page, id: string): Promise<string> =>
  page.evaluate(
    (id) =>
      story.files.give(id, document.querySelector("input")?.files?.[0]).then(
        () => "given",
        (error: Error & { code?: string }) => `${error.code} ${error.message}`,
      ),
    id,
  );

/** Noise of that size; gives the SHA-256 of each 16 MiB. */
async function writeNoise(path: string, bytes: number): Promise<string[]> {
  const digests: string[] = [];
  const file = await open(path, "w");
  for (let at = 0; at < bytes; at += 16 * MIB) {
    const noise = randomFillSync(new Uint8Array(Math.min(16 * MIB, bytes - at)));
    digests.push(createHash("sha256").update(noise).digest("hex"));
    await file.write(noise);
  }
  await file.close();
  return digests;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest("hex");
}

const rate = (size: number, what: string, begun: number): string => {
  const seconds = (performance.now() - begun) / 1_000;
  return `${size} MiB ${what}: ${seconds.toFixed(1)} s, ${(size / seconds).toFixed(1)} MiB/s`;
};
