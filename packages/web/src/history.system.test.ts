/** Earlier versions of a room's text and board, in Chromium: kept, looked at, brought back; and nothing of it readable on the device. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { violationsOf } from "./testing/axe.ts";
import { keepPictures } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };
const PASSPHRASE = "correct horse";
const WORDS = "Tomatoes and beans by the southern wall";

const app = useApp();

async function makeRoom(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Rooms" }).click();
  await page.getByRole("button", { name: "New room" }).click();
  await page.getByLabel("Name").fill("Garden");
  await page.getByRole("dialog").getByRole("button", { name: "New room" }).click();
  await page.getByRole("heading", { name: "Garden" }).waitFor();
}

const open = (page: Page, part: string): Promise<void> =>
  page.getByLabel("Parts of the room").getByRole("link", { name: part }).click();

async function keep(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Earlier versions" }).click();
  await page.getByLabel("Name of this version").fill(name);
  await page.keyboard.press("Enter");
  await page.getByText("Kept.", { exact: true }).waitFor();
  await page.getByRole("button", { name }).waitFor();
}

async function shut(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

const lines = (page: Page): Promise<string> => page.locator(".cm-content").innerText();

/** Bytes that are not sealed. */
const leavePlain = (page: Page, words: string): Promise<void> =>
  page.evaluate(
    (words) =>
      new Promise<void>((resolve) => {
        const request = indexedDB.open("plain");
        request.onupgradeneeded = () =>
          request.result.createObjectStore("plain").put(new TextEncoder().encode(words), 1);
        request.onsuccess = () => {
          request.result.close();
          resolve();
        };
      }),
    words,
  );

/** Bytes of all of IndexedDB, as text in which plain words would be found. */
const keptBytes = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const found: string[] = [];
    const read = (value: unknown): void => {
      if (typeof value === "string") found.push(value);
      else if (value instanceof Uint8Array || value instanceof ArrayBuffer)
        found.push(new TextDecoder("latin1").decode(value));
      else if (typeof value === "object" && value !== null) for (const part of Object.values(value)) read(part);
    };
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
      });
      for (const store of database.objectStoreNames)
        for (const what of ["getAll", "getAllKeys"] as const)
          await new Promise<void>((resolve) => {
            const request = database.transaction(store).objectStore(store)[what]();
            request.onsuccess = () => {
              read(request.result);
              resolve();
            };
          });
      database.close();
    }
    return found.join("\n");
  });

test(
  "a text as it was is looked at and brought back by keys, after a reload too; none of it is readable there",
  TIMES,
  async () => {
    const ada = await visit(app, "Ada", { passphrase: PASSPHRASE });
    await makeRoom(ada);
    await open(ada, "Page");
    const text = ada.getByLabel("Shared text");
    await text.pressSequentially(WORDS);
    await keep(ada, "Spring");
    await shut(ada);
    await text.press("Control+A");
    await text.pressSequentially("Nothing but weeds");
    await ada.getByRole("button", { name: "Earlier versions" }).press("Enter");
    await ada.getByRole("button", { name: "Spring" }).waitFor();
    await keepPictures(ada, "history-list");
    assert.deepEqual(await violationsOf(ada), []);
    await ada.getByRole("button", { name: "Spring" }).press("Enter");
    assert.equal(await ada.getByLabel("The text as it was").inputValue(), WORDS);
    assert.ok(await ada.evaluate(() => document.activeElement?.closest("dialog") !== null), "the focus is in it");
    await keepPictures(ada, "history-text");
    assert.deepEqual(await violationsOf(ada), []);
    await ada.getByRole("button", { name: "All versions" }).press("Enter");
    await ada.getByRole("button", { name: "Spring" }).press("Enter");
    await ada.getByRole("button", { name: "Bring it back" }).press("Enter");
    await ada.getByText("Brought back.").waitFor();
    assert.equal(await lines(ada), WORDS);
    await ada.getByRole("button", { name: /that of .* again/ }).waitFor();
    assert.equal(await ada.getByRole("list", { name: "Earlier versions" }).getByRole("button").count(), 3);
    await shut(ada);
    await open(ada, "Chat");
    await open(ada, "Page");
    await text.press("Control+Z"); // also of what one did before one was elsewhere
    await ada.locator(".cm-line", { hasText: "Nothing but weeds" }).waitFor();
    await text.press("Control+Y");
    await ada.locator(".cm-line", { hasText: WORDS }).waitFor();
    await leavePlain(ada, "found by this test");
    const bytes = await keptBytes(ada);
    assert.ok(bytes.includes("found by this test") && bytes.includes("vault/key"), "what is plain would be found");
    for (const secret of ["Tomatoes", "weeds", "Spring", "Garden"]) assert.ok(!bytes.includes(secret), secret);
    await ada.evaluate(() => localStorage.setItem("kith.language", "de"));
    await ada.reload();
    await ada.getByLabel("Passphrase").fill(PASSPHRASE);
    await ada.getByRole("button", { name: "Entsperren" }).click();
    await ada.locator(".cm-line", { hasText: WORDS }).waitFor();
    await ada.getByRole("button", { name: "Frühere Stände" }).click();
    await ada.getByRole("list", { name: "Frühere Stände" }).getByRole("button").nth(1).click(); // the one before that
    assert.equal(await ada.getByLabel("Der Text, wie er war").inputValue(), "Nothing but weeds");
    await keepPictures(ada, "history-text-de");
    await leave(ada);
  },
);

test("a board as it was is drawn, and brought back", TIMES, async () => {
  const ada = await visit(app, "Ada");
  await makeRoom(ada);
  await open(ada, "Board");
  const box = await ada.getByRole("img", { name: "Board" }).boundingBox();
  assert.ok(box);
  for (const y of [80, 160]) {
    await ada.mouse.move(box.x + 60, box.y + y);
    await ada.mouse.down();
    await ada.mouse.move(box.x + 260, box.y + y + 40, { steps: 8 });
    await ada.mouse.up();
  }
  await keep(ada, "Two lines");
  await shut(ada);
  await ada.getByRole("button", { name: "Undo" }).click();
  await ada.getByRole("button", { name: "Earlier versions" }).click();
  await ada.getByRole("button", { name: "Two lines" }).click();
  await ada.getByRole("img", { name: "The board as it was, with 2 elements" }).waitFor();
  await keepPictures(ada, "history-board");
  assert.deepEqual(await violationsOf(ada), []);
  await ada.getByRole("button", { name: "Bring it back" }).click();
  await ada.getByText("Brought back.").waitFor();
  await ada.getByRole("button", { name: /that of .* again/ }).click();
  await ada.getByRole("img", { name: "The board as it was, with 2 elements" }).waitFor();
  await shut(ada);
  await leave(ada);
});
