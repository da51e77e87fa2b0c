/**
 * The least that one would write by hand with `ws`: clients are numbered, a message begins with how many receivers it
 * has and their numbers, and is passed on to each. It authenticates nobody and bounds nothing.
 *
 * @module
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { RelayContender } from "./relay-contender.ts";
import { clientFrame, LoadSocket } from "./websocket-load.ts";

export const wsForwarder: RelayContender = {
  async serve() {
    const http = createServer();
    const server = new WebSocketServer({ server: http, perMessageDeflate: false });
    const clients: WebSocket[] = [];
    server.on("connection", (client) => {
      client.send(Buffer.from([clients.push(client) >> 8, clients.length & 0xff]));
      client.on("message", (message: Buffer) => {
        const count = message[0] ?? 0;
        const payload = message.subarray(1 + 2 * count);
        for (let i = 0; i < count; i++) clients[message.readUInt16BE(1 + 2 * i) - 1]?.send(payload, { binary: true });
      });
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", 4_096, resolve));
    return `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  },
  async join(address) {
    const socket = await LoadSocket.open(address);
    const number = await new Promise<number>((resolve) => {
      socket.onMessage = (message) => resolve(message.readUInt16BE());
    });
    return {
      name: String(number),
      sender(to, payload) {
        const head = Buffer.alloc(1 + 2 * to.length);
        head[0] = to.length;
        for (const [i, name] of to.entries()) head.writeUInt16BE(Number(name), 1 + 2 * i);
        const frame = clientFrame(Buffer.concat([head, payload]));
        return () => socket.write(frame);
      },
      onMessage(handler) {
        socket.onMessage = handler;
      },
    };
  },
};
