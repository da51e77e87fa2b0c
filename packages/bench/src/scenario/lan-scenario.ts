/**
 * Two nodes on one network, with real multicast on this machine's interfaces: how long from the start
 * of a process to its first chat line at the other, and how long from seeing a peer that is known.
 *
 * @module
 */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { ChatMessage, Endpoint } from "@kith/sdk";
import { mdnsPresence, openSqliteStore, tcpTransport } from "@kith/sdk/node";
import { benchEndpoint, benchIdentity } from "../contender/kith-endpoint.ts";
import { until } from "./file-kith.ts";
import { benchFolder } from "./file-pair.ts";
import type { Scenario } from "./scenario.ts";

const HOST = "lan host";
const GUEST = "lan guest";

const lanEndpoint = (name: string, contact: string, store?: string): Promise<Endpoint> =>
  benchEndpoint(name, [contact], {
    transports: [tcpTransport()],
    discovery: mdnsPresence(),
    ...(store !== undefined && { store: openSqliteStore(store) }),
  });

export const lan: Scenario = {
  title: "process start to the first chat line at a peer found by multicast DNS",
  unit: "ms",
  isLess: true,
  counts: { kith: 1 },
  goal: 2_000,
  async answer() {
    const endpoint = await lanEndpoint(HOST, GUEST);
    return { address: endpoint.id };
  },
  async ask() {
    const { peerId } = benchIdentity(HOST);
    const store = join(mkdtempSync(join(benchFolder(), "lan-")), "store.db");
    const first = await lanEndpoint(GUEST, HOST, store);
    await until(first.nearby, (all) => all.some(({ name }) => name === HOST));
    const { key = "" } = first.nearby.get().find(({ name }) => name === HOST) ?? {};
    await first.connect(key, { expect: peerId });
    await said(first, await first.chat.send(peerId, "first line"));
    const value = performance.now(); // since this process began
    await first.close();

    const again = await lanEndpoint(GUEST, HOST, store);
    await until(again.nearby, (all) => all.some(({ peer }) => peer === peerId));
    const seen = performance.now();
    await until(again.openSessions, (all) => all.some(({ peer }) => peer === peerId));
    const known = performance.now() - seen;
    await again.close();
    return { value, extra: { "known ms": known } };
  },
};

/** Resolves when the other side has the line. */
async function said(endpoint: Endpoint, { id, peer, state }: ChatMessage): Promise<void> {
  if (state === "stored") return;
  for await (const event of endpoint.chat.watch({ peer })) {
    if (event.type === "state" && event.id === id && (event.state === "stored" || event.state === "read")) return;
  }
}
