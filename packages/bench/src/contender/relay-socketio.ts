/**
 * socket.io over WebSocket alone: a message to one goes to its room, one to many to a room of all. An event with bytes
 * is two frames, the name as text and the bytes (socket.io-protocol 5, engine.io-protocol 4).
 *
 * @module
 */
import { createServer } from "node:http";
import { BINARY, clientFrame, openWebSocket, payloadOf, TEXT } from "./load-websocket.ts";
import type { RelayContender } from "./relay-contender.ts";
import { listenOnLoopback } from "./relay-process.ts";

const PING = "2";
const PONG = "3";
const CONNECT = "40";

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
    return { address: `ws://127.0.0.1:${await listenOnLoopback(http)}/`, pid: process.pid };
  },
  async join(address) {
    const socket = await openWebSocket(`${address}socket.io/?EIO=4&transport=websocket`, {
      isMessage: (bytes, at) => ((bytes[at] ?? 0) & 0x0f) === BINARY,
      reply: (payload) => (payload.toString() === PING ? text(PONG) : undefined),
    });
    await socket.next(); // of the engine below
    socket.write(text(CONNECT));
    const { sid }: { sid: string } = JSON.parse(
      payloadOf(await socket.next())
        .toString()
        .slice(CONNECT.length),
    );
    return {
      name: sid,
      async sender([first = "", ...others], payload) {
        const bytes = { _placeholder: true, num: 0 };
        const event = others.length === 0 ? ["one", first, bytes] : ["all", bytes];
        const frames = Buffer.concat([text(`451-${JSON.stringify(event)}`), clientFrame(payload)]);
        return socket.repeat(frames);
      },
      onMessages: (handler) => socket.count(handler),
    };
  },
};

const text = (words: string): Buffer => clientFrame(Buffer.from(words), TEXT);
