/**
 * js-libp2p's circuit relay v2 as its documentation sets it up, without its limits of two minutes and 128 KiB. Clients
 * are whole nodes: what they say to each other is encrypted from end to end, in a stream of Yamux in a stream of Yamux.
 *
 * @module
 */
import { circuitRelayServer, circuitRelayTransport } from "@libp2p/circuit-relay-v2";
import { identify } from "@libp2p/identify";
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import type { RelayContender } from "./relay-contender.ts";

const PROTOCOL = "/bench-relay/1";
const MESSAGE_BYTES = 1_024;
const MANY = 10_000;

const common = () => ({
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  // Its pings wait behind the messages, and it would give up connections that have much to do.
  connectionMonitor: { enabled: false },
  connectionManager: { maxConnections: MANY, inboundConnectionThreshold: MANY, maxIncomingPendingConnections: MANY },
});

export const libp2pRelay: RelayContender = {
  async serve() {
    const relay = circuitRelayServer({
      ...{ maxInboundHopStreams: MANY, maxOutboundStopStreams: MANY },
      reservations: { maxReservations: MANY, applyDefaultLimit: false },
    });
    const node = await createLibp2p({
      ...common(),
      addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
      transports: [tcp()],
      services: { identify: identify(), relay },
    });
    return { address: node.getMultiaddrs().map(String)[0] ?? "", pid: process.pid };
  },
  async join(address) {
    let onMessages = (_count: number): void => {};
    let bytes = 0;
    const node = await createLibp2p({
      ...common(),
      addresses: { listen: [`${address}/p2p-circuit`] },
      transports: [tcp(), circuitRelayTransport()],
      services: { identify: identify() },
    });
    await node.handle(
      PROTOCOL,
      (stream) =>
        stream.addEventListener("message", ({ data }) => {
          const before = Math.floor(bytes / MESSAGE_BYTES);
          bytes += data.byteLength;
          onMessages(Math.floor(bytes / MESSAGE_BYTES) - before);
        }),
      { runOnLimitedConnection: true },
    );
    return {
      name: node.peerId.toString(),
      async sender([to = ""], payload) {
        const there = multiaddr(`${address}/p2p-circuit/p2p/${to}`);
        const stream = await node.dialProtocol(there, PROTOCOL, { runOnLimitedConnection: true });
        return () => void stream.send(payload);
      },
      onMessages(handler) {
        onMessages = handler;
      },
    };
  },
};
