/**
 * A real Firefox for tests, by WebDriver BiDi: the one that `KITH_FIREFOX` names, else the system's. What a test needs of a
 * page and no more: to open one, and to run something in it.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BidiConnection } from "./bidi.ts";
import { browserPath } from "./browser-path.ts";

const USUAL_PATHS = ["/usr/bin/firefox-esr", "/usr/bin/firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"];
const START_TIME_MS = 60_000;

export interface Firefox extends AsyncDisposable {
  /** A tab of its own with storage of its own, as another person would have it. */
  open(url: string): Promise<FirefoxPage>;
}

export interface FirefoxPage {
  /**
   * Runs the text of a function's body in the page, and gives what its promise gives, as JSON.
   * @throws {Error} what the page threw
   */
  run(body: string): Promise<unknown>;
}

/** `undefined`: there is none, and it cannot be installed here. */
export const firefoxPath = (): string | undefined =>
  browserPath({ variable: "KITH_FIREFOX", paths: USUAL_PATHS, package: "firefox-esr" });

/** @throws {Error} if there is none, or it does not come up */
export async function launchFirefox(): Promise<Firefox> {
  const path = firefoxPath();
  if (path === undefined)
    throw new Error(
      "Cannot find Firefox: install it (Debian: apt install firefox-esr), or set KITH_FIREFOX to its path",
    );
  const profile = await mkdtemp(join(tmpdir(), "kith-firefox-"));
  const args = ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "about:blank"];
  const child = spawn(path, args, { stdio: ["ignore", "ignore", "pipe"] });
  const end = async (): Promise<void> => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    if (child.kill("SIGKILL")) await gone;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const bidi = await BidiConnection.open(`${await addressOf(child)}/session`);
    await bidi.send("session.new", { capabilities: {} });
    return {
      open: (url) => openPage(bidi, url),
      [Symbol.asyncDispose]: async () => {
        bidi.close();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** `WebDriver BiDi listening on ws://127.0.0.1:39123` */
async function addressOf({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error("Firefox says nothing");
  const lines = createInterface({ input: stderr, signal: AbortSignal.timeout(START_TIME_MS) });
  for await (const line of lines) {
    const address = /WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1];
    if (address === undefined) continue;
    stderr.resume();
    return address;
  }
  throw new Error("Firefox ended before it could be driven");
}

async function openPage(bidi: BidiConnection, url: string): Promise<FirefoxPage> {
  const { userContext } = await bidi.send("browser.createUserContext", {});
  const { context } = await bidi.send("browsingContext.create", { type: "tab", userContext });
  await bidi.send("browsingContext.navigate", { context, url, wait: "complete" });
  return {
    run: async (body) => {
      const answer = await bidi.send("script.evaluate", {
        expression: `(async () => JSON.stringify((await (async () => { ${body} })()) ?? null))()`,
        ...{ target: { context }, awaitPromise: true },
      });
      if (answer["type"] === "exception") throw new Error(JSON.stringify(answer["exceptionDetails"]));
      const result: unknown = answer["result"];
      const text = typeof result === "object" && result !== null && "value" in result ? result.value : undefined;
      return JSON.parse(String(text));
    },
  };
}
