/**
 * One of two nodes of the `lan` scenario, a process of its own: `lan-node.ts host|guest <store>`. The guest
 * looks for the host by multicast, sends it a line and says so on its standard output; then it goes, comes
 * back as one that is known, and says how long that took after it saw the host.
 *
 * @module
 */
import type { ChatMessage, Endpoint } from "@kith/sdk";
import { mdnsPresence, openSqliteStore, tcpTransport } from "@kith/sdk/node";
import { benchEndpoint, benchIdentity } from "../contender/kith-endpoint.ts";
import { until } from "./file-kith.ts";

const HOST = "lan host";
const GUEST = "lan guest";

const [role, store = ""] = process.argv.slice(2);
const node = (name: string, contact: string): Promise<Endpoint> =>
  benchEndpoint(name, [contact], {
    transports: [tcpTransport()],
    discovery: mdnsPresence(),
    store: openSqliteStore(store),
  });
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

process.stdin.resume().once("end", () => process.exit(1)); // whoever started us is gone

if (role === "host") {
  await node(HOST, GUEST);
} else {
  const { peerId } = benchIdentity(HOST);
  const first = await node(GUEST, HOST);
  // A contact that was never met shows no key on the network yet, only its name.
  await until(first.nearby, (all) => all.some(({ name }) => name === HOST));
  const { key = "" } = first.nearby.get().find(({ name }) => name === HOST) ?? {};
  await first.connect(key, { expect: peerId });
  await said(first, await first.chat.send(peerId, "first line"));
  say({ said: true });
  await first.close();

  const again = await node(GUEST, HOST);
  await until(again.nearby, (all) => all.some(({ peer }) => peer === peerId));
  const seen = performance.now();
  await until(again.openSessions, (all) => all.some(({ peer }) => peer === peerId));
  say({ knownMs: performance.now() - seen });
  await again.close();
  process.exit(0);
}

/** Resolves when the other side has the line. */
async function said(endpoint: Endpoint, { id, peer, state }: ChatMessage): Promise<void> {
  if (state === "stored") return;
  for await (const event of endpoint.chat.watch({ peer })) {
    if (event.type === "state" && event.id === id && (event.state === "stored" || event.state === "read")) return;
  }
}
