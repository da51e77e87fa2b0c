/** Forwards in Bun: `bun relay-bun-server.ts <port>`. What is for all others goes by Bun's own topics. */

interface BunSocket {
  send(message: Uint8Array): number;
  subscribe(topic: string): void;
  publish(topic: string, message: Uint8Array): number;
}

/** As much of it as is used. */
declare const Bun: {
  serve(options: {
    readonly hostname: string;
    readonly port: number;
    fetch(request: Request, server: { upgrade(request: Request): boolean }): Response | undefined;
    readonly websocket: {
      readonly perMessageDeflate: boolean;
      open(socket: BunSocket): void;
      message(socket: BunSocket, message: Buffer): void;
    };
  }): unknown;
};

const clients: BunSocket[] = [];

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("a WebSocket, please")),
  websocket: {
    perMessageDeflate: false,
    open(socket) {
      socket.subscribe("all");
      socket.send(Buffer.from([clients.push(socket) >> 8, clients.length & 0xff]));
    },
    message(socket, message) {
      const count = message[0] ?? 0;
      const payload = message.subarray(1 + 2 * count);
      if (count === 0) socket.publish("all", payload);
      else for (let i = 0; i < count; i++) clients[message.readUInt16BE(1 + 2 * i) - 1]?.send(payload);
    },
  },
});
