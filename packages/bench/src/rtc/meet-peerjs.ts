/** PeerJS as its documentation has it: a reliable connection with the serialization that it has unless told. */
import { type DataConnection, Peer } from "peerjs";
import type { Pipe } from "../contender/contender.ts";
import type { Meeting } from "./half.ts";

const BUFFER_MAX = 1_048_576;

export async function meetPeerjs(server: string): Promise<Meeting> {
  const { hostname, port } = new URL(server);
  const peer = new Peer({ host: hostname, port: Number(port), path: "/", secure: false, config: { iceServers: [] } });
  const id = await new Promise<string>((resolve, reject) => {
    peer.on("open", resolve);
    peer.on("error", reject);
  });
  let connection: Promise<DataConnection> = new Promise((resolve) => peer.on("connection", resolve));
  return {
    offer: async () => id,
    async answer(other) {
      connection = Promise.resolve(peer.connect(other, { reliable: true }));
      return "";
    },
    accept: async () => {},
    async pipe() {
      const one = await connection;
      if (!one.open) await new Promise<void>((resolve) => one.on("open", resolve));
      return pipeOf(one);
    },
  };
}

/** It keeps what is too much for the channel in a list without a bound: its own count of that is looked at as well. */
function pipeOf(connection: DataConnection): Pipe {
  const { dataChannel } = connection;
  dataChannel.bufferedAmountLowThreshold = BUFFER_MAX / 4;
  return {
    write(bytes) {
      void connection.send(bytes);
      return dataChannel.bufferedAmount < BUFFER_MAX;
    },
    async drain() {
      if (dataChannel.bufferedAmount > BUFFER_MAX / 4)
        await new Promise((resolve) => dataChannel.addEventListener("bufferedamountlow", resolve, { once: true }));
    },
    onData: (handler) => connection.on("data", (data) => handler(new Uint8Array(data as ArrayBuffer))),
    close: async () => connection.close(),
  };
}
