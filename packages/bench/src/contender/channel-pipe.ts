/** A channel of Kith as a pipe, in Node and in a page. */
import { type Channel, EndpointError } from "@kith/sdk";
import type { Pipe } from "./contender.ts";

export function pipeOver(channel: Channel, close: () => Promise<void>): Pipe {
  let full: Promise<void> | undefined;
  let ready: Promise<void> | undefined;
  return {
    write(bytes) {
      const sent = channel.send(bytes);
      ready ??= sent; // the first always finds room, and room always answers with the same promise
      full = sent === ready ? undefined : sent;
      return full === undefined;
    },
    drain: async () => full,
    async onData(handler) {
      try {
        for await (const batch of channel.batches) for (const message of batch) handler(message);
      } catch (error) {
        if (!(error instanceof EndpointError)) throw error;
      }
    },
    close,
  };
}
