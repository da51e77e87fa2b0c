/** A relay, a process of its own: `relay-node.ts <folder>`. Says one line when it is ready. */
import { readConfig, startRelay } from "@kith/relay";

const [data = ""] = process.argv.slice(2);
const relay = await startRelay(readConfig({ flags: { host: "127.0.0.1", port: 0, data, log: "off" } }));
await (await fetch(`http://127.0.0.1:${relay.port}/ready`)).text();
process.stdout.write("ready\n");
