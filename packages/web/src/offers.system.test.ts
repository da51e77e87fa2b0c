/** Files that a contact offers without a word, as `kith send` does: a Node program and a page, through the relay of a real node. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { PeerId } from "@kith/core";
import type { JoinCodeStep, Observable } from "@kith/sdk";
import { createEndpoint, type NodeEndpoint } from "@kith/sdk/node";
import type { Page } from "playwright-core";
import { violationsOf } from "./testing/axe.ts";
import { keepPictures } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };

let folder: string;
let ben: NodeEndpoint;
const app = useApp({
  async begin(app) {
    folder = await mkdtemp(join(tmpdir(), "kith-offers-"));
    const { relayKey }: { relayKey: string } = await (await fetch(`${app.url}served.json`)).json();
    const relay = `${app.url.replace(/^http/, "ws").replace(/\/$/, "")}#${relayKey}`;
    ben = await createEndpoint({ home: join(folder, "home"), name: "Ben", relays: [relay] });
  },
});
after(async () => {
  await ben?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The first value that is wanted. */
async function when<T, Wanted>(
  observable: Observable<T>,
  wanted: (value: T) => Wanted | undefined,
): Promise<NonNullable<Wanted>> {
  for (;;) {
    const found = wanted(observable.get());
    if (found !== undefined && found !== null) return found;
    await new Promise<void>((resolve) => {
      const stop = observable.subscribe(() => {
        stop();
        resolve();
      });
    });
  }
}

/** Ada's key, once they are contacts. */
async function meetProgram(ada: Page): Promise<PeerId> {
  await ada.getByRole("button", { name: "Add" }).click();
  await ada.getByRole("button", { name: "Show a code" }).click();
  const id = await ben.joinCodes.join((await ada.locator(".code").textContent()) ?? "");
  const step = <At extends JoinCodeStep["at"]>(at: At): Promise<Extract<JoinCodeStep, { at: At }>> =>
    when(ben.joinCodes.all, (all) => {
      const found = all.find((each) => each.id === id)?.step;
      return found?.at === at ? (found as Extract<JoinCodeStep, { at: At }>) : undefined;
    });
  const says = async (): Promise<void> => {
    await step("consent");
    await ben.joinCodes.answer(id, { accept: true });
  };
  await Promise.all([says(), ada.getByRole("button", { name: "Yes, add" }).click()]); // who is asked first depends on the way
  await ada.getByRole("button", { name: "OK" }).click();
  return (await step("done")).contact?.peer ?? assert.fail("no contact came of it");
}

interface FileOnDisk {
  readonly path: string;
  readonly bytes: number;
  /** What was sent is in it, as it was sent. */
  readonly hasText: boolean;
}

/** What whoever has the disk finds of files in the page's private file system. */
const filesOnDisk = (page: Page): Promise<FileOnDisk[]> =>
  page.evaluate(async () => {
    const below = async (folder: FileSystemDirectoryHandle, above: string): Promise<FileOnDisk[]> => {
      const found: FileOnDisk[] = [];
      for await (const [name, handle] of folder.entries()) {
        const path = `${above}/${name}`;
        if (handle instanceof FileSystemDirectoryHandle) found.push(...(await below(handle, path)));
        if (!(handle instanceof FileSystemFileHandle)) continue;
        const text = new TextDecoder("latin1").decode(await (await handle.getFile()).arrayBuffer());
        found.push({ path, bytes: text.length, hasText: /kithkith|bread/.test(text) });
      }
      return found;
    };
    return below(await navigator.storage.getDirectory(), "");
  });

async function damage(path: string): Promise<void> {
  const [, ...parts] = path.split("/");
  const name = parts.pop() ?? "";
  let folder = await navigator.storage.getDirectory();
  for (const part of parts) folder = await folder.getDirectoryHandle(part);
  const file = await folder.getFileHandle(name);
  const open = async (): Promise<FileSystemWritableFileStream> => {
    try {
      return await file.createWritable({ keepExistingData: true });
    } catch (error) {
      if ((error as DOMException).name !== "NoModificationAllowedError") throw error;
      await new Promise((resolve) => setTimeout(resolve, 50)); // the app has not let go of it yet
      return open();
    }
  };
  const stream = await open();
  await stream.write({ type: "write", position: 1_000, data: "changed" });
  await stream.close();
}

test("files that come without a word are seen, taken, saved and removed where one talks", TIMES, async () => {
  const ada = await visit(app, "Ada");
  const peer = await meetProgram(ada);
  const [plan, list] = [join(folder, "plan.bin"), join(folder, "\u202elist.txt")];
  await writeFile(plan, Buffer.alloc(300_000, "kith"));
  await writeFile(list, "bread");
  await ben.files.send(peer, [plan]);
  await ada.getByRole("link", { name: "Chats" }).click();
  await ada.getByText("1 file offered").waitFor();
  await ada.getByRole("link", { name: /Ben/ }).click();
  await ada.getByRole("heading", { name: "Ben offers a file" }).waitFor();
  assert.deepEqual(await violationsOf(ada), []);
  await keepPictures(ada, "offer");
  await ada.getByRole("button", { name: "Accept" }).click();
  const came = ada.getByRole("region", { name: "Files that came" });
  const [saved] = await Promise.all([
    ada.waitForEvent("download"),
    came.getByRole("listitem").filter({ hasText: "plan.bin" }).getByRole("button", { name: "Save" }).click(),
  ]);
  assert.deepEqual(await readFile(await saved.path()), await readFile(plan));

  const before = await filesOnDisk(ada);
  assert.deepEqual(
    before.map(({ hasText }) => hasText),
    [false],
    "it lies sealed",
  );

  const two = await ben.files.send(peer, [plan, list]);
  await ada.getByRole("heading", { name: "Ben offers 2 files" }).waitFor();
  await ada.getByRole("button", { name: "Accept" }).click();
  await came.getByRole("listitem").nth(2).waitFor();
  assert.deepEqual(await violationsOf(ada), []);
  await keepPictures(ada, "offer-came");
  await when(ben.files.transfers, (all) => all.find(({ id, state }) => id === two && state === "done"));
  const known = new Set(before.map(({ path }) => path));
  const added = (await filesOnDisk(ada)).filter(({ path }) => !known.has(path)).sort((a, b) => b.bytes - a.bytes);
  await ada.evaluate(damage, added[0]?.path ?? "");
  await came.getByRole("button", { name: "Save" }).nth(1).click();
  await came.getByRole("alert").getByText("was changed on this disk").waitFor();
  await keepPictures(ada, "offer-damaged");
  for (const left of [2, 1, 0]) {
    await came
      .getByRole("button", { name: /^Remove / })
      .first()
      .click();
    if (left > 0) await came.getByRole("listitem").nth(left).waitFor({ state: "detached" });
    else await came.waitFor({ state: "detached" });
  }

  const unwanted = await ben.files.send(peer, [plan]);
  await ada.getByRole("button", { name: "Decline" }).click();
  await when(ben.files.transfers, (all) => all.find(({ id, state }) => id === unwanted && state === "declined"));
  await ada.getByRole("heading", { name: "Ben offers a file" }).waitFor({ state: "detached" });
  await leave(ada);
});
