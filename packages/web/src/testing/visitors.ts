/** People with browsers of their own, who use the app as people do. */
import assert from "node:assert/strict";
import type { Browser, BrowserContext, BrowserContextOptions, Page, Route } from "playwright-core";
import { keepPicture } from "./picture.ts";
import { watchWords } from "./watch-words.ts";

const PAGE_TIME_MS = 20_000;
const PHONE = { locale: "en-GB", viewport: { width: 390, height: 844 } } as const;

export interface Visit {
  readonly browser: Browser;
  /** Of the app, as a node serves it. */
  readonly url: string;
}

export interface VisitOptions {
  /** Stays on the device, behind it. */
  readonly passphrase?: string | undefined;
  /** Stays on the device, as the browser keeps it. */
  readonly isKept?: boolean;
  /** Not on the node's network: nothing but its relay leads anywhere. */
  readonly isFar?: boolean;
  /** Heading of where the address leads; people, unless told. */
  readonly lands?: string;
  /** English on a phone, unless told. */
  readonly context?: BrowserContextOptions;
  /** What a browser may complain about here, because it is what the test is about. */
  readonly mayComplain?: RegExp;
  /** What is between the browser and the node. */
  readonly between?: (context: BrowserContext) => Promise<void>;
}

/** Somebody opens the app for the first time and says a name. */
export async function visit({ browser, url }: Visit, name: string, options: VisitOptions = {}): Promise<Page> {
  const context = await browser.newContext({ ...PHONE, ...options.context });
  if (options.isFar === true) await context.route("**/served.json", withoutLan);
  await options.between?.(context);
  const page = await openPage(context, url, name, options.mayComplain);
  await page.getByLabel("What should others see?").fill(name);
  if (options.isKept === true || options.passphrase !== undefined)
    await page.getByLabel("Keep me on this device").check();
  if (options.passphrase !== undefined) {
    await page.getByLabel("Passphrase").fill(options.passphrase);
  }
  await keepPicture(page, "welcome");
  await page.getByRole("button", { name: "Begin" }).click();
  await page.getByRole("heading", { name: options.lands ?? "People" }).waitFor();
  return page;
}

async function withoutLan(route: Route): Promise<void> {
  const response = await route.fetch();
  const said = (await response.json()) as object;
  await route.fulfill({ response, json: { ...said, lan: false } });
}

/** Whatever the page complains about fails the test. */
export async function openPage(
  context: BrowserContext,
  url: string,
  name: string,
  mayComplain = /net::ERR_/, // networks may fail
): Promise<Page> {
  const page = await context.newPage();
  await watchWords(page);
  page.setDefaultTimeout(PAGE_TIME_MS);
  page.on("pageerror", (error) => assert.fail(error));
  page.on("console", (line) => {
    if (line.type() === "error" && !mayComplain.test(line.text())) assert.fail(`${name}: ${line.text()}`);
  });
  await page.goto(url);
  return page;
}

/** By a join code. */
export async function meet(ada: Page, ben: Page): Promise<void> {
  await ada.getByRole("button", { name: "Add" }).click();
  await ada.getByRole("button", { name: "Show a code" }).click();
  const code = (await ada.locator(".code").textContent()) ?? "";
  assert.match(code, /^\d+-[a-z]+-[a-z]+/);
  await keepPicture(ada, "join-code");
  await ben.getByRole("button", { name: "Add" }).click();
  await ben.getByLabel("Code").fill(code);
  await ben.getByRole("button", { name: "Connect" }).click();
  await agree(ada, ben);
}

/** Both say that the other is who it claims to be; who is asked first depends on the way. */
export async function agree(...both: readonly Page[]): Promise<void> {
  await Promise.all(both.map((page) => page.getByRole("button", { name: "Yes, add" }).click()));
  await Promise.all(both.map((page) => page.getByRole("button", { name: "OK" }).click()));
}

export async function leave(...pages: readonly Page[]): Promise<void> {
  for (const page of pages) await page.context().close();
}
