/** Two who talk and keep what is said, and what each of them has of it: for tests of what must not be lost. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { meet, type Visit, type VisitOptions, visit } from "./visitors.ts";

/** What a loaded machine may need for what must come about. */
const COMES_ABOUT_MS = 60_000;

/** Both stay on their device and keep this chat. */
export async function talkers(app: Visit, options: VisitOptions = {}): Promise<readonly [Page, Page]> {
  const [ada, ben] = await Promise.all([
    visit(app, "Ada", { isKept: true, ...options }),
    visit(app, "Ben", { isKept: true, ...options }),
  ]);
  await meet(ada, ben);
  await Promise.all([converse(ada, "Ben", true), converse(ben, "Ada", true)]);
  return [ada, ben];
}

/** Opens the conversation with a contact, and keeps it from now on. */
export async function converse(page: Page, other: string, isKept = false): Promise<void> {
  await page.getByRole("link", { name: "Chats" }).click();
  await page.getByRole("link", { name: other }).click();
  await page.getByLabel("Message", { exact: true }).waitFor();
  if (!isKept) return;
  await page.getByRole("button", { name: "About this chat" }).click();
  await page.getByLabel("Keep this chat").check();
  await page.getByText("What is said is stored").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

/** Writes it, and is told that it goes out: it stands among what was said, and where one writes is empty. */
export async function say(page: Page, text: string): Promise<void> {
  await press(page, text);
  await page.locator("li.message", { hasText: text }).waitFor();
  assert.equal(await page.getByLabel("Message", { exact: true }).inputValue(), "");
}

/** Writes it, and does not wait for anything. */
export async function press(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.keyboard.press("Enter");
}

/** Several, one after the other, called `name 1`, `name 2`, … */
export async function sayAll(page: Page, name: string, count: number): Promise<readonly string[]> {
  const texts = Array.from({ length: count }, (_, index) => `${name} ${index + 1}.`);
  for (const text of texts) await say(page, text);
  return texts;
}

const texts = (page: Page): Promise<readonly string[]> => page.locator("li.message .marked").allTextContents();

/**
 * All pages come to show these, in this order and once. `maybe` was written as its page went: it is everywhere or nowhere.
 */
export async function assertSaid(
  pages: readonly Page[],
  said: readonly string[],
  maybe: readonly string[] = [],
): Promise<void> {
  const [first, last] = [said[0]?.replace(/ \d+\.$/, ""), said.at(-1)];
  const seen = (page: Page): Promise<readonly string[]> =>
    texts(page).then((all) => all.filter((text) => text.replace(/ \d+\.$/, "") === first));
  const without = (all: readonly string[]): readonly string[] => all.filter((text) => !maybe.includes(text));
  const deadline = Date.now() + COMES_ABOUT_MS;
  for (;;) {
    const lists = await Promise.all(pages.map(seen));
    const isWhole = lists.every((list) => list.includes(last ?? "") && without(list).length >= said.length);
    const isSame = lists.every((list) => list.join() === lists[0]?.join());
    if ((!isWhole || !isSame) && Date.now() < deadline) {
      await pages[0]?.waitForTimeout(100); // for what other processes do
      continue;
    }
    for (const list of lists) assert.deepEqual(without(list), said);
    for (const list of lists)
      assert.deepEqual(list, lists[0], "what was written last is with one and not with the other");
    return;
  }
}
