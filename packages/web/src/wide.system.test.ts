/** Wide screens: a list, and what was chosen of it, beside each other; by hand, by keys and while the window changes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { violationsOf } from "./testing/axe.ts";
import { keepPictures } from "./testing/picture.ts";
import { useApp } from "./testing/use-app.ts";
import { leave, meet, visit } from "./testing/visitors.ts";

const TIMES = { timeout: 120_000 };
const NARROW = { width: 390, height: 844 };
const WIDE = { width: 1000, height: 700 };

const app = useApp();

const focusedText = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");

test("people and chats beside what was chosen of them", TIMES, async () => {
  const ada = await visit(app, "Ada", { context: { viewport: WIDE } });
  const ben = await visit(app, "Ben");
  await ada.getByRole("link", { name: "Chats" }).click();
  await ada.getByText("No conversations yet").waitFor();
  assert.equal(await ada.getByText("Choose a conversation").count(), 0, "where there is none to choose");
  await ada.getByRole("link", { name: "People" }).click();
  await meet(ada, ben);
  await ada.getByText("Choose somebody").waitFor();
  await ada.getByRole("link", { name: "Details" }).click();
  await ada.getByRole("heading", { name: "Ben" }).waitFor();
  await ada.getByRole("heading", { name: "People" }).waitFor();
  assert.equal(await ada.getByRole("link", { name: "Details" }).getAttribute("aria-current"), "page");
  assert.deepEqual(await violationsOf(ada), []);
  await keepPictures(ada, "wide-contact");

  await ada.getByRole("link", { name: "Chats" }).click();
  await ada.getByText("Choose a conversation").waitFor();
  const ofBen = ada.getByRole("listitem").getByRole("link", { name: /Ben/ });
  await ofBen.focus();
  await ada.keyboard.press("Enter");
  await ada.getByText("Nothing said yet").waitFor();
  await ada.waitForFunction(() => document.activeElement?.tagName === "H1");
  assert.equal(await focusedText(ada), "Ben", "goes on in what was chosen");
  await ada.keyboard.press("Tab");
  assert.equal(await focusedText(ada), "About this chat", "no way back to what is beside it");
  await ada.getByLabel("Message", { exact: true }).fill("half a th");
  await ada.setViewportSize(NARROW);
  await ofBen.waitFor({ state: "detached" });
  assert.equal(await ada.getByLabel("Message", { exact: true }).inputValue(), "half a th");
  await ada.getByRole("button", { name: "About this chat" }).click();
  await ada.setViewportSize(WIDE);
  await ofBen.waitFor();
  await ada.getByRole("dialog").getByLabel("New messages stay").waitFor(); // it is still open
  await ada.keyboard.press("Escape");
  await ada.setViewportSize(NARROW);
  await ada.getByRole("link", { name: "Back" }).click();
  await ofBen.waitFor();
  assert.equal(await ada.getByText("Choose a conversation").count(), 0);
  await leave(ada, ben);
});

test("rooms beside the one that was chosen", TIMES, async () => {
  const ada = await visit(app, "Ada", { context: { viewport: WIDE } });
  await ada.getByRole("link", { name: "Rooms" }).click();
  for (const name of ["Garden", "Attic"]) {
    await ada.getByRole("button", { name: "New room" }).click();
    await ada.getByLabel("Name").fill(name);
    await ada.keyboard.press("Enter");
    await ada.getByRole("heading", { name, level: 1 }).waitFor();
  }
  await ada.getByRole("link", { name: /^Garden/ }).click();
  await ada.getByRole("heading", { name: "Garden", level: 1 }).waitFor();
  await ada.getByLabel("Message", { exact: true }).fill("Water at six?");
  await ada.keyboard.press("Enter");
  await ada.getByText("Water at six?").waitFor();
  await ada.getByRole("link", { name: /^Attic/ }).click();
  await ada.getByText("Nothing said yet").waitFor();
  assert.deepEqual(await violationsOf(ada), []);
  await keepPictures(ada, "wide-room");
  await ada.goBack();
  await ada.getByText("Water at six?").waitFor();
  await ada.getByLabel("Parts of the room").getByRole("link", { name: "Board" }).click();
  await ada.getByRole("img", { name: "Board" }).waitFor();
  await keepPictures(ada, "wide-board");
  await leave(ada);
});
