/** PeerJS's server: signaling messages as JSON text, one receiver each. The payload travels as base64. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { RelayContender } from "./relay-contender.ts";
import { clientFrame, LoadSocket, TEXT } from "./websocket-load.ts";

let joined = 0;

export const peerServer: RelayContender = {
  async serve() {
    const { ExpressPeerServer } = await import("peer");
    const { default: express } = await import("express");
    const app = express();
    const http = createServer(app);
    app.use("/", ExpressPeerServer(http, { path: "/", concurrent_limit: 20_000, alive_timeout: 600_000 }));
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", 4_096, resolve));
    return `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  },
  async join(address) {
    const name = `peer-${++joined}`;
    const socket = await LoadSocket.open(`${address}peerjs?key=peerjs&id=${name}&token=t${joined}`);
    await new Promise<void>((resolve) => {
      socket.onMessage = () => resolve(); // OPEN
    });
    return {
      name,
      sender(to, payload) {
        const text = Buffer.from(payload).toString("base64");
        const frames = to.map((dst) =>
          clientFrame(Buffer.from(JSON.stringify({ type: "OFFER", dst, payload: text })), TEXT),
        );
        return () => {
          for (const frame of frames) socket.write(frame);
        };
      },
      onMessage(handler) {
        socket.onMessage = handler;
      },
    };
  },
};
