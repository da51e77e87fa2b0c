/** What is said in rooms: how long it stays, and what nobody has seen yet. Real time where lifetimes are: a minute is the shortest. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { violationsOf } from "./testing/axe.ts";
import { keepPictures } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 150_000 };

const app = useApp();

const bubble = (page: Page, text: string) => page.locator("li.message", { hasText: text });

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.keyboard.press("Enter");
  await bubble(page, text).waitFor();
}

const part = (page: Page, name: string) => page.getByLabel("Parts of the room").getByRole("link", { name });

/** Two who are in a room's chat. */
async function inRoom(passphrase?: string): Promise<readonly [Page, Page]> {
  const [ada, ben] = await Promise.all([visit(app, "Ada"), visit(app, "Ben", { passphrase })]);
  await ada.getByRole("link", { name: "Rooms" }).click();
  await ada.getByRole("button", { name: "New room" }).click();
  await ada.getByLabel("Name").fill("Garden");
  await ada.getByRole("dialog").getByRole("button", { name: "New room" }).click();
  await ada.getByRole("button", { name: "Invite" }).click();
  await ada.getByRole("button", { name: "Link for one person" }).click();
  const link = await ada.getByRole("textbox", { name: "Link for one person" }).inputValue();
  await ada.keyboard.press("Escape");
  await part(ada, "Chat").click();
  await ben.getByRole("link", { name: "Rooms" }).click();
  await ben.getByRole("button", { name: "Join" }).click();
  await ben.getByLabel("Link or code").fill(decodeURIComponent(link.slice(link.indexOf("join/") + 5)));
  await ben.getByRole("dialog").getByRole("button", { name: "Join" }).click();
  await ben.getByRole("heading", { name: "Garden" }).waitFor();
  return [ada, ben];
}

test("what one writes in a room stays as long as its writer chose, and is gone at all members", TIMES, async () => {
  const [ada, ben] = await inRoom();
  await say(ada, "This stays");
  await ada.getByRole("button", { name: "How long your messages stay" }).click();
  await ada.getByLabel("Your new messages stay").selectOption({ label: "for 1 minute" });
  assert.deepEqual(await violationsOf(ada), []);
  await keepPictures(ada, "room-lifetime");
  await ada.keyboard.press("Escape");
  await ada.getByText("What you write stays 1 minute.").waitFor();
  await say(ada, "Burn this");
  for (const page of [ada, ben])
    await bubble(page, "Burn this")
      .getByText(/\d+ seconds left|1 minute left/)
      .waitFor();
  assert.equal(await bubble(ada, "This stays").locator(".countdown").count(), 0);
  await keepPictures(ben, "room-burning");
  await say(ben, "Mine stays");
  await bubble(ada, "Mine stays").waitFor();
  assert.equal(await bubble(ada, "Mine stays").locator(".countdown").count(), 0, "each chooses for their own");
  for (const page of [ada, ben]) await bubble(page, "Burn this").waitFor({ state: "detached", timeout: 75_000 });
  for (const page of [ada, ben]) await bubble(page, "This stays").waitFor();
  await leave(ada, ben);
});

test(
  "what nobody has seen is counted: per room, beside its chat, in the title, and not again after a reload",
  TIMES,
  async () => {
    const [ada, ben] = await inRoom("correct horse");
    await say(ada, "one");
    await bubble(ben, "one").waitFor();
    await ben.waitForFunction(() => document.title === "Kith"); // seen, a moment after it came
    await part(ben, "Members").click();
    await say(ada, "two");
    await part(ben, "Chat").getByText("1 unread").waitFor({ state: "attached" });
    await ben.getByRole("link", { name: "Back" }).click();
    await say(ada, "three");
    await ben.getByRole("link", { name: /Garden.*2 unread/ }).waitFor();
    await ben.waitForFunction(() => document.title === "(2) Kith");
    await ben.getByLabel("Places").getByRole("link", { name: "Rooms 2 unread" }).waitFor();
    assert.deepEqual(await violationsOf(ben), []);
    await keepPictures(ben, "room-unread");
    await ben.getByRole("link", { name: /Garden/ }).click();
    await ben.locator("li.divider.new + li", { hasText: "two" }).waitFor();
    await ben.waitForFunction(() => document.title === "Kith");

    await ben.reload();
    await ben.getByLabel("Passphrase").fill("correct horse");
    await ben.getByRole("button", { name: "Unlock" }).click();
    await ben.getByRole("link", { name: "People" }).click();
    await say(ada, "four");
    await ben.waitForFunction(() => document.title === "(1) Kith", undefined, { timeout: 40_000 });
    await ben.getByRole("link", { name: "Rooms" }).click();
    await ben.getByRole("link", { name: /Garden.*1 unread/ }).click();
    await bubble(ben, "four").waitFor();
    await ben.waitForFunction(() => document.title === "Kith");
    await leave(ada, ben);
  },
);
