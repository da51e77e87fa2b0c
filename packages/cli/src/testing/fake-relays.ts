/** The relays of a node in memory: one that was added is ready at once. */
import type { RelayConfig } from "@kith/relay";
import { EndpointError, type RelayList, type RelayView, Subject } from "@kith/sdk";
import type { RunningRelay } from "../shell.ts";

/** A relay that its owner ends at once. */
export const fakeRelay = ({ publicUrl, port, host }: RelayConfig): RunningRelay => ({
  address: `ws://${host}:${port}`,
  port,
  publicUrl,
  relayKey: new Uint8Array(32).fill(0x6e),
  claimCode: "4f7k-0b2m-9xqz-tw1h",
  closed: Promise.resolve(),
  drain: () => Promise.resolve(),
});

export class FakeRelays extends Subject<readonly RelayView[]> implements RelayList {
  constructor(relays: readonly RelayView[] = []) {
    super(relays);
  }

  async add(address: string): Promise<string> {
    const [, host, key] = /^(?:wss?:\/\/)?([\w.:[\]-]+)(?:#([0-9a-f]{64}))?$/.exec(address) ?? [];
    if (host === undefined)
      throw new EndpointError(
        "ERR_ARGUMENT",
        `Cannot use the relay ${JSON.stringify(address)}: wss://host[:port][#key]`,
      );
    const others = this.get().filter((view) => view.host !== host);
    this.set([...others, { host, state: "ready", key: key ?? "6e".repeat(32) }]);
    return host;
  }

  async remove(text: string): Promise<boolean> {
    const before = this.get();
    this.set(before.filter(({ host }) => host !== text));
    return this.get().length < before.length;
  }
}
