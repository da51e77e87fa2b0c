/** A bare data channel as a pipe, its buffer kept below 1 MiB: that of node-datachannel and that of a page. */
import type { Pipe } from "./contender.ts";

const BUFFER_MAX = 1_048_576;

export function dataChannelPipe(channel: RTCDataChannel): Pipe {
  channel.binaryType = "arraybuffer";
  channel.bufferedAmountLowThreshold = BUFFER_MAX / 4;
  return {
    write(bytes) {
      channel.send(bytes as Uint8Array<ArrayBuffer>);
      return channel.bufferedAmount < BUFFER_MAX;
    },
    async drain() {
      if (channel.bufferedAmount > BUFFER_MAX / 4)
        await new Promise((resolve) => channel.addEventListener("bufferedamountlow", resolve, { once: true }));
    },
    onData: (handler) =>
      channel.addEventListener("message", ({ data }) => handler(new Uint8Array(data as ArrayBuffer))),
    close: async () => channel.close(),
  };
}
