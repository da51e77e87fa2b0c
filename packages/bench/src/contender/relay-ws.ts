/**
 * The least that one would write by hand with `ws`: each receiver is sent the message. It authenticates nobody and
 * bounds nothing.
 *
 * @module
 */
import { createServer } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import type { RelayContender } from "./relay-contender.ts";
import { joinNumbered } from "./relay-numbered.ts";
import { listenOnLoopback } from "./relay-process.ts";

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
    return { address: `ws://127.0.0.1:${await listenOnLoopback(http)}/`, pid: process.pid };
  },
  join: (address) => joinNumbered(address, false),
};
