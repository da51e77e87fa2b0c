/**
 * A program for labs: discovers and dials as told on its standard input, and says what happens on its
 * standard output, a JSON value a line.
 *
 *     {"advertise": {…advert} | null}   {"refresh": true}   {"dial": ["host:port", …]}   {"stop": true}
 *
 * @module
 */
import { createInterface } from "node:readline";
import { createDiscovery } from "../node/mdns/discovery.ts";
import type { Advert } from "../node/mdns/dns-service.ts";
import { tcpTransport } from "../node/tcp.ts";
import { parseHint } from "../transport.ts";

interface Command {
  readonly advertise?: Advert | null;
  readonly refresh?: boolean;
  readonly dial?: readonly string[];
  readonly stop?: boolean;
}

const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const transport = tcpTransport({ onRefused: (refused, why) => say({ refused, why }) });
const listener = await transport.listen((link) => {
  say({ dialledBy: link.remote });
  link.start({ onPacket() {}, onRoom() {}, onClosed() {} });
});
const discovery = createDiscovery({ onProblem: (link, cause) => say({ problem: link, cause: String(cause) }) });
discovery.services.subscribe(() => say({ services: discovery.services.get() }));
discovery.advert.subscribe(() => say({ advert: discovery.advert.get() }));
say({ port: listener.port });

for await (const line of createInterface(process.stdin)) {
  const command = JSON.parse(line) as Command; // from the test that started us
  if (command.advertise !== undefined) discovery.advertise(command.advertise ?? undefined);
  if (command.refresh) discovery.refresh();
  if (command.dial !== undefined) await dial(command.dial);
  if (command.stop) break;
}
await discovery.stop();
await listener.close();
process.exit(0);

async function dial(hints: readonly string[]): Promise<void> {
  try {
    const link = await transport.dial(hints.flatMap((hint) => parseHint(hint) ?? []));
    say({ dialled: link.remote });
  } catch (error) {
    say({ dialFailed: String(error) });
  }
}
