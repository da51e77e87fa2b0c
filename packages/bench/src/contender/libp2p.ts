/** js-libp2p: TCP, Noise, Yamux, as its documentation sets it up. */
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import type { Contender, Pipe } from "./contender.ts";

const PROTOCOL = "/bench/1";
type Node = Awaited<ReturnType<typeof createLibp2p>>;
type Stream = Awaited<ReturnType<Node["dialProtocol"]>>;

/** A stream as a pipe; `shut` closes it. */
export function pipeOver(stream: Stream, shut: () => Promise<void>): Pipe {
  return {
    write: (bytes) => stream.send(bytes),
    drain: () => stream.onDrain(),
    onData: (handler) =>
      stream.addEventListener("message", ({ data }) => handler(data instanceof Uint8Array ? data : data.subarray())),
    close: shut,
  };
}

export function libp2pContender(): Contender {
  const make = (listen: string[]): Promise<Node> =>
    createLibp2p({
      addresses: { listen },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionManager: {
        maxConnections: 10_000,
        inboundConnectionThreshold: 10_000,
        maxIncomingPendingConnections: 10_000,
      },
    });
  const nodes: Node[] = [];
  const free: Node[] = []; // those that dial, while they do not
  return {
    name: "libp2p",
    keepsMessages: false,
    async listen(onPipe) {
      const node = await make(["/ip4/127.0.0.1/tcp/0"]);
      nodes.push(node);
      await node.handle(
        PROTOCOL,
        (stream: Stream) =>
          onPipe(
            pipeOver(stream, () => stream.close()),
            "stream",
          ),
        { maxInboundStreams: 10_000 },
      );
      return node.getMultiaddrs().map(String)[0] ?? "";
    },
    async dial(address) {
      // A node each: of two connections between the same two nodes, one is closed.
      const node = free.pop() ?? (await make([]));
      const connection = await node.dial(multiaddr(address), { force: true });
      const stream = await connection.newStream(PROTOCOL, { maxOutboundStreams: 10_000 });
      return pipeOver(stream, async () => {
        await connection.close().catch(() => {}); // it throws when the other side was quicker
        free.push(node);
      });
    },
    async stop() {
      await Promise.all([...nodes, ...free].map((node) => node.stop()));
    },
  };
}
