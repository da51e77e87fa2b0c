/** Debian's nats-server over TCP, its own protocol: a subject for each client and one for all. */
import { LoadSocket, type Protocol } from "./load-socket.ts";
import type { RelayContender } from "./relay-contender.ts";
import { freePort, serveByProgram } from "./relay-process.ts";

const CR = 0x0d;
const SPACE = 0x20;
const M = 0x4d;
/** `MSG <subject> <subscription> <bytes>`: the longest with the names below. */
const LINE_BYTES_MAX = 4_096;

let joined = 0;

export const natsServer: RelayContender = {
  async serve() {
    const port = await freePort();
    return await serveByProgram("nats-server", ["-a", "127.0.0.1", "-p", String(port)], {
      ...{ port, address: `nats://127.0.0.1:${port}`, advice: "apt-get install nats-server" },
    });
  },
  async join(address) {
    const socket = await LoadSocket.open(new URL(address), PROTOCOL);
    await socket.next(); // INFO
    const name = `p${++joined}`;
    socket.write(Buffer.from(`CONNECT {"verbose":false,"pedantic":false,"echo":false}\r\n`));
    socket.write(Buffer.from(`SUB ${name} 1\r\nSUB all 2\r\nPING\r\n`));
    const answer = (await socket.next()).toString();
    if (answer !== "PONG\r\n") throw new Error(answer);
    return {
      name,
      async sender([first = "", ...others], payload) {
        const head = Buffer.from(`PUB ${others.length === 0 ? first : "all"} ${payload.length}\r\n`);
        const packet = Buffer.concat([head, payload, Buffer.from("\r\n")]);
        return socket.repeat(packet);
      },
      onMessages: (handler) => socket.count(handler),
    };
  },
};

const PROTOCOL: Protocol = {
  size(bytes, at, end) {
    const line = lineEnd(bytes, at, end);
    if (line < 0) return 0;
    if (bytes[at] !== M) return line + 2 - at;
    let [length, digit] = [0, 1];
    for (let i = line - 1; bytes[i] !== SPACE; i--, digit *= 10) length += digit * ((bytes[i] ?? 0) - 0x30);
    return line + 2 + length + 2 - at;
  },
  isMessage: (bytes, at) => bytes[at] === M,
  reply: (unit) => (unit.toString().startsWith("PING") ? Buffer.from("PONG\r\n") : undefined),
};

/** Where the carriage return is; -1 while it is not there. */
function lineEnd(bytes: Buffer, at: number, end: number): number {
  for (let i = at; i < end - 1; i++) if (bytes[i] === CR) return i;
  if (end - at > LINE_BYTES_MAX) throw new Error("a line without an end");
  return -1;
}
