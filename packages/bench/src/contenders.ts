/** The contenders by name. Each is loaded only by the process that runs it. */
import type { Contender } from "./contender/contender.ts";

const LOADERS: Record<string, () => Promise<Contender>> = {
  kith: async () => (await import("./contender/kith.ts")).kithContender(),
  "tls 1.3": async () => (await import("./contender/tls.ts")).tlsContender(),
  "secret-stream": async () => (await import("./contender/secret-stream.ts")).secretStreamContender(),
  libp2p: async () => (await import("./contender/libp2p.ts")).libp2pContender(),
  "raw tcp": async () => (await import("./contender/raw.ts")).rawContender(),
};

/** Those of the scenarios over WebRTC; `kith` is what others are compared with there too. */
const RTC_LOADERS: Record<string, () => Promise<Contender>> = {
  kith: async () => (await import("./contender/rtc-kith.ts")).rtcKithContender(),
  "node-datachannel": async () => (await import("./contender/rtc-bare.ts")).rtcBareContender(),
};

export function rtcContenderNamed(name: string): Promise<Contender> {
  const load = RTC_LOADERS[name];
  if (load === undefined) throw new Error(`no contender ${name}; there are ${Object.keys(RTC_LOADERS).join(", ")}`);
  return load();
}

export function contenderNamed(name: string): Promise<Contender> {
  const load = LOADERS[name];
  if (load === undefined) throw new Error(`no contender ${name}; there are ${Object.keys(LOADERS).join(", ")}`);
  return load();
}
