/** The disk of a page in Chromium: what grows there, under which names, and what a browser refuses. Real time: it is Chromium's. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { safePaths, wallTime } from "@kith/core";
import type { Browser, Page } from "playwright-core";
import { launchChromium, launchProfile, type ModulePage, serveModule } from "../testing-browser/index.ts";
import type { StoryFixture } from "./opfs-files.fixture.ts";

declare const story: StoryFixture;

const MIB = 1_048_576;
const TIMES = { timeout: 60_000 };

let served: ModulePage;
let browser: Browser;
before(async () => {
  served = await serveModule(fileURLToPath(new URL("./opfs-files.fixture.ts", import.meta.url)));
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await served?.[Symbol.asyncDispose]();
});

/** A page of a profile of its own. */
async function tab(): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.on("pageerror", (error) => assert.fail(error));
  await page.goto(served.url);
  return page;
}

test(
  "[FILE-9] [FILE-12] whatever files are called, they are numbers on the disk, and safe names in a folder that was chosen",
  TIMES,
  async () => {
    const vectors: { cases: { label: string; repeat?: number; ending?: string; safe: string; bytes?: number }[] } =
      JSON.parse(await readFile(new URL("../../../../spec/vectors/file-names.json", import.meta.url), "utf8"));
    const labels = vectors.cases.map(({ label, repeat, ending }) => label.repeat(repeat ?? 1) + (ending ?? ""));
    const page = await tab();
    const seen = await page.evaluate(async (labels) => {
      const root = await navigator.storage.getDirectory();
      const names = async (folder: FileSystemDirectoryHandle): Promise<string[]> => {
        const found: string[] = [];
        for await (const name of folder.keys()) found.push(name);
        return found.sort();
      };
      const manifest = labels.map((path) => ({ path, kind: "file", size: 1, mode: 0o644, modified: 0 })) as never;
      const receive = async (into?: FileSystemDirectoryHandle) => {
        const { sink, received, plan } = await story.newSink("hostile", manifest, into);
        for (const file of labels.keys()) {
          await sink.write(file, 0, Uint8Array.of(file));
          await sink.finish(file);
        }
        await sink.place(plan);
        return received.all.get();
      };
      const received = await receive();
      const inside = await (await root.getDirectoryHandle("hostile")).getDirectoryHandle("sealed");
      const [part = ""] = await names(inside);
      const numbers = await names(await inside.getDirectoryHandle(part));
      const chosen = await root.getDirectoryHandle("chosen", { create: true });
      await chosen.getFileHandle("x", { create: true });
      await receive(chosen);
      return {
        received,
        part,
        numbers,
        copied: await names(chosen),
        root: await names(root),
        left: await names(inside),
      };
    }, labels);
    const paths = safePaths(
      labels.map((path) => ({ path, kind: "file", size: 1, mode: 0o644, modified: wallTime(0) })),
    );
    assert.deepEqual(
      seen.received.map(({ name, folders }) => [...folders, name]),
      paths,
    );
    assert.match(seen.part, /^[0-9a-f]{32}$/);
    assert.deepEqual(seen.numbers, [...labels.keys()].map(String).sort());
    assert.deepEqual(seen.left, [seen.part], "what was copied is here no more");
    assert.equal(seen.copied.length, new Set(paths.map(([top]) => top)).size + 1);
    for (const name of seen.copied) assert.doesNotMatch(name, /[/\\]|^\.|\p{Cc}|\p{Cf}/u);
    await page.close();
  },
);

test("a folder that was chosen gets whole trees, and nothing in it is written over", TIMES, async () => {
  const page = await tab();
  const seen = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const chosen = await root.getDirectoryHandle("trees", { create: true });
    const write = async (name: string, text: string): Promise<void> => {
      const stream = await (await chosen.getFileHandle(name, { create: true })).createWritable();
      await stream.write(text);
      await stream.close();
    };
    await write("note.txt", "old");
    await chosen.getDirectoryHandle("trip", { create: true });
    const entry = { kind: "file", size: 3, mode: 0o644, modified: 0 };
    const manifest = [
      { ...entry, path: "note.txt" },
      { ...entry, path: "trip", kind: "folder", size: 0 },
      { ...entry, path: "trip/a/deep.txt" },
      { ...entry, path: "trip/b.txt" },
    ] as never;
    const { sink, received, plan } = await story.newSink("tree", manifest, chosen);
    for (const file of [0, 2, 3]) {
      await sink.write(file, 0, new TextEncoder().encode(`n${file}!`));
      await sink.finish(file);
    }
    const tops = await sink.place(plan);
    const text = async (...path: string[]): Promise<string> => {
      const name = path.pop() ?? "";
      let folder = chosen;
      for (const part of path) folder = await folder.getDirectoryHandle(part);
      return (await (await folder.getFileHandle(name)).getFile()).text();
    };
    return {
      tops,
      texts: [await text("note.txt"), await text("note (2).txt"), await text("trip (2)", "a", "deep.txt")],
      last: await text("trip (2)", "b.txt"),
      received: received.all.get(),
    };
  });
  assert.deepEqual(seen, {
    tops: ["note (2).txt", "trip (2)"],
    texts: ["old", "n0!", "n2!"],
    ...{ last: "n3!", received: [] },
  });
  await page.close();
});

test("a sender that uses a transfer's id again changes nothing of what it sent before", TIMES, async () => {
  const page = await tab();
  const texts = await page.evaluate(async () => {
    const manifest = [{ path: "a.txt", kind: "file", size: 3, mode: 0o644, modified: 0 }] as never;
    const { sink, received, plan } = await story.newSink("again", manifest);
    for (const text of ["one", "two"]) {
      await sink.write(0, 0, new TextEncoder().encode(text));
      await sink.finish(0);
      await sink.place(plan);
      await sink.place(plan); // as after a crash between placing and remembering that
    }
    return Promise.all(received.all.get().map(async ({ id }) => (await received.open(id)).text()));
  });
  assert.deepEqual(texts, ["one", "two"]);
  await page.close();
});

for (const kind of ["worker", "page"] as const) {
  test(`a disk by way of the ${kind} writes anywhere, reads what it wrote, and finds it again`, TIMES, async () => {
    const page = await tab();
    const write = (): Promise<unknown> =>
      page.evaluate(async (kind) => {
        const disk = story.newDisk(kind, `disk-${kind}`);
        const none = [await disk.size("a/0"), (await disk.read("a/0", 0, 10)).length];
        await Promise.all([disk.write("a/0", 4, Uint8Array.of(5, 6)), disk.write("a/0", 0, Uint8Array.of(1, 2, 3, 4))]);
        const read = [...(await disk.read("a/0", 1, 4))];
        const end = [...(await disk.read("a/0", 5, 100))];
        const size = await disk.size("a/0");
        await disk.finish("a/0", 5);
        await disk.write("b/0", 0, new Uint8Array(1_000).fill(7));
        await disk.finish("empty/0", 0);
        await disk.remove("never");
        await disk.close();
        const again = story.newDisk(kind, `disk-${kind}`);
        const found = [await again.size("a/0"), await again.size("b/0"), await again.size("empty/0")];
        await again.remove("a");
        const gone = await again.size("a/0");
        await again.remove("b");
        await again.close();
        return { none, read, end, size, found, gone };
      }, kind);
    const expected = {
      read: [2, 3, 4, 5],
      end: [6],
      size: 6,
      found: [5, 1_000, 0],
      none: [undefined, 0],
      gone: undefined,
    };
    assert.deepEqual(await write(), expected);
    await page.close();
  });
}

test("a disk that is full says so, in the words of a transfer", TIMES, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-page-disk-"));
  await using context = await launchProfile(folder);
  const page = await context.newPage();
  await page.goto(served.url);
  const session = await context.newCDPSession(page);
  const { origin } = new URL(served.url);
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 4 * MIB });
  const told = await page.evaluate(async () => {
    const reasons: unknown[] = [];
    const note = (error: Error & { reason?: string }): void => void reasons.push(error.reason);
    const huge = [{ path: "a", kind: "file", size: 2 ** 42, mode: 0o644, modified: 0 }] as never;
    await story.newSink("full", huge).catch(note);
    for (const kind of ["worker", "page"] as const) {
      const disk = story.newDisk(kind, `full-${kind}`);
      const piece = new Uint8Array(1_048_576).map((_, i) => i * i);
      const before = reasons.length;
      for (let i = 0; i < 32 && reasons.length === before; i++)
        await disk.write("a/0", i * piece.length, piece).catch(note);
      await disk.remove("a").catch(note);
    }
    return reasons;
  });
  assert.deepEqual(told, ["diskFull", "diskFull", "diskFull"]);
  await context.close();
  await rm(folder, { recursive: true, force: true });
});
