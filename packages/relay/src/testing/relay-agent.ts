/**
 * A relay as a program of its own, for tests of other packages: settings as JSON in the first argument, and on its
 * standard output one line of JSON once it listens. It ends when its standard input does. A relay that nobody has
 * claimed can be told to rotate its key.
 *
 *     ◀ {"port": 41234, "relayKey": "<64 hexadecimal digits>"}
 *     ▶ rotate
 *     ◀ {"next": "<64 hexadecimal digits>"}
 *
 * @module
 */
import { createInterface } from "node:readline";
import { bytesToHex, textToBytes } from "@kith/core";
import { readConfig } from "../config.ts";
import { startRelay } from "../relay.ts";
import { RelayGuest } from "./relay-guest.ts";

/** The verb (spec/relay.md §8). */
const ROTATE = 6;

const flags = JSON.parse(process.argv[2] ?? "{}") as Record<string, unknown>; // from the test that started us
const relay = await startRelay(readConfig({ flags: { host: "127.0.0.1", log: "off", ...flags } }));
process.stdout.write(`${JSON.stringify({ port: relay.port, relayKey: bytesToHex(relay.relayKey) })}\n`);
const commands = createInterface(process.stdin);
commands.on("line", (line) => void (line === "rotate" && rotate()));
commands.on("close", () => void relay.close().then(() => process.exit(0)));

async function rotate(): Promise<void> {
  const owner = await RelayGuest.login(relay.port);
  owner.say({ type: "claim", request: 1, code: textToBytes(relay.claimCode ?? "") });
  await owner.hear("done");
  owner.say({ type: "manage", request: 2, verb: ROTATE, argument: new Uint8Array(0) });
  const { answer } = await owner.hear("done");
  await owner.close();
  process.stdout.write(`${JSON.stringify({ next: bytesToHex(answer.subarray(0, 32)) })}\n`);
}
