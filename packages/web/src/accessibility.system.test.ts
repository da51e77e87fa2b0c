/** Every screen for people who do not see it, do not hold a mouse, need it dark or large: axe-core, and a tour by keys. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { inspect } from "./testing/inspect.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, meet, openPage, visit as visitApp } from "./testing/visitors.ts";

const TIMES = { timeout: 240_000 };

const app = useApp();

const visit = (name: string, passphrase?: string): Promise<Page> => visitApp(app, name, { passphrase });

async function shut(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

test("who is alone: welcome, nobody yet, no rooms, a room of one's own", TIMES, async () => {
  const context = await app.browser.newContext({ locale: "en-GB" });
  const ada = await openPage(context, app.url, "Ada");
  await ada.getByLabel("What should others see?").fill("Ada");
  await ada.getByLabel("Keep me on this device").check();
  await inspect(ada, "welcome");
  await ada.getByLabel("For this visit only").check();
  await ada.getByRole("button", { name: "Begin" }).click();
  await ada.getByRole("heading", { name: "People" }).waitFor();
  await inspect(ada, "people-nobody");
  await ada.getByRole("button", { name: "Add" }).click();
  await ada.getByRole("button", { name: "Show a code" }).waitFor();
  await inspect(ada, "people-add");
  await shut(ada);
  await ada.getByRole("link", { name: "Chats" }).click();
  await inspect(ada, "chats-none");
  await ada.getByRole("link", { name: "Rooms" }).click();
  await inspect(ada, "rooms-none");
  await ada.getByRole("button", { name: "Join" }).click();
  await inspect(ada, "rooms-join");
  await shut(ada);
  await ada.getByRole("button", { name: "New room" }).click();
  await ada.getByLabel("Name").fill("Garden");
  await inspect(ada, "rooms-new");
  await ada.getByRole("dialog").getByRole("button", { name: "New room" }).click();
  await ada.getByRole("heading", { name: "Garden" }).waitFor();
  await ada.getByLabel("Parts of the room").getByRole("link", { name: "Members" }).click();
  await inspect(ada, "room-members-alone");
  await ada.getByRole("button", { name: "Invite" }).click();
  await ada.getByRole("button", { name: "Link for one person" }).click();
  await ada.getByRole("img", { name: "Link for one person" }).waitFor();
  await inspect(ada, "room-invite");
  await shut(ada);
  for (const part of ["Chat", "Board", "Page", "Files", "Map"] as const) {
    await ada.getByLabel("Parts of the room").getByRole("link", { name: part }).click();
    await ada.getByRole("status").filter({ hasText: "…" }).waitFor({ state: "detached" });
    await inspect(ada, `room-${part.toLowerCase()}-alone`);
    if (part !== "Board") continue;
    await ada.getByRole("button", { name: "Whole board" }).click();
    await inspect(ada, "board-whole");
    await shut(ada);
  }
  await ada.getByRole("link", { name: "You", exact: true }).click();
  await ada.getByRole("button", { name: "Check it" }).click();
  await inspect(ada, "you");
  await ada.getByRole("button", { name: "Erase everything" }).click();
  await inspect(ada, "erase");
  await leave(ada);
});

test("two who talk", TIMES, async () => {
  const [ada, ben] = await Promise.all([visit("Ada"), visit("Ben")]);
  await meet(ada, ben);
  await inspect(ada, "people");
  await ada.getByRole("link", { name: /Ben/ }).first().click();
  for (const text of ["Hello, Ben!", "Tomatoes or beans? ".repeat(12)]) {
    await ada.getByLabel("Message", { exact: true }).fill(text);
    await ada.keyboard.press("Enter");
  }
  await ben.getByRole("link", { name: "Chats" }).click();
  await ben.getByText("2", { exact: true }).first().waitFor();
  await inspect(ben, "chats");
  await ben.getByRole("link", { name: /Ada/ }).click();
  await ben.getByText("Hello, Ben!").waitFor();
  await inspect(ben, "chat");
  await inspect(ada, "chat-ours");
  await leave(ada, ben);
});

test("locked, open elsewhere, erased", TIMES, async () => {
  const ada = await visit("Ada", "correct horse");
  await ada.getByRole("link", { name: "You", exact: true }).click();
  await ada.getByRole("button", { name: "Export" }).first().waitFor();
  await inspect(ada, "you-kept");
  await ada.reload();
  await ada.getByLabel("Passphrase").waitFor();
  await inspect(ada, "locked");
  const second = await openPage(ada.context(), app.url, "Ada again");
  await second.getByText("Kith is open in another tab").waitFor();
  await inspect(second, "following");
  await second.close();
  await ada.getByRole("button", { name: "Erase everything" }).click();
  await ada.getByLabel("Type ERASE").fill("erase");
  await ada.getByRole("dialog").getByRole("button", { name: "Erase everything" }).click();
  await ada.getByText("Nothing.").waitFor();
  await inspect(ada, "erased");
  await leave(ada);
});

/** Of what has the focus: what it is called, and whether a person sees that it has it. */
const focused = (page: Page): Promise<{ readonly name: string; readonly isSeen: boolean }> =>
  page.evaluate(() => {
    const at = document.activeElement;
    if (!(at instanceof HTMLElement) || at === document.body) return { name: "", isSeen: false };
    const label =
      at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement ? at.labels?.[0]?.textContent : "";
    const style = getComputedStyle(at);
    const isSeen = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2;
    return { name: at.getAttribute("aria-label") ?? (label || (at.textContent ?? "").trim()), isSeen };
  });

const STOPS_MAX = 40;

/** Goes on by Tab until it is there; whatever comes in between shows that it has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let stop = 0; stop < STOPS_MAX; stop++) {
    await page.keyboard.press("Tab");
    const at = await focused(page);
    if (at.name !== "") assert.ok(at.isSeen, `nobody sees that ${at.name} has the focus`);
    if (name.test(at.name)) return;
  }
  assert.fail(`no way by Tab to ${name}`);
}

test("by keys alone: from the opening to a message in a room", TIMES, async () => {
  const context = await app.browser.newContext({ locale: "en-GB" });
  const ada = await openPage(context, app.url, "Ada");
  await tabTo(ada, /What should others see/);
  await ada.keyboard.press("Control+A");
  await ada.keyboard.type("Ada");
  await ada.keyboard.press("Enter");
  await ada.getByRole("heading", { name: "People" }).waitFor();
  await tabTo(ada, /^Rooms$/);
  await ada.keyboard.press("Enter");
  await tabTo(ada, /^New room$/);
  await ada.keyboard.press("Enter");
  const dialog = ada.getByRole("dialog");
  await dialog.waitFor();
  assert.equal((await focused(ada)).name, "Name");
  for (let stop = 0; stop < 8; stop++) {
    await ada.keyboard.press("Tab"); // round and round, by way of the browser's own controls
    const isInside = await ada.evaluate(() => document.activeElement?.closest("dialog, body")?.tagName);
    assert.ok(isInside === "DIALOG" || (await focused(ada)).name === "", "the focus left the dialog");
  }
  await ada.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await ada.waitForFunction(() => document.activeElement?.textContent === "New room"); // which it gives back
  await ada.keyboard.press("Enter");
  await dialog.waitFor(); // nobody types before it is there
  await ada.keyboard.type("Garden");
  await ada.keyboard.press("Enter");
  await ada.getByRole("heading", { name: "Garden" }).waitFor();
  await tabTo(ada, /^Chat$/);
  await ada.keyboard.press("Enter");
  await tabTo(ada, /^Message$/);
  await ada.keyboard.type("Water at six?");
  await ada.keyboard.press("Enter");
  await ada.getByText("Water at six?", { exact: true }).waitFor();
  await leave(ada);
});
