/** socket.io over WebSocket alone, with its own client: a message to one goes to its room, one to many to a room of all. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { RelayContender } from "./relay-contender.ts";

export const socketIoServer: RelayContender = {
  async serve() {
    const { Server } = await import("socket.io");
    const http = createServer();
    const server = new Server(http, { transports: ["websocket"], perMessageDeflate: false });
    server.on("connection", (socket) => {
      void socket.join("all");
      socket.on("one", (to: string, payload: Buffer) => server.to(to).emit("m", payload));
      socket.on("all", (payload: Buffer) => socket.to("all").emit("m", payload));
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", 4_096, resolve));
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  },
  async join(address) {
    const { io } = await import("socket.io-client");
    const socket = io(address, { transports: ["websocket"], forceNew: true });
    await new Promise<void>((resolve) => socket.on("connect", resolve));
    return {
      name: socket.id ?? "",
      sender: ([first = "", ...others], payload) =>
        others.length === 0 ? () => socket.emit("one", first, payload) : () => socket.emit("all", payload),
      onMessage(handler) {
        socket.on("m", handler);
      },
    };
  },
};
