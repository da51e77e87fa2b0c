/** One-time chats in Chromium against a real node: another key and another login, and nothing left when they end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { violationsOf } from "./testing/axe.ts";
import { keepPictures } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, meet, visit as visitApp } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };

const app = useApp();

/** What somebody's page said over each of its WebSockets. */
type Said = Buffer[][];

async function visit(name: string, said: Said = []): Promise<Page> {
  const between = async (context: BrowserContext): Promise<void> => {
    context.on("page", (page) =>
      page.on("websocket", (socket) => {
        const frames: Buffer[] = [];
        said.push(frames);
        socket.on("framesent", ({ payload }) => frames.push(Buffer.from(payload)));
      }),
    );
  };
  return visitApp(app, name, { isFar: true, between });
}

/** Begins a one-time chat, as far as its code. */
async function beginAside(page: Page, name: string): Promise<string> {
  await page.getByRole("link", { name: "Chats" }).click();
  await page.getByRole("link", { name: "One-time chat" }).click();
  await page.getByText("It does not hide you from the relay").waitFor();
  await page.getByLabel("Name for this chat").fill(name);
  await page.getByRole("button", { name: "Begin" }).click();
  await page.getByRole("button", { name: "Show a code" }).click();
  return (await page.locator(".code").textContent()) ?? "";
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

/** All that this origin has written, as numbers of entries by place. */
const written = (page: Page): Promise<unknown> =>
  page.evaluate(async () => {
    const counts: Record<string, number> = {};
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => resolve(opening.result);
      });
      for (const shelf of database.objectStoreNames)
        counts[`${name}/${shelf}`] = await new Promise((resolve) => {
          const counting = database.transaction(shelf).objectStore(shelf).count();
          counting.onsuccess = () => resolve(counting.result);
        });
      database.close();
    }
    const files: string[] = [];
    for await (const file of (await navigator.storage.getDirectory()).keys()) files.push(file);
    return { counts, files, local: Object.keys(localStorage), session: Object.keys(sessionStorage) };
  });

const PIECE_BYTES = 16;

/** Every piece of so many bytes that was said: keys, tags and signatures are longer. */
function piecesOf(frames: readonly Buffer[], bytes = PIECE_BYTES): Set<string> {
  const pieces = new Set<string>();
  for (const frame of frames)
    for (let at = 0; at + bytes <= frame.length; at++) pieces.add(frame.toString("latin1", at, at + bytes));
  return pieces;
}

test(
  "a one-time chat is somebody else to the other one and to the relay, writes nothing, and ends for good",
  TIMES,
  async () => {
    const [adas, bens]: [Said, Said] = [[], []];
    const [ada, ben] = await Promise.all([visit("Ada", adas), visit("Ben", bens)]);
    await meet(ada, ben);
    const logins = adas.length; // of the main identity, and of the code that it showed
    const before = await written(ada);
    const code = await beginAside(ada, "Nobody");
    await keepPictures(ada, "one-time-code");
    assert.ok(adas.length > logins, "a connection of its own");
    await ben.getByRole("button", { name: "Add" }).click();
    await ben.getByLabel("Code").fill(code);
    await ben.getByRole("button", { name: "Connect" }).click();
    await Promise.all([ada, ben].map((page) => page.getByRole("button", { name: "Yes, add" }).click()));
    await ben.getByRole("button", { name: "OK" }).click();
    await ada.getByText("You are Nobody here").waitFor();
    await say(ada, "Guess who");
    const contacts = ben.getByRole("region", { name: "Contacts" });
    await contacts.getByText("Ada").waitFor();
    await ben.getByRole("link", { name: "Chats" }).click();
    await ben.getByRole("link", { name: /Nobody/ }).click();
    await ben.getByText("Guess who").waitFor();
    await say(ben, "No idea");
    await ada.getByText("No idea").waitFor();
    await keepPictures(ada, "one-time-chat");
    assert.deepEqual(await violationsOf(ada), []);

    // What both of Ada's logins said, and Ben's did not: nothing, or the relay would know them by it. Both name
    // Ben's login, to which they talk; a piece of that may have a byte of something else at its side.
    const [asAda, asNobody, asBen] = [
      piecesOf(adas.slice(0, logins).flat()),
      piecesOf(adas.slice(logins).flat()),
      piecesOf(bens.flat(), PIECE_BYTES - 1),
    ];
    assert.ok(asAda.size > 500 && asNobody.size > 500, `${asAda.size} and ${asNobody.size} pieces`);
    assert.deepEqual(
      [...asNobody].filter((piece) => asAda.has(piece) && !asBen.has(piece.slice(1)) && !asBen.has(piece.slice(0, -1))),
      [],
    );

    await ada.getByRole("link", { name: "Chats" }).first().click();
    await ada.getByRole("region", { name: "One-time chats" }).getByText("you are Nobody").waitFor();
    await keepPictures(ada, "one-time-list");
    await ada.getByRole("link", { name: /you are Nobody/ }).click();
    await ada.getByRole("button", { name: "End this chat" }).click();
    await ada.getByRole("dialog").getByRole("button", { name: "End this chat" }).click();
    await ada.getByRole("region", { name: "One-time chats" }).waitFor({ state: "detached" });
    assert.deepEqual(await written(ada), before);
    await ben.getByText("away", { exact: true }).waitFor();
    await ada.getByRole("link", { name: /Ben/ }).click();
    await say(ada, "And this is me");
    await ben.getByRole("link", { name: "Chats" }).first().click();
    await ben.getByRole("link", { name: /Ada/ }).click();
    await ben.getByText("And this is me").waitFor();
    await leave(ada, ben);
  },
);

test("who opens a link can answer it as somebody else", TIMES, async () => {
  const ada = await visit("Ada");
  await ada.getByRole("button", { name: "Add" }).click();
  await ada.getByRole("button", { name: "Show a code" }).click();
  const link = await ada.getByLabel("Link").inputValue();
  const ben = await visitApp({ browser: app.browser, url: link }, "Ben", { isFar: true });
  await ben.getByRole("link", { name: "Answer as somebody else" }).click();
  await ben.getByLabel("Name for this chat").fill("Mask");
  await keepPictures(ben, "one-time-begin");
  assert.deepEqual(await violationsOf(ben), []);
  await ben.getByRole("button", { name: "Begin" }).click();
  await ben.getByRole("button", { name: "Connect" }).click();
  await Promise.all([ada, ben].map((page) => page.getByRole("button", { name: "Yes, add" }).click()));
  await ada.getByRole("button", { name: "OK" }).click();
  await ada.getByRole("link", { name: /Mask/ }).waitFor();
  assert.equal(await ada.getByRole("link", { name: /Ben/ }).count(), 0);
  await ben.getByText("You are Mask here").waitFor();
  await leave(ada, ben);
});
