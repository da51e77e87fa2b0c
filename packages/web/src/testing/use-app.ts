/** The app and a browser for the tests of a file: there before the first, gone after the last. */
import { after, afterEach, before } from "node:test";
import type { Browser, LaunchOptions, Page } from "playwright-core";
import { type AppNode, startAppAndBrowser } from "./app-node.ts";

export interface TestApp extends Omit<AppNode, typeof Symbol.asyncDispose> {
  readonly browser: Browser;
}

export interface TestAppOptions {
  readonly launch?: LaunchOptions;
  /** What is done once the app is there, before the first test: hooks of a file begin together. */
  readonly begin?: (app: TestApp) => Promise<void>;
}

/** Characters of a page that failed. */
const SHOWN_MAX = 1_500;

/** To be called where the tests are: what it gives is there when they run. */
export function useApp({ launch, begin }: TestAppOptions = {}): TestApp {
  let started: readonly [AppNode, Browser] | undefined;
  const running = (): readonly [AppNode, Browser] => {
    if (started === undefined) throw new Error("the app is there when the tests run");
    return started;
  };
  before(async () => {
    started = await startAppAndBrowser(launch);
    await begin?.(app);
  });
  afterEach(async (test: object) => {
    if ("passed" in test && test.passed === true) return;
    for (const context of started?.[1].contexts() ?? []) for (const page of context.pages()) await tell(page);
  });
  after(async () => {
    await started?.[1].close();
    await started?.[0][Symbol.asyncDispose]();
  });
  const app: TestApp = {
    get url(): string {
      return running()[0].url;
    },
    get home(): string {
      return running()[0].home;
    },
    get browser(): Browser {
      return running()[1];
    },
    stop: (signal) => running()[0].stop(signal),
    start: () => running()[0].start(),
  };
  return app;
}

/** What a page shows where a test failed: the test itself only knows what it waited for. */
async function tell(page: Page): Promise<void> {
  const text = await page
    .locator("body")
    .innerText({ timeout: 2_000 })
    .catch((error: unknown) => `nothing: ${error}`);
  process.stderr.write(`  ${page.url()}: ${text.replaceAll(/\s*\n\s*/g, " | ").slice(0, SHOWN_MAX)}\n`);
}
