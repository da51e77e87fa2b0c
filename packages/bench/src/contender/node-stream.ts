/** Pipes over anything that is a Node stream: raw TCP, TLS, secret-stream. */
import type { Duplex } from "node:stream";
import type { Pipe } from "./contender.ts";

export function pipeOf(stream: Pick<Duplex, "write" | "on" | "once" | "destroy">): Pipe {
  stream.on("error", () => {});
  return {
    write: (bytes) => stream.write(bytes),
    drain: () => new Promise((resolve) => stream.once("drain", () => resolve())),
    onData: (handler) => void stream.on("data", handler),
    async close() {
      stream.destroy();
    },
  };
}
