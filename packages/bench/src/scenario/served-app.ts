/** The app as a node on this machine serves it, and the browsers that open it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { benchFolder } from "./file-pair.ts";
import { type Answering, Missing } from "./scenario.ts";

const KITH = fileURLToPath(new URL("../../../cli/bin/kith.js", import.meta.url));
const CHROMIUM = process.env["KITH_CHROMIUM"] ?? "/usr/bin/chromium";

/** @throws {Missing} if there is no Chromium, which nobody installs for a benchmark */
export async function startBrowser(args: readonly string[] = []): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Missing(`no ${CHROMIUM} on this machine: apt-get install chromium`);
  const { launchChromium } = await import("@kith/sdk/testing/browser");
  return await launchChromium({ executablePath: CHROMIUM, args: [...args] });
}

/** User and system time of all its processes, in seconds; of a page only while its process is there. */
export async function cpuSecondsIn(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

export async function serveApp(): Promise<Answering> {
  const home = mkdtempSync(join(benchFolder(), "app-"));
  const flags = ["--app", "0", "--json", "--home", home, "--name", "Bench"];
  const node = spawn(process.execPath, ["--conditions=@kith/source", KITH, "up", ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface(node.stdout)) {
    const said: { readonly type?: string; readonly here?: string } = JSON.parse(line);
    if (said.type !== "app" || said.here === undefined) continue;
    node.stdout.resume();
    const address = said.here;
    return {
      address,
      async finish() {
        node.kill("SIGTERM");
        await once(node, "exit");
        return {};
      },
    };
  }
  throw new Error("The node ended without serving the app");
}
