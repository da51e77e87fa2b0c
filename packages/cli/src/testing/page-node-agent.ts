/**
 * A program for labs: a node that serves one page and lends it the LAN, as `kith up --app` does with the app. Says the port
 * that it serves at; ends with its standard input.
 *
 *     node page-node-agent.ts FOLDER PORT SCRIPT
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { LAN_PATH } from "@kith/core";
import { readConfig, startRelay } from "@kith/relay";
import { lanBridge } from "@kith/sdk/node";

const [, , data = "", port = "0", script = ""] = process.argv;
const source = readFileSync(script);
const bridge = lanBridge();
const relay = await startRelay(readConfig({ flags: { data, port, log: "off" } }), {
  routes: {
    get: ({ url }) => {
      const [type, body] = url === "/module.js" ? ["text/javascript", source] : ["text/html; charset=utf-8", page()];
      return { status: 200, headers: { "Content-Type": type, "Cache-Control": "no-store" }, body };
    },
    sockets: { [LAN_PATH]: bridge },
  },
});
console.log(JSON.stringify({ port: relay.port }));
for await (const _ of process.stdin); // until whoever started us says so, or is gone
await bridge.close();
await relay.close();

function page(): string {
  return '<!doctype html><meta charset="utf-8"><title>Kith, tested</title><link rel="icon" href="data:,"><script type="module" src="/module.js"></script>';
}
