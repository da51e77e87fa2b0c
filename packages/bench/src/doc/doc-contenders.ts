/** Who shares documents, by name. Each is loaded only by the process that runs it. */
import type { DocContender } from "./doc-contender.ts";

const LOADERS: Record<string, () => Promise<DocContender>> = {
  kith: async () => (await import("./doc-kith.ts")).docKith(),
  "y-websocket": async () => (await import("./doc-y-websocket.ts")).docYWebsocket,
};

export function docContenderNamed(name: string): Promise<DocContender> {
  const load = LOADERS[name];
  if (load === undefined) throw new Error(`${name} shares no documents; there are ${Object.keys(LOADERS).join(", ")}`);
  return load();
}
