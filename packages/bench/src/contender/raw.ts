/** Raw TCP: no protection at all; what the machine can do. */
import { type AddressInfo, connect, createServer } from "node:net";
import type { Contender } from "./contender.ts";
import { pipeOf } from "./node-stream.ts";

export function rawContender(): Contender {
  const server = createServer({ noDelay: true });
  return {
    name: "raw tcp",
    keepsMessages: false,
    async listen(onPipe) {
      server.on("connection", (socket) => onPipe(pipeOf(socket), "stream"));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return String((server.address() as AddressInfo).port);
    },
    async dial(address) {
      const socket = connect({ port: Number(address), host: "127.0.0.1", noDelay: true });
      await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
      return pipeOf(socket);
    },
    async stop() {
      server.close();
    },
  };
}
