/**
 * A real Chromium for tests: the one that `KITH_CHROMIUM` names, else the system's, else Debian's, installed where we
 * may.
 *
 * @module
 */
import { type Browser, type BrowserContext, chromium, type LaunchOptions } from "playwright-core";
import { browserPath } from "./browser-path.ts";

const USUAL_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
/** Nothing but what the tests ask for: no updates, no look-ups of its maker's hosts. */
const QUIET = [
  ...["--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update"],
];
const LAUNCH_TIME_MS = 60_000;

/** @throws {Error} that says what to install */
export function launchChromium({ args = [], ...options }: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    ...{ executablePath: chromiumPath(), chromiumSandbox: false, timeout: LAUNCH_TIME_MS },
    ...options,
    args: [...QUIET, ...args],
  });
}

/** One person's profile in that folder, on the disk: contexts of {@link launchChromium} keep all in memory. */
export function launchProfile(folder: string, { args = [], ...options }: LaunchOptions = {}): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, {
    ...{ executablePath: chromiumPath(), chromiumSandbox: false, timeout: LAUNCH_TIME_MS },
    ...options,
    args: [...QUIET, ...args],
  });
}

/** @throws {Error} that says what to install */
export function chromiumPath(): string {
  const found = browserPath({ variable: "KITH_CHROMIUM", paths: USUAL_PATHS, package: "chromium" });
  if (found === undefined)
    throw new Error(
      "Cannot find Chromium: install it (Debian: apt install chromium), or set KITH_CHROMIUM to its path",
    );
  return found;
}
