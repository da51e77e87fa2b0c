/** The app in real browsers against a real node. Real time: it is Chromium's. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { keepPicture } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { meet, openPage, visit as visitApp } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };

const app = useApp();

/** What may have come over the wire when people are seen: the code of rooms, board and page is not among it. */
const FIRST_BYTES_MAX = 250 * 1_024;

const visit = (name: string, passphrase?: string): Promise<Page> => visitApp(app, name, { passphrase });

async function makeRoom(page: Page, name: string): Promise<void> {
  await page.getByRole("link", { name: "Rooms" }).click();
  await page.getByRole("button", { name: "New room" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("dialog").getByRole("button", { name: "New room" }).click();
  await page.getByRole("heading", { name }).waitFor();
}

test("two strangers with a join code talk", TIMES, async () => {
  const [ada, ben] = await Promise.all([visit("Ada"), visit("Ben")]);
  await meet(ada, ben);
  await ada.getByRole("link", { name: /Ben/ }).click();
  await ada.getByLabel("Message", { exact: true }).fill("Hello, Ben!");
  await ada.getByRole("button", { name: "Send" }).click();
  await ben.getByRole("link", { name: /Ada/ }).click();
  await ben.getByText("Hello, Ben!").waitFor();
  await ada.getByText("read").waitFor();
  await keepPicture(ben, "chat");
  for (const page of [ada, ben]) await page.context().close();
});

test("a room comes about by codes, and everybody hears everybody", TIMES, async () => {
  const [ada, ben, cem] = await Promise.all([visit("Ada"), visit("Ben"), visit("Cem")]);
  await makeRoom(ada, "Garden");
  for (const newcomer of [ben, cem]) {
    await ada.getByRole("button", { name: "Invite" }).click();
    await ada.getByRole("button", { name: "Code to say" }).click();
    const code = (await ada.locator(".code").textContent()) ?? "";
    await keepPicture(ada, "invitation");
    await newcomer.getByRole("link", { name: "Rooms" }).click();
    await newcomer.getByRole("button", { name: "Join" }).click();
    await newcomer.getByLabel("Link or code").fill(code);
    await newcomer.getByRole("dialog").getByRole("button", { name: "Join" }).click();
    await newcomer.getByRole("heading", { name: "Garden" }).waitFor();
    await ada.keyboard.press("Escape");
  }
  await ada.getByText("Cem").waitFor();
  await keepPicture(ada, "members");
  const everybody = [ada, ben, cem];
  for (const [index, page] of everybody.entries()) {
    await page.getByRole("link", { name: "Chat", exact: true }).click();
    await page.getByLabel("Message", { exact: true }).fill(`Water at six? ${index}`);
    await page.getByRole("button", { name: "Send" }).click();
  }
  for (const page of everybody)
    for (const index of everybody.keys()) await page.getByText(`Water at six? ${index}`).waitFor();
  await keepPicture(cem, "room-chat");
  for (const page of everybody) await page.getByRole("link", { name: "Page" }).click();
  await ada.getByLabel("Shared text").pressSequentially("# Plan");
  await ben.getByText("# Plan").waitFor();
  await cem.getByLabel("Shared text").press("End");
  await cem.getByLabel("Shared text").pressSequentially(" for June");
  for (const page of everybody) await page.locator(".cm-line", { hasText: /# Plan.*for June/s }).waitFor(); // with cursors in between
  await keepPicture(ben, "page");
  for (const page of everybody) await page.getByRole("link", { name: "Board" }).click();
  await drag(ada, 60, 60, 200, 160);
  await ben.getByLabel("Drawing tools").getByRole("combobox").selectOption("ellipse");
  await drag(ben, 90, 220, 250, 330);
  const isSame = async (): Promise<boolean> => new Set(await Promise.all(everybody.map(inkOf))).size === 1;
  await until(async () => (await isSame()) && (await inkOf(cem)) > 500);
  await keepPicture(cem, "board");
  const both = await inkOf(cem);
  await ada.getByRole("button", { name: "Undo" }).click();
  await until(async () => (await isSame()) && (await inkOf(cem)) < both);
  for (const page of everybody) await page.getByRole("link", { name: "Files" }).click();
  const bytes = Buffer.alloc(3_000_000, "kith");
  await ada.getByLabel("Offer files").setInputFiles({ name: "plan.bin", mimeType: "application/x", buffer: bytes });
  await ben.getByRole("button", { name: "Fetch" }).click();
  const [saved] = await Promise.all([ben.waitForEvent("download"), ben.getByRole("button", { name: "Save" }).click()]);
  assert.deepEqual(await readFile(await saved.path()), bytes);
  await keepPicture(ben, "files");
  await ada.getByRole("link", { name: "Map" }).click();
  await ada.getByRole("link", { name: "Cem, here" }).click();
  await ada.getByText("linked to").waitFor();
  await ada.setViewportSize({ width: 1280, height: 800 });
  await keepPicture(ada, "map-wide");
  for (const page of everybody) await page.context().close();
});

/** Dark points of the board as it is drawn. */
const inkOf = (page: Page): Promise<number> =>
  page
    .locator("canvas")
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return pixels.filter((value: number, index: number) => index % 4 === 3 && value > 0).length;
    });

test("whoever opens a link is in the room that it leads to, with a relay alone in between", TIMES, async () => {
  const ada = await visitApp(app, "Ada", { isFar: true });
  await ada.getByRole("link", { name: "Rooms" }).click();
  await ada.getByRole("button", { name: "New room" }).click();
  await ada.getByLabel("Name").fill("Garden");
  await ada.getByRole("dialog").getByRole("button", { name: "New room" }).click();
  await ada.getByRole("button", { name: "Invite" }).click();
  await ada.getByRole("button", { name: "Link for one person" }).click();
  const link = await ada.getByRole("textbox", { name: "Link for one person" }).inputValue();
  assert.ok(link.startsWith(`${app.url}#/rooms/join/`), link);
  await keepPicture(ada, "invitation-link");
  const ben = await visitApp({ browser: app.browser, url: link }, "Ben", { isFar: true, lands: "Join" });
  await ben.getByRole("dialog").getByRole("button", { name: "Join" }).click();
  await ben.getByRole("heading", { name: "Garden" }).waitFor();
  await ada.keyboard.press("Escape");
  for (const page of [ada, ben]) await page.getByRole("link", { name: "Chat", exact: true }).click();
  await ben.getByLabel("Message", { exact: true }).fill("Here I am");
  await ben.getByRole("button", { name: "Send" }).click();
  await ada.getByText("Here I am").waitFor();
  for (const page of [ada, ben]) await page.context().close();
});

async function drag(page: Page, ...[fromX, fromY, toX, toY]: [number, number, number, number]): Promise<void> {
  const box = await page.getByRole("img", { name: "Board" }).boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + fromX, box.y + fromY);
  await page.mouse.down();
  await page.mouse.move(box.x + toX, box.y + toY, { steps: 12 });
  await page.mouse.up();
}

async function until(isIt: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isIt())) {
    assert.ok(Date.now() < deadline, "it does not come about");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test(
  "who is kept is there after a reload, behind the passphrase, in one tab at a time, until everything is erased",
  TIMES,
  async () => {
    const [ada, ben] = await Promise.all([visit("Ada", "correct horse"), visit("Ben")]);
    await meet(ada, ben);
    await ada.reload();
    await ada.getByLabel("Passphrase").fill("wrong horse");
    await ada.getByRole("button", { name: "Unlock" }).click();
    await ada.getByRole("alert").waitFor();
    await keepPicture(ada, "locked");
    await ada.getByLabel("Passphrase").fill("correct horse");
    await ada.getByRole("button", { name: "Unlock" }).click();
    await ada.getByRole("link", { name: /Ben/ }).waitFor();
    const second = await openPage(ada.context(), app.url, "Ada again");
    await second.getByText("Kith is open in another tab").waitFor();
    await second.getByRole("button", { name: "Use it here" }).click();
    await ada.getByText("Kith is open in another tab").waitFor();
    await second.getByLabel("Passphrase").fill("correct horse");
    await second.getByRole("button", { name: "Unlock" }).click();
    await second.getByRole("link", { name: "You" }).click();
    await second.getByRole("button", { name: "Check it" }).click();
    await second.getByText("unchanged").waitFor();
    await keepPicture(second, "you");
    await second.getByRole("button", { name: "Erase everything" }).click();
    await second.getByLabel("Type ERASE").fill("erase");
    await second.getByRole("dialog").getByRole("button", { name: "Erase everything" }).click();
    await second.getByText("Nothing.").waitFor();
    const left = await second.evaluate(async () => {
      const files: string[] = [];
      for await (const name of (await navigator.storage.getDirectory()).keys()) files.push(name);
      return {
        databases: (await indexedDB.databases()).map(({ name }) => name),
        files,
        caches: await caches.keys(),
        local: Object.keys(localStorage),
        session: Object.keys(sessionStorage),
        workers: (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope),
      };
    });
    assert.deepEqual(left, { databases: [], files: [], caches: [], local: [], session: [], workers: [] });
    for (const page of [ada, ben]) await page.context().close();
  },
);

test("a first visit loads at most 250 KiB, and the code of rooms with the first one", TIMES, async () => {
  const ada = await visitApp(app, "Ada", { context: { serviceWorkers: "block" } });
  const loaded = await ada.evaluate(() =>
    performance.getEntries().flatMap((entry) => {
      return "encodedBodySize" in entry ? { name: entry.name, bytes: Number(entry.encodedBodySize) } : [];
    }),
  );
  const bytes = loaded.reduce((sum, each) => sum + each.bytes, 0);
  assert.ok(bytes > 100_000 && bytes <= FIRST_BYTES_MAX, `${bytes} bytes`);
  const isRooms = (name: string): boolean => /\/rooms-part-/.test(name);
  assert.ok(!loaded.some(({ name }) => isRooms(name)));
  const rooms = ada.waitForResponse((response) => isRooms(response.url()));
  await makeRoom(ada, "Garden");
  assert.ok((await rooms).ok());
  await ada.context().close();
});

test("once loaded the app opens without network, rooms too, and says that nobody is reached", TIMES, async () => {
  const ada = await visit("Ada", "correct horse");
  await makeRoom(ada, "Garden");
  await ada.evaluate(async () => void (await navigator.serviceWorker.ready));
  await ada.context().setOffline(true);
  await ada.reload();
  await ada.getByLabel("Passphrase").fill("correct horse");
  await ada.getByRole("button", { name: "Unlock" }).click();
  await ada.getByRole("link", { name: "Rooms" }).click();
  await ada.getByRole("link", { name: /Garden/ }).waitFor();
  await ada.getByRole("link", { name: "You" }).click();
  await ada.getByText("tries again").waitFor();
  await ada.context().close();
});
