/** `@hyperswarm/secret-stream`: Noise XX on Ed25519 keys, XChaCha20-Poly1305, message boundaries kept. No post-quantum part. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import SecretStream from "@hyperswarm/secret-stream";
import type { Contender, Pipe } from "./contender.ts";
import { pipeOf } from "./node-stream.ts";

export function secretStreamContender(): Contender {
  const server = createServer({ noDelay: true });
  const keyPair = SecretStream.keyPair();
  const secure = (isInitiator: boolean, socket: Socket): Pipe & { opened: Promise<boolean> } => {
    const stream = new SecretStream(isInitiator, socket, { keyPair });
    return { ...pipeOf(stream), opened: stream.opened };
  };
  return {
    name: "secret-stream",
    keepsMessages: true,
    async listen(onPipe) {
      server.on("connection", (socket) => onPipe(secure(false, socket), "stream"));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return String((server.address() as AddressInfo).port);
    },
    async dial(address) {
      const pipe = secure(true, connect({ port: Number(address), host: "127.0.0.1", noDelay: true }));
      await pipe.opened;
      return pipe;
    },
    async stop() {
      server.close();
    },
  };
}
