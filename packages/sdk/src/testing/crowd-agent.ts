/**
 * A program for labs: connects again and again to one TCP port from many addresses, says what it was
 * told to say, and never goes on.
 *
 *     node crowd-agent.ts '{"host": …, "port": …, "addresses": […], "each": 8, "hex": "…", "reads": true}'
 *
 * @module
 */
import { connect } from "node:net";

export interface Crowd {
  readonly host: string;
  readonly port: number;
  /** Our own, each used for `each` connections at once. */
  readonly addresses: readonly string[];
  readonly each: number;
  /** What each connection says first. */
  readonly hex: string;
  readonly reads: boolean;
}

const crowd = JSON.parse(process.argv[2] ?? "{}") as Crowd; // from the test that started us
const COME_AGAIN_MS = 100;

for (const address of crowd.addresses) for (let i = 0; i < crowd.each; i++) come(address);

function come(localAddress: string): void {
  const socket = connect({ host: crowd.host, port: crowd.port, localAddress });
  socket.on("connect", () => void (crowd.hex !== "" && socket.write(Buffer.from(crowd.hex, "hex"))));
  socket.on("error", () => {});
  socket.on("close", () => setTimeout(() => come(localAddress), COME_AGAIN_MS));
  if (crowd.reads) socket.resume();
  else socket.pause();
}
