/**
 * A relay as a program of its own, for tests of other packages: settings as JSON in the first argument, and on its
 * standard output one line of JSON once it listens. It ends when its standard input does.
 *
 *     ◀ {"port": 41234, "relayKey": "<64 hexadecimal digits>"}
 *
 * @module
 */
import { bytesToHex } from "@kith/core";
import { readConfig } from "../config.ts";
import { startRelay } from "../relay.ts";

const flags = JSON.parse(process.argv[2] ?? "{}") as Record<string, unknown>; // from the test that started us
const relay = await startRelay(readConfig({ flags: { host: "127.0.0.1", log: "off", ...flags } }));
process.stdout.write(`${JSON.stringify({ port: relay.port, relayKey: bytesToHex(relay.relayKey) })}\n`);
process.stdin.resume();
process.stdin.on("end", () => void relay.close().then(() => process.exit(0)));
