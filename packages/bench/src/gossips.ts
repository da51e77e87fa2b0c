/** Who gossips, by name. Each is loaded only by the process that runs it. */
import type { StartGossip } from "./contender/gossip.ts";

const LOADERS: Record<string, () => Promise<StartGossip>> = {
  kith: async () => (await import("./contender/gossip-kith.ts")).startKithRoom,
  gossipsub: async () => (await import("./contender/gossip-libp2p.ts")).startGossipsub,
  "libp2p flood": async () => (await import("./contender/gossip-libp2p.ts")).startLibp2pFlood,
};

export function gossipNamed(name: string): Promise<StartGossip> {
  const load = LOADERS[name];
  if (load === undefined)
    throw new Error(`nothing named ${name} gossips; there are ${Object.keys(LOADERS).join(", ")}`);
  return load();
}
