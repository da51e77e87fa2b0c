/** The board as people use it, in Chromium: everybody's pointers, pressure, undo by keys, zoom, what is saved; who comes late. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { keepPicture } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };
const PATIENCE_MS = 20_000;

const app = useApp();

async function roomOfOne(): Promise<Page> {
  const ada = await visit(app, "Ada");
  await ada.getByRole("link", { name: "Rooms" }).click();
  await ada.getByRole("button", { name: "New room" }).click();
  await ada.getByLabel("Name").fill("Garden");
  await ada.getByRole("dialog").getByRole("button", { name: "New room" }).click();
  await ada.getByRole("heading", { name: "Garden" }).waitFor();
  return ada;
}

async function joinRoom(ada: Page, name: string): Promise<Page> {
  await open(ada, "Members");
  await ada.getByRole("button", { name: "Invite" }).click();
  await ada.getByRole("button", { name: "Code to say" }).click();
  const code = (await ada.locator(".code").textContent()) ?? "";
  const ben = await visit(app, name);
  await ben.getByRole("link", { name: "Rooms" }).click();
  await ben.getByRole("button", { name: "Join" }).click();
  await ben.getByLabel("Link or code").fill(code);
  await ben.getByRole("dialog").getByRole("button", { name: "Join" }).click();
  await ben.getByRole("heading", { name: "Garden" }).waitFor();
  await ada.keyboard.press("Escape");
  return ben;
}

const open = (page: Page, part: string): Promise<void> =>
  page.getByLabel("Parts of the room").getByRole("link", { name: part }).click();

interface Ink {
  readonly points: number;
  /** Of the smallest box around them. */
  readonly width: number;
  readonly height: number;
}

/** What is drawn on the canvas that stands still, or on the one where things move; in a part of it, by its rows. */
const inkOf = (page: Page, which: "still" | "moving", rows: readonly [number, number] = [0, 10_000]): Promise<Ink> =>
  page
    .locator(".canvases canvas")
    .nth(which === "still" ? 0 : 1)
    .evaluate((canvas: HTMLCanvasElement, [from, to]) => {
      const { width, height } = canvas;
      const { data } = canvas.getContext("2d")?.getImageData(0, 0, width, height) ?? { data: [] };
      let [points, left, right, top, bottom] = [0, width, 0, height, 0];
      for (let y = from; y < Math.min(to, height); y++)
        for (let x = 0; x < width; x++) {
          if ((data[4 * (y * width + x) + 3] ?? 0) < 128) continue;
          points += 1;
          [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
        }
      return { points, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
    }, rows);

async function until(isIt: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isIt())) {
    assert.ok(Date.now() < deadline, `it does not come about: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50)); // the browser's time
  }
}

/** A line from left to right at that height, by mouse, or by a pen that presses so hard. */
async function line(page: Page, y: number, force?: number): Promise<void> {
  const box = await page.getByRole("img", { name: "Board" }).boundingBox();
  assert.ok(box);
  const [fromX, toX, at] = [box.x + 40, box.x + 200, box.y + y];
  const devtools = await page.context().newCDPSession(page);
  const event = {
    button: "left",
    clickCount: 1,
    ...(force !== undefined && { pointerType: "pen" as const, force }),
  } as const;
  await devtools.send("Input.dispatchMouseEvent", { type: "mousePressed", x: fromX, y: at, buttons: 1, ...event });
  for (let x = fromX + 10; x <= toX; x += 10)
    await devtools.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y: at, buttons: 1, ...event });
  await devtools.send("Input.dispatchMouseEvent", { type: "mouseReleased", x: toX, y: at, ...event });
  await devtools.detach();
}

test(
  "who comes late has the board; pointers of others are seen, and go; undo by keys is everybody's",
  TIMES,
  async () => {
    const ada = await roomOfOne();
    await open(ada, "Board");
    await line(ada, 80);
    await line(ada, 140);
    await until(async () => (await inkOf(ada, "still", [120, 160])).points > 300, "the lines");
    const drawn = (await inkOf(ada, "still")).points;
    const ben = await joinRoom(ada, "Ben");
    for (const page of [ada, ben]) await open(page, "Board");
    await until(async () => (await inkOf(ben, "still")).points === drawn, "the board at who comes late");
    assert.equal((await inkOf(ada, "moving")).points, 0);
    const box = await ben.getByRole("img", { name: "Board" }).boundingBox();
    assert.ok(box);
    await ben.mouse.move(box.x + 100, box.y + 250);
    await ben.mouse.move(box.x + 120, box.y + 260);
    await until(async () => (await inkOf(ada, "moving", [240, 300])).points > 60, "Ben's pointer, with his name");
    await keepPicture(ada, "board-pointer");
    await ben.mouse.move(box.x + 100, box.y - 60);
    await until(async () => (await inkOf(ada, "moving")).points === 0, "no pointer");
    await line(ben, 320);
    await until(async () => (await inkOf(ada, "still", [300, 340])).points > 300, "Ben's line");
    await ada.getByRole("img", { name: "Board" }).focus();
    await ada.keyboard.press("Control+Z");
    await until(
      async () => (await inkOf(ben, "still", [120, 160])).points === 0,
      "the last line that Ada drew, before she was elsewhere, is gone, at Ben's too",
    );
    assert.ok((await inkOf(ben, "still", [300, 340])).points > 300, "and not Ben's");
    await ada.keyboard.press("Control+Shift+Z");
    await until(async () => (await inkOf(ben, "still", [120, 160])).points > 300, "it is there again");
    await leave(ada, ben);
  },
);

test("a pen that presses draws thicker; zoom makes it larger; PNG and SVG hold what is there", TIMES, async () => {
  const ada = await roomOfOne();
  await open(ada, "Board");
  await ada.getByRole("button", { name: "Nib 16" }).click();
  await line(ada, 80, 0.05);
  await line(ada, 180, 1);
  await until(async () => (await inkOf(ada, "still", [150, 210])).points > 300, "both lines");
  const [soft, hard] = [await inkOf(ada, "still", [50, 110]), await inkOf(ada, "still", [150, 210])];
  assert.ok(hard.height >= soft.height + 4, `${soft.height} and ${hard.height} pixels`);
  const { width } = await inkOf(ada, "still");
  await ada.getByRole("button", { name: "Closer" }).click();
  await until(async () => (await inkOf(ada, "still")).width > 1.15 * width, "larger");
  await ada.getByRole("button", { name: "Further" }).click();
  await until(async () => Math.abs((await inkOf(ada, "still")).width - width) < 4, "as before");
  const svg = await saved(ada, "Save as SVG");
  const bare = await app.browser.newPage(); // without the app's policy, which lets nobody read markup
  const read = await bare.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
    return [parsed.querySelectorAll("parsererror").length, parsed.querySelectorAll("path").length];
  }, svg.toString("utf8"));
  assert.deepEqual(read, [0, 2]);
  await bare.close();
  const png = await saved(ada, "Save as PNG");
  assert.equal(png.subarray(0, 8).toString("hex"), "89504e470d0a1a0a");
  const dark = await ada.evaluate(
    async (bytes) => {
      const picture = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
      const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
      context?.drawImage(picture, 0, 0);
      const { data } = context?.getImageData(0, 0, picture.width, picture.height) ?? { data: [] };
      let count = 0;
      for (let at = 0; at < data.length; at += 4) if ((data[at] ?? 255) < 128) count += 1;
      return count / (picture.width * picture.height);
    },
    [...png],
  );
  assert.ok(dark > 0.005 && dark < 0.2, `${dark} of it is dark`);
  await leave(ada);
});

async function saved(page: Page, how: string): Promise<Buffer> {
  await page.getByRole("button", { name: "Whole board" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: how }).click(),
  ]);
  const bytes = await readFile(await download.path());
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  return bytes;
}
