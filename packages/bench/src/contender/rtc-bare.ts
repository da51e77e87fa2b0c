/**
 * A data channel of node-datachannel and nothing else: reliable, ordered, a message for each write, its buffer kept below
 * 1 MiB. Descriptions go over a socket; the offerer's addresses last, or one connection in three takes a second longer.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Contender } from "./contender.ts";
import { dataChannelPipe } from "./data-channel-pipe.ts";

const held: unknown[] = []; // what nobody refers to is closed

interface Said {
  readonly description?: RTCSessionDescriptionInit;
  readonly candidate?: RTCIceCandidateInit;
}

async function channelOver(socket: Socket, isOfferer: boolean): Promise<RTCDataChannel> {
  const { RTCPeerConnection } = await import("node-datachannel/polyfill");
  const connection = new RTCPeerConnection({ iceServers: [] });
  const channel = connection.createDataChannel("bench", { negotiated: true, id: 0 });
  held.push(connection, channel);
  const say = (said: Said): void => void socket.write(`${JSON.stringify(said)}\n`);
  let waiting: RTCIceCandidateInit[] | undefined = [];
  connection.addEventListener("icecandidate", (event) => {
    const { candidate } = event as RTCPeerConnectionIceEvent;
    if (candidate === null) return;
    const { candidate: line, sdpMid } = candidate;
    if (waiting === undefined) say({ candidate: { candidate: line, sdpMid } });
    else waiting.push({ candidate: line, sdpMid });
  });
  const sayAll = (): void => {
    for (const candidate of waiting ?? []) say({ candidate });
    waiting = undefined;
  };
  const describe = async (description: RTCSessionDescriptionInit): Promise<void> => {
    await connection.setLocalDescription(description);
    const lines = (description.sdp ?? "").split("\r\n").filter((line) => !line.startsWith("a=candidate:"));
    say({ description: { type: description.type, sdp: lines.join("\r\n") } });
  };
  createInterface(socket).on("line", async (line) => {
    const { description, candidate } = JSON.parse(line) as Said; // of our own other half
    if (candidate !== undefined) return connection.addIceCandidate(candidate);
    if (description === undefined) return;
    await connection.setRemoteDescription(description);
    if (!isOfferer) await describe(await connection.createAnswer());
    sayAll();
  });
  if (isOfferer) await describe(await connection.createOffer());
  if (channel.readyState !== "open") await new Promise((resolve) => channel.addEventListener("open", resolve));
  return channel;
}

export function rtcBareContender(): Contender {
  return {
    name: "node-datachannel",
    keepsMessages: true,
    async listen(onPipe) {
      const server = createServer(async (socket) =>
        onPipe(dataChannelPipe(await channelOver(socket, false)), "stream"),
      );
      await once(server.listen(0, "127.0.0.1"), "listening");
      const at = server.address();
      return String(typeof at === "object" ? at?.port : at);
    },
    async dial(address) {
      const socket = connect(Number(address), "127.0.0.1");
      await once(socket, "connect");
      return dataChannelPipe(await channelOver(socket, true));
    },
    async stop() {},
  };
}
