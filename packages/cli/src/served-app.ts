/**
 * The web app at the port of a relay beside a node: its files, and what it must know of the place it came from.
 *
 * @module
 */
import { bytesToHex, LAN_PATH } from "@kith/core";
import type { RelayConfig, RouteAnswer, Routes } from "@kith/relay";
import type { AppFile, AppFiles } from "@kith/web";
import { verdictOf } from "./exit-code.ts";
import { allAddresses } from "./relay-addresses.ts";
import { qrLines } from "./render/qr.ts";
import type { RunningRelay, Shell } from "./shell.ts";

/** `mayMove`: at another port where the usual one is taken. */
export async function startWithApp(
  shell: Shell,
  config: RelayConfig,
  write: (line: string) => void,
  mayMove: boolean,
): Promise<RunningRelay> {
  const { openApp } = await import("@kith/web");
  const app = await openApp();
  let running: RunningRelay | undefined;
  const { lanBridge, mdnsPresence } = await import("@kith/sdk/node");
  const { allow, deny } = shell.options;
  const filter = { ...(allow && { allow }), ...(deny && { deny }) };
  const names = config.publicUrl === undefined ? [] : [new URL(config.publicUrl).hostname];
  const start = async (port: number): Promise<RunningRelay> => {
    const bridge = lanBridge({ names, discover: () => mdnsPresence({ filter }) });
    const routes: Routes = {
      ...appRoutes(app, () => running?.relayKey),
      ...{ sockets: { [LAN_PATH]: bridge }, close: () => bridge.close() },
    };
    running = await shell.door.startRelay({ ...config, port }, write, routes);
    return running;
  };
  try {
    return await start(config.port);
  } catch (error) {
    if (!mayMove || verdictOf(error).code !== "ERR_LISTEN") throw error;
    return start(0);
  }
}

/** At a relay without the app: the page that shows cards by the links that it keeps, where that was built. */
export async function cardPageRoutes({ shareMegabytes }: RelayConfig): Promise<Routes | undefined> {
  if (shareMegabytes === 0) return undefined;
  const { openCardPage } = await import("@kith/web");
  const page = openCardPage();
  return page && cardRoutes(page);
}

export const cardRoutes = (page: AppFiles): Routes => routesOf(page, () => ({ app: false }));

/** `relayKey` is asked when somebody else asks. */
export function appRoutes(app: AppFiles, relayKey: () => Uint8Array | undefined): Routes {
  return routesOf(app, () => {
    const key = relayKey();
    return { lan: true, ...(key && { relayKey: bytesToHex(key) }) };
  });
}

/** `served`: what a page is told of the place that it came from. */
const routesOf = (files: AppFiles, served: () => object): Routes => ({
  get: ({ url, headers }) => {
    const path = url.replace(/[?#].*$/, "");
    if (path === "/served.json") return json(JSON.stringify(served()));
    const file = files.get(path);
    return file && answerOf(file, /\bgzip\b/.test(String(headers["accept-encoding"])));
  },
});

function answerOf({ body, gzip, headers }: AppFile, takesGzip: boolean): RouteAnswer {
  if (gzip === undefined || !takesGzip) return { status: 200, headers, body };
  return { status: 200, headers: { ...headers, "Content-Encoding": "gzip" }, body: gzip };
}

const json = (body: string): RouteAnswer => ({
  status: 200,
  headers: { "Content-Type": "application/json", "Cache-Control": "no-store" },
  body,
});

export function tellApp(shell: Shell, relay: RunningRelay, config: RelayConfig): void {
  const { style } = shell;
  const pages = allAddresses(relay, config).map((address) => address.replace(/^ws/, "http").replace(/#.*$/, "/"));
  const here = `${config.tlsCert === undefined ? "http" : "https"}://localhost:${relay.port}/`;
  shell.record({ type: "app", here, addresses: pages, port: relay.port });
  shell.print(`${style.good(style.signs.good)} Kith is open at ${style.strong(here)}`);
  const [first] = pages;
  if (first === undefined) return;
  shell.print(`  and for others of this network at ${style.strong(first)}`);
  for (const line of qrLines(first, { color: shell.terminal.hasColor && shell.options.color })) shell.print(line);
  if (first.startsWith("http:"))
    shell.note(style.dim("  Without TLS other devices get an identity for one visit only: docs/web.md"));
}
