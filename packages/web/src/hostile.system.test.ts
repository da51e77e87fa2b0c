/** A member of a room who means ill, with a program of its own: nothing it says, draws, writes or sends runs in a page. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import type { Room } from "@kith/sdk";
import { createEndpoint, type NodeEndpoint } from "@kith/sdk/node";
import { KithProvider } from "@kith/sdk/yjs";
import type { Page } from "playwright-core";
import { Doc } from "yjs";
import { keepPicture } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };
const RUNS = "globalThis.hit=1";
const NAMES = {
  room: `<img src=x onerror=${RUNS}>`,
  mallory: `<script>${RUNS}</script>\u202egnp.\u200b`,
} as const;
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="${RUNS}"><script>${RUNS}</script></svg>`;

let folder: string;
const app = useApp();
let mallory: NodeEndpoint;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-hostile-"));
  mallory = await createEndpoint({ home: join(folder, "home"), name: NAMES.mallory, anonymous: true });
});
after(async () => {
  await mallory?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A room of hers, as far as Mallory's ticket. */
async function begin(ada: Page): Promise<Room> {
  await ada.evaluate(() => {
    const refused: string[] = [];
    Object.assign(globalThis, { refused });
    addEventListener("securitypolicyviolation", (event) =>
      refused.push(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  await ada.getByRole("link", { name: "Rooms" }).click();
  await ada.getByRole("button", { name: "New room" }).click();
  await ada.getByLabel("Name").fill(NAMES.room);
  await ada.getByRole("dialog").getByRole("button", { name: "New room" }).click();
  await ada.getByRole("heading", { name: NAMES.room }).waitFor();
  await ada.getByRole("button", { name: "Invite" }).click();
  await ada.getByRole("button", { name: "Link for one person" }).click();
  const link = await ada.getByLabel("Link for one person").and(ada.locator("input")).inputValue();
  await ada.keyboard.press("Escape");
  return mallory.rooms.join(decodeURIComponent(link.slice(link.indexOf("join/") + 5)));
}

async function goTo(ada: Page, part: string): Promise<void> {
  await ada.getByLabel("Parts of the room").getByRole("link", { name: part }).click();
}

/** Nothing ran, and nothing tried that the page's policy had to stop. */
async function isUnharmed(ada: Page): Promise<void> {
  assert.deepEqual(await ada.evaluate(() => ["hit" in globalThis, Reflect.get(globalThis, "refused")]), [false, []]);
  const width = await ada.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.equal(width, 0, "wider than the window");
}

test(
  "names, words, drawings, texts, cursors and files of a hostile member stay what they are: text",
  TIMES,
  async () => {
    const ada = await visit(app, "Ada");
    const room = await begin(ada);
    await ada.getByText(NAMES.mallory.slice(0, 10)).first().waitFor();
    await isUnharmed(ada);
    await keepPicture(ada, "hostile-members");

    await goTo(ada, "Chat");
    const long = "\u202e".repeat(100) + "x".repeat(9_900);
    for (const text of [`<script>${RUNS}</script>`, `javascript:${RUNS}`, SVG, long]) await room.chat.send(text);
    await ada.getByRole("button", { name: "Show all of it" }).click();
    // One message, of which a part is shown until somebody wants all.
    await ada
      .locator("li.message .marked p")
      .filter({ hasText: /^x{9900}$/ })
      .waitFor();
    await isUnharmed(ada);
    await keepPicture(ada, "hostile-chat");

    await goTo(ada, "Page");
    await using page = await KithProvider.open(room, new Doc(), { name: "page" });
    await page.ready;
    page.doc.getText("text").insert(0, `# Plan <script>${RUNS}</script> [here](javascript:${RUNS})\n${SVG}`);
    page.awareness.setLocalState({
      user: { name: SVG, color: "red;background:url(http://localhost:1/)", colorLight: `"><script>${RUNS}</script>` },
      cursor: { anchor: { type: null, tname: "text", item: null, assoc: 0 }, head: "over there" },
    });
    await ada.getByText("# Plan").waitFor();
    await isUnharmed(ada);
    await keepPicture(ada, "hostile-page");

    await goTo(ada, "Board");
    await ada.getByRole("img", { name: "Board" }).waitFor();
    await using board = await KithProvider.open(room, new Doc(), { name: "board" });
    await board.ready;
    const placed = { x: 40, y: 40, color: "ink", size: 16 };
    const picture = (bytes: Uint8Array): object => ({ kind: "image", bytes, x: 0, y: 0, width: 90, height: 90 });
    board.awareness.setLocalState({ user: SVG, pointer: { x: "NaN", y: {} } });
    board.doc.getArray("board").push([
      ...[null, 7, SVG, { kind: "__proto__" }, { kind: "text", text: { toString: 1 }, ...placed }],
      ...[
        { kind: "text", text: SVG, ...placed },
        { kind: "text", text: "x", ...placed, color: `url(#);${RUNS}` },
      ],
      ...[
        { kind: "stroke", points: [Number.NaN], ...placed },
        { kind: "shape", shape: "line", ...placed, width: 1e99 },
      ],
      ...[picture(Buffer.from(SVG)), picture(bomb(30_000)), picture(new Uint8Array(9))],
    ]);
    await until(async () => (await inkOf(ada)) > 500);
    const shown = await inkOf(ada);
    await new Promise((resolve) => setTimeout(resolve, 500)); // as long as a bomb would take to go off
    assert.equal(await inkOf(ada), shown);
    await isUnharmed(ada);
    await keepPicture(ada, "hostile-board");

    await goTo(ada, "Files");
    const vectors = JSON.parse(
      await readFile(new URL("../../../spec/vectors/file-names.json", import.meta.url), "utf8"),
    );
    const labels: string[] = vectors.cases.map(({ label }: { readonly label: string }) => label);
    const files = join(folder, "files");
    await mkdir(files);
    const possible = labels
      .filter((label) => !/[/\0]|^\.{0,2}$/.test(label) && Buffer.byteLength(label) < 200)
      .slice(0, 20);
    for (const label of [...possible, "<img src=x onerror=hit>.txt"]) {
      await writeFile(join(files, label), SVG + label);
      await room.files.send(join(files, label));
    }
    await ada.getByRole("listitem").nth(possible.length).waitFor();
    await keepPicture(ada, "hostile-files");
    await isUnharmed(ada);
    await keepPicture(ada, "hostile-files");
    for (const [name, bytes] of [
      ["bomb.png", bomb(30_000)],
      ["drawing.png", Buffer.from(SVG)],
    ] as const) {
      await writeFile(join(files, name), bytes);
      await room.files.send(join(files, name));
      const item = ada.getByRole("listitem").filter({ hasText: name });
      await item.getByRole("button", { name: "Fetch" }).click();
      await item.getByRole("button", { name: "Show" }).click();
      await item.getByText("cannot be shown").waitFor();
      assert.equal(await item.getByRole("img").count(), 0);
    }
    await isUnharmed(ada);
    await leave(ada);
  },
);

/** A picture of some hundred kilobytes at most that says it has that many points on each side, all of one colour. */
function bomb(side: number): Uint8Array {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head[8] = 1; // a bit for each
  const rows = deflateSync(Buffer.alloc((1 + Math.ceil(side / 8)) * side));
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    ...[chunk("IHDR", head), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))],
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const [body, ends] = [Buffer.concat([Buffer.from(type, "latin1"), data]), Buffer.alloc(8)];
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** Points of the board that are drawn. */
const inkOf = (page: Page): Promise<number> =>
  page
    .locator("canvas")
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return pixels.filter((value: number, index: number) => index % 4 === 3 && value > 0).length;
    });

async function until(isIt: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isIt())) {
    assert.ok(Date.now() < deadline, "it does not come about");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
