/** The app and a browser for the tests of a file: there before the first, gone after the last. */
import { after, before } from "node:test";
import type { Browser, LaunchOptions } from "playwright-core";
import { type AppNode, startAppAndBrowser } from "./app-node.ts";

export interface TestApp extends Omit<AppNode, typeof Symbol.asyncDispose> {
  readonly browser: Browser;
}

export interface TestAppOptions {
  readonly launch?: LaunchOptions;
  /** What is done once the app is there, before the first test: hooks of a file begin together. */
  readonly begin?: (app: TestApp) => Promise<void>;
}

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
