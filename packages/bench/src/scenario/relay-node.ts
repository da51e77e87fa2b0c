/** A relay, a process of its own: `relay-node.ts <folder>`. Says one line when it listens. */
import { readConfig, startRelay } from "@kith/relay";

const [data = ""] = process.argv.slice(2);
const { port } = await startRelay(readConfig({ flags: { host: "127.0.0.1", port: 0, data, log: "off" } }));
process.stdout.write(`${JSON.stringify({ port })}\n`);
