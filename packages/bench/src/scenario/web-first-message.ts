/**
 * Two browsers, each a process of its own, and how long until one shows what was written in the other: contacts who open
 * the app at the same moment, and a stranger who comes by a link.
 *
 * @module
 */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { percentile, type Scenario } from "./scenario.ts";
import { cpuSecondsIn, serveApp, startBrowser } from "./served-app.ts";

/** For what must come about on a busy machine. */
const WAIT_MS = 60_000;

export const webFirstMessage: Scenario = {
  title: "contacts who open the app in two browsers at once: from both being open to the first message shown",
  unit: "ms",
  isLess: true,
  counts: { kith: 15 },
  goal: 800,
  answer: serveApp,
  async ask(_contender, address, count) {
    await using first = await startBrowser();
    await using second = await startBrowser();
    const [ada, ben] = await contacts(first, second, address);
    const known: Times[] = [];
    for (let i = 0; i < count; i++) known.push(await meetAgain(ada, ben, `Line ${i + 1}`));
    const strangers: number[] = [];
    for (let i = 0; i < Math.ceil(count / 3); i++) strangers.push(await comeByLink(first, second, address));
    const sorted = (list: readonly number[]): readonly number[] => list.toSorted((a, b) => a - b);
    const open = sorted(known.map(({ fromOpen }) => fromOpen));
    const whole = sorted(known.map(({ fromAddress }) => fromAddress));
    const cpu = sorted(known.map(({ cpuMs }) => cpuMs));
    const extra = { "p95 ms": percentile(open, 0.95), "from the address, ms": percentile(whole, 0.5) };
    return {
      value: percentile(open, 0.5),
      extra: {
        ...extra,
        "CPU of both browsers, ms": percentile(cpu, 0.5),
        "a stranger's link, from Join, ms": percentile(sorted(strangers), 0.5),
      },
    };
  },
};

interface Talker {
  readonly browser: Browser;
  readonly context: BrowserContext;
  /** Of the conversation with the other one. */
  readonly url: string;
}

interface Times {
  /** Both show where to write. */
  readonly fromOpen: number;
  readonly fromAddress: number;
  /** Of both browsers with all their processes, from the address until it was shown. */
  readonly cpuMs: number;
}

const field = (page: Page) => page.getByLabel("Message", { exact: true });
const line = (page: Page, text: string) => page.locator("li.message", { hasText: text });

/** Somebody who was never there says a name. `isKept`: and stays on this device. */
async function visit(browser: Browser, url: string, name: string, lands: string, isKept = false): Promise<Page> {
  const page = await (await browser.newContext({ locale: "en-GB" })).newPage();
  page.setDefaultTimeout(WAIT_MS);
  await page.goto(url);
  await page.getByLabel("What should others see?").fill(name);
  if (isKept) await page.getByLabel("Keep me on this device").check();
  await page.getByRole("button", { name: "Begin" }).click();
  await page.getByRole("heading", { name: lands }).waitFor();
  return page;
}

/** Two who met by a code and have talked. Their pages are closed. */
async function contacts(first: Browser, second: Browser, url: string): Promise<readonly [Talker, Talker]> {
  const [ada, ben] = await Promise.all([
    visit(first, url, "Ada", "People", true),
    visit(second, url, "Ben", "People", true),
  ]);
  for (const page of [ada, ben]) await page.getByRole("button", { name: "Add" }).click();
  await ada.getByRole("button", { name: "Show a code" }).click();
  await ben.getByLabel("Code").fill((await ada.locator(".code").textContent()) ?? "");
  await ben.getByRole("button", { name: "Connect" }).click();
  for (const name of ["Yes, add", "OK"])
    await Promise.all([ada, ben].map((page) => page.getByRole("button", { name }).click()));
  await Promise.all([converse(ada, "Ben"), converse(ben, "Ada")]);
  await say(ada, "Hello");
  await line(ben, "Hello").waitFor();
  const [adaAt, benAt] = [ada.url(), ben.url()];
  await Promise.all([ada.close(), ben.close()]);
  return [
    { browser: first, context: ada.context(), url: adaAt },
    { browser: second, context: ben.context(), url: benAt },
  ];
}

async function converse(page: Page, other: string): Promise<void> {
  await page.getByRole("link", { name: "Chats" }).click();
  await page.getByRole("link", { name: other }).click();
  await field(page).waitFor();
}

async function say(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await page.keyboard.press("Enter");
}

/** Nothing of the last time is left but what browsers keep: the pages are new. */
async function meetAgain(ada: Talker, ben: Talker, text: string): Promise<Times> {
  const pages = await Promise.all([ada.context.newPage(), ben.context.newPage()]);
  const [from, to] = pages;
  for (const page of pages) page.setDefaultTimeout(WAIT_MS);
  const cpu = await cpuSecondsOf(ada, ben);
  const started = performance.now();
  await Promise.all([open(from, ada.url), open(to, ben.url)]);
  const isOpen = performance.now();
  const shown = line(to, text).waitFor();
  await Promise.all([say(from, text), shown]);
  const ended = performance.now();
  const cpuMs = 1_000 * ((await cpuSecondsOf(ada, ben)) - cpu);
  await Promise.all(pages.map((page) => page.close()));
  return { cpuMs, fromOpen: ended - isOpen, fromAddress: ended - started };
}

async function cpuSecondsOf(...talkers: readonly Talker[]): Promise<number> {
  const all = await Promise.all(talkers.map(({ browser }) => cpuSecondsIn(browser)));
  return all.reduce((sum, each) => sum + each, 0);
}

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url, { waitUntil: "commit" });
  await field(page).waitFor();
}

/** Ben has a link to Ada's room, and a name: from his pressing "Join" until she reads him. */
async function comeByLink(first: Browser, second: Browser, url: string): Promise<number> {
  const ada = await visit(first, url, "Ada", "People");
  await ada.getByRole("link", { name: "Rooms" }).click();
  await ada.getByRole("button", { name: "New room" }).click();
  await ada.getByLabel("Name").fill("Garden");
  await ada.getByRole("dialog").getByRole("button", { name: "New room" }).click();
  await ada.getByRole("button", { name: "Invite" }).click();
  await ada.getByRole("button", { name: "Link for one person" }).click();
  const link = await ada.getByRole("textbox", { name: "Link for one person" }).inputValue();
  await ada.keyboard.press("Escape");
  await ada.getByRole("link", { name: "Chat", exact: true }).click();
  const ben = await visit(second, link, "Ben", "Join");
  const started = performance.now();
  await ben.getByRole("dialog").getByRole("button", { name: "Join" }).click();
  await ben.getByRole("heading", { name: "Garden" }).waitFor();
  await ben.getByRole("link", { name: "Chat", exact: true }).click();
  await say(ben, "Here I am");
  await line(ada, "Here I am").waitFor();
  const took = performance.now() - started;
  await Promise.all([ada.context().close(), ben.context().close()]);
  return took;
}
