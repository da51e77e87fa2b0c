/** PeerJS's server: signaling messages as JSON text, one receiver each. The payload travels as base64. */
import { createServer } from "node:http";
import { clientFrame, openWebSocket, TEXT } from "./load-websocket.ts";
import type { RelayContender } from "./relay-contender.ts";
import { listenOnLoopback } from "./relay-process.ts";

let joined = 0;

export const peerServer: RelayContender = {
  async serve() {
    const { ExpressPeerServer } = await import("peer");
    const { default: express } = await import("express");
    const app = express();
    const http = createServer(app);
    app.use("/", ExpressPeerServer(http, { path: "/", concurrent_limit: 20_000, alive_timeout: 600_000 }));
    return { address: `ws://127.0.0.1:${await listenOnLoopback(http)}/`, pid: process.pid };
  },
  async join(address) {
    const name = `peer-${++joined}`;
    const socket = await openWebSocket(`${address}peerjs?key=peerjs&id=${name}&token=t${joined}`);
    await socket.next(); // OPEN
    return {
      name,
      async sender(to, payload) {
        const text = Buffer.from(payload).toString("base64");
        const frames = Buffer.concat(
          to.map((dst) => clientFrame(Buffer.from(JSON.stringify({ type: "OFFER", dst, payload: text })), TEXT)),
        );
        return socket.repeat(frames);
      },
      onMessages: (handler) => socket.count(handler),
    };
  },
};
