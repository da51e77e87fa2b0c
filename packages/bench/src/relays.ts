/** Who relays, by name. Each is loaded only by the process that runs it. */
import type { RelayContender } from "./contender/relay-contender.ts";

const LOADERS: Readonly<Record<string, () => Promise<RelayContender>>> = {
  kith: async () => (await import("./contender/relay-kith.ts")).kithRelay,
  ws: async () => (await import("./contender/relay-ws.ts")).wsForwarder,
  "socket.io": async () => (await import("./contender/relay-socketio.ts")).socketIoServer,
  peerjs: async () => (await import("./contender/relay-peerjs.ts")).peerServer,
  nats: async () => (await import("./contender/relay-nats.ts")).natsServer,
  mosquitto: async () => (await import("./contender/relay-mosquitto.ts")).mosquitto,
  bun: async () => (await import("./contender/relay-bun.ts")).bunForwarder,
  "libp2p relay": async () => (await import("./contender/relay-libp2p.ts")).libp2pRelay,
};

export function relayNamed(name: string): Promise<RelayContender> {
  const load = LOADERS[name];
  if (load === undefined) throw new Error(`no relay is called ${name}; there are ${Object.keys(LOADERS).join(", ")}`);
  return load();
}
