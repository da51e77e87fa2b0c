/**
 * A program for labs: passes each connection on to a relay on this machine, and writes down what goes up and down, in
 * files `up-<address>-<number>` and `down-…`. For what a relay gets to see.
 *
 *     relay-tap.ts {"listen": "10.9.0.9", "port": 8420, "to": 41234, "folder": "/…"}     ◀ a line once it listens
 *
 * @module
 */
import { createWriteStream } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";

const { listen, port, to, folder } = JSON.parse(process.argv[2] ?? "{}") as {
  readonly listen: string;
  readonly port: number;
  readonly to: number;
  readonly folder: string;
}; // from the test that started us
let count = 0;

createServer((client) => {
  count += 1;
  const name = `${client.remoteAddress}-${count}`;
  const relay = connect(to, "127.0.0.1");
  pass(client, relay, `up-${name}`);
  pass(relay, client, `down-${name}`);
}).listen(port, listen, () => process.stdout.write("listening\n"));

function pass(from: Socket, into: Socket, name: string): void {
  const file = createWriteStream(join(folder, name));
  from.on("data", (bytes) => {
    file.write(bytes);
    into.write(bytes);
  });
  from.on("close", () => {
    file.end();
    into.destroy();
  });
  from.on("error", () => {}); // its close follows
}
