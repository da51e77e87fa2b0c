/** Received files at rest, in Chromium: what lies on the disk, what happens to what was changed there, and what older versions left. Real time: it is Chromium's. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { hexToBytes, LABEL, nobleProvider, openAtRest, Secret, textToBytes } from "@kith/core";
import type { Browser, Page } from "playwright-core";
import { launchChromium, type ModulePage, serveModule } from "../testing-browser/index.ts";
import type { StoryFixture } from "./opfs-files.fixture.ts";

declare const story: StoryFixture;

const MIB = 1_048_576;
const CHUNK_BYTES = 262_144;
const TIMES = { timeout: 120_000 };
/** 256 for the figure of docs/adr/0037; less by default, for the machine's sake. */
const SPEED_MIB = Number(process.env["KITH_WEB_DISK_MIB"] ?? 16);

let served: ModulePage;
let browser: Browser;
let page: Page;
before(async () => {
  served = await serveModule(fileURLToPath(new URL("./opfs-files.fixture.ts", import.meta.url)));
  browser = await launchChromium();
  page = await (await browser.newContext()).newPage();
  page.on("pageerror", (error) => assert.fail(error));
  await page.goto(served.url);
  await page.evaluate(defineTools);
});
after(async () => {
  await browser?.close();
  await served?.[Symbol.asyncDispose]();
});

interface Tools {
  /** Paths of all files of this page's private file system below that folder. */
  files(root: string): Promise<string[]>;
  bytes(path: string): Promise<Uint8Array>;
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** Paths of files in which `text` is. */
  holding(root: string, text: string): Promise<string[]>;
  /** A file of one entry, placed by a sink: its id. */
  receive(root: string, content: Uint8Array): Promise<{ id: string; lone: Awaited<ReturnType<typeof story.newSink>> }>;
  /** "Known plaintext" over and over. */
  known(bytes: number): Uint8Array;
  code(work: () => Promise<unknown>): Promise<string>;
}
declare const tools: Tools;

function defineTools(): void {
  const folderOf = async (parts: readonly string[]): Promise<FileSystemDirectoryHandle> => {
    let folder = await navigator.storage.getDirectory();
    for (const part of parts) folder = await folder.getDirectoryHandle(part, { create: true });
    return folder;
  };
  const handleOf = async (path: string): Promise<FileSystemFileHandle> => {
    const parts = path.split("/");
    const name = parts.pop() ?? "";
    return (await folderOf(parts)).getFileHandle(name, { create: true });
  };
  const made: Tools = {
    async files(root) {
      const found: string[] = [];
      for await (const [name, handle] of (await folderOf(root.split("/"))).entries()) {
        if (handle.kind === "file") found.push(`${root}/${name}`);
        else found.push(...(await made.files(`${root}/${name}`)));
      }
      return found.sort();
    },
    bytes: async (path) => new Uint8Array(await (await (await handleOf(path)).getFile()).arrayBuffer()),
    async put(path, bytes) {
      const stream = await (await handleOf(path)).createWritable();
      await stream.write(bytes as Uint8Array<ArrayBuffer>);
      await stream.close();
    },
    async holding(root, text) {
      const found: string[] = [];
      for (const path of await made.files(root)) {
        const read = new TextDecoder("latin1").decode(await made.bytes(path));
        if (read.includes(text)) found.push(path);
      }
      return found;
    },
    async receive(root, content) {
      const manifest = [{ path: "note.txt", kind: "file", size: content.length, mode: 0o644, modified: 0 }] as never;
      const lone = await story.newSink(root, manifest);
      for (let at = 0; at < content.length; at += 262_144)
        await lone.sink.write(0, at, content.subarray(at, at + 262_144));
      await lone.sink.finish(0);
      await lone.sink.place(lone.plan);
      return { id: lone.received.all.get().at(-1)?.id ?? "", lone };
    },
    known(bytes) {
      const known = new Uint8Array(bytes);
      known.set(new TextEncoder().encode("Known plaintext. ").subarray(0, bytes));
      for (let at = 17; at < bytes; at *= 2) known.copyWithin(at, 0, at);
      return known;
    },
    code: (work) =>
      work().then(
        () => "no error",
        (error: Error & { code?: string }) => `${error.code}`,
      ),
  };
  Object.assign(globalThis, { tools: made });
}

test("[ID-17] what came lies sealed, while it grows and when it is whole; its place is part of it", TIMES, async () => {
  const seen = await page.evaluate(async (bytes) => {
    const content = tools.known(bytes);
    const manifest = [{ path: "note.txt", kind: "file", size: bytes, mode: 0o644, modified: 0 }] as never;
    const lone = await story.newSink("rest", manifest);
    await lone.sink.write(0, 0, content.subarray(0, 262_144));
    const growing = await tools.holding("rest", "Known");
    await lone.sink.write(0, 262_144, content.subarray(262_144));
    await lone.sink.finish(0);
    await lone.sink.place(lone.plan);
    const [path = ""] = await tools.files("rest");
    await tools.put("plain/0", content); // what finds nothing above does find it here
    const [key] = await lone.store.list("pagefiles/key/");
    const id = lone.received.all.get()[0]?.id ?? "";
    const hex = (data: Uint8Array): string => [...data].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return {
      growing,
      whole: await tools.holding("rest", "Known"),
      control: await tools.holding("plain", "Known"),
      path,
      key: hex(key?.value ?? new Uint8Array()),
      sealed: hex((await tools.bytes(path)).subarray(262_144 + 49)),
      opened: new TextDecoder().decode((await (await lone.received.open(id)).arrayBuffer()).slice(-17)),
    };
  }, CHUNK_BYTES + 34);
  assert.deepEqual([seen.growing, seen.whole, seen.control], [[], [], ["plain/0"]]);
  // Another implementation of spec/identity.md §8 opens the second chunk, at its place alone.
  const open = (index: number): string => {
    const context = new Uint8Array([...textToBytes(seen.path.replace("rest/sealed/", "")), 0, 0, 0, 0, index]);
    const key = new Secret(hexToBytes(seen.key));
    const options = { provider: nobleProvider, key, label: LABEL.pageFile, context };
    return new TextDecoder().decode(openAtRest(options, hexToBytes(seen.sealed)));
  };
  assert.equal(open(1).length, 34);
  assert.equal(open(1).slice(-17), seen.opened);
  assert.throws(() => open(0));
});

test(
  "a chunk that was changed, moved or cut off on the disk is told as damage, and nothing else of the file",
  TIMES,
  async () => {
    const codes = await page.evaluate(async () => {
      const { id, lone } = await tools.receive("hurt", tools.known(3 * 262_144));
      const [path = ""] = await tools.files("hurt");
      const whole = await tools.bytes(path);
      const size = 262_144 + 49;
      const open = () => tools.code(() => lone.received.open(id));
      const damage = async (change: (bytes: Uint8Array) => Uint8Array): Promise<string> => {
        await lone.disk.finish(id.replace("-", "/"), 3 * 262_144); // the worker lets go of it
        await tools.put(path, change(whole.slice()));
        return open();
      };
      const codes = {
        whole: await damage((bytes) => bytes),
        changed: await damage((bytes) => bytes.fill(1, size + 100, size + 101)),
        moved: await damage((bytes) => {
          bytes.copyWithin(0, size, 2 * size);
          return bytes;
        }),
        cut: await damage((bytes) => bytes.slice(0, 2 * size)),
      };
      await damage((bytes) => bytes.fill(1, size + 100, size + 101));
      const first = await lone.received.read(id, 1_000, 17);
      const stream = lone.received.stream(id).getReader();
      return {
        ...codes,
        first: new TextDecoder().decode(first).length,
        streamed: await tools.code(() => stream.read()),
        gone: await tools.code(() => lone.received.open("nothing")),
      };
    });
    assert.deepEqual(codes, {
      whole: "no error",
      ...{ changed: "ERR_FILE_DAMAGED", moved: "ERR_FILE_DAMAGED", cut: "ERR_FILE_DAMAGED" },
      ...{ first: 17, streamed: "ERR_FILE_DAMAGED", gone: "ERR_FILE" },
    });
  },
);

test("without the store's keys nothing opens, and nothing is left of what no key opens", TIMES, async () => {
  const seen = await page.evaluate(async () => {
    const { id, lone } = await tools.receive("locked", tools.known(1_000));
    await lone.disk.close();
    const files = await story.sealedFiles("locked", lone.store);
    const text = await (await files.open(id)).text();
    await files.close();
    const closed = await tools.code(() => files.open(id));
    const again = await story.sealedFiles("locked", lone.store);
    await again.remove(id);
    const removed = [await tools.files("locked"), (await lone.store.list("pagefiles/")).length];
    await again.close();
    const second = await tools.receive("locked", tools.known(1_000));
    await second.lone.disk.close();
    const other = await story.sealedFiles("locked", story.newStore());
    const unknown = await tools.code(() => other.open(second.id));
    await other.close();
    return { text: text.length, closed, removed, unknown, left: await tools.files("locked") };
  });
  assert.deepEqual(seen, { text: 1_000, closed: "ERR_FILE", removed: [[], 0], unknown: "ERR_FILE", left: [] });
});

test(
  "what an earlier version left as it came is sealed at the start, also half, and what nobody knows is deleted",
  TIMES,
  async () => {
    const seen = await page.evaluate(async () => {
      const [part, growing, stray] = ["a".repeat(32), "b".repeat(32), "c".repeat(32)];
      const store = story.newStore();
      const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
      const record = { id: `${part}-1`, transfer: "t", name: "old.txt", folders: [], bytes: 600_000, modified: 0 };
      await store.set(`pagefiles/received/${part}-1`, encode(JSON.stringify(record)));
      await store.set("pagefiles/part/u", encode(growing));
      await tools.put(`old/${part}/1`, tools.known(600_000));
      await tools.put(`old/${growing}/0`, tools.known(300_000));
      await tools.put(`old/${stray}/0`, tools.known(10));
      await tools.put(`old/sealed/${stray}/0`, tools.known(10));
      const files = await story.sealedFiles("old", store);
      const text = await (await files.open(`${part}-1`)).text();
      await files.close();
      const lies = [await tools.files("old"), await tools.holding("old", "Known"), files.unsealed.get()];
      const again = await story.sealedFiles("old", store);
      const same = (await (await again.open(`${part}-1`)).text()) === text;
      await again.close();
      return { isWhole: text === new TextDecoder().decode(tools.known(600_000)), lies, same };
    });
    const [part, growing] = ["a".repeat(32), "b".repeat(32)];
    assert.deepEqual(seen, {
      isWhole: true,
      lies: [[`old/sealed/${part}/1`, `old/sealed/${growing}/0`], [], false],
      same: true,
    });
  },
);

test(
  "where there is no space to seal what was left, that is said, nothing of it is lost, and it can be removed",
  TIMES,
  async () => {
    const seen = await page.evaluate(async () => {
      const part = "d".repeat(32);
      const store = story.newStore();
      const record = { id: `${part}-0`, transfer: "t", name: "old.txt", folders: [], bytes: 600_000, modified: 0 };
      await store.set(`pagefiles/received/${part}-0`, new TextEncoder().encode(JSON.stringify(record)));
      await tools.put(`full/${part}/0`, tools.known(600_000));
      const set = store.set.bind(store);
      store.set = async (key, value) => {
        if (key.startsWith("pagefiles/key/")) throw new DOMException("No space", "QuotaExceededError");
        return set(key, value);
      };
      const files = await story.sealedFiles("full", store);
      const code = await tools.code(() => files.open(`${part}-0`));
      await story.until(files.unsealed, (is) => is || undefined);
      const kept = await tools.files("full");
      await files.remove(`${part}-0`);
      const left = await tools.files("full");
      await files.close();
      return { code, kept, left };
    });
    assert.deepEqual(seen, { code: "ERR_FILE", kept: [`full/${"d".repeat(32)}/0`], left: [] });
  },
);

test(
  "a large file is saved in pieces to where the person says, and a damaged one leaves nothing there",
  TIMES,
  async () => {
    const seen = await page.evaluate(async () => {
      const bytes = 66 * 1_048_576;
      const { id, lone } = await tools.receive("save", tools.known(bytes));
      await lone.disk.close();
      const files = await story.sealedFiles("save", lone.store);
      const chosen = await (await navigator.storage.getDirectory()).getFileHandle("chosen.txt", { create: true });
      let suggested = "";
      Object.assign(globalThis, {
        showSaveFilePicker: async ({ suggestedName }: { suggestedName: string }) => {
          suggested = suggestedName;
          return chosen;
        },
      });
      await files.save(id);
      const saved = await chosen.getFile();
      const end = await saved.slice(-34).text();
      const size = saved.size;
      await files.close();
      const [path = ""] = await tools.files("save");
      const sealed = await tools.bytes(path);
      await tools.put(path, sealed.fill(0, sealed.length - 5));
      const again = await story.sealedFiles("save", lone.store);
      await tools.put("chosen.txt", new Uint8Array());
      const code = await tools.code(() => again.save(id));
      await again.close();
      return { suggested, size, end, code, left: (await chosen.getFile()).size };
    });
    const end = "Known plaintext. ".repeat(3).slice((66 * MIB) % 17, ((66 * MIB) % 17) + 34);
    assert.deepEqual(seen, { suggested: "note.txt", size: 66 * MIB, end, code: "ERR_FILE_DAMAGED", left: 0 });
  },
);

test("what sealing costs is told", TIMES, async (t) => {
  const speeds = await page.evaluate(async (bytes) => {
    const manifest = [{ path: "a", kind: "file", size: bytes, mode: 0o644, modified: 0 }] as never;
    const { disk } = await story.newSink("speed", manifest);
    const plain = story.newDisk("worker", "speed");
    const piece = crypto.getRandomValues(new Uint8Array(65_536));
    const chunk = new Uint8Array(262_144).map((_, i) => (piece[i % 65_536] ?? 0) ^ (i >> 16));
    const speeds: Record<string, number> = {};
    for (const [name, each] of Object.entries({ plain, sealed: disk, plainAgain: plain, sealedAgain: disk })) {
      let begun = performance.now();
      for (let at = 0; at < bytes; at += 8 * chunk.length)
        await Promise.all(Array.from({ length: 8 }, (_, i) => each.write("a/0", at + i * chunk.length, chunk)));
      await each.finish("a/0", bytes);
      speeds[`${name} written`] = bytes / 1_048_576 / ((performance.now() - begun) / 1_000);
      begun = performance.now();
      for (let at = 0; at < bytes; at += 8 * chunk.length)
        await Promise.all(Array.from({ length: 8 }, (_, i) => each.read("a/0", at + i * chunk.length, chunk.length)));
      speeds[`${name} read`] = bytes / 1_048_576 / ((performance.now() - begun) / 1_000);
      await each.remove("a");
    }
    return speeds;
  }, SPEED_MIB * MIB);
  for (const [what, rate] of Object.entries(speeds)) t.diagnostic(`${SPEED_MIB} MiB ${what}: ${rate.toFixed(0)} MiB/s`);
  for (const rate of Object.values(speeds)) assert.ok(rate > 0);
});
