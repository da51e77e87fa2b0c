/** The relays of a node in memory: one that was added is ready at once. */
import type { RelayConfig } from "@kith/relay";
import {
  EndpointError,
  type RelayList,
  type RelayOrder,
  type RelayOrderAnswers,
  type RelayView,
  Subject,
} from "@kith/sdk";
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

  async manage<Order extends RelayOrder>(relay: string, order: Order): Promise<RelayOrderAnswers[Order["type"]]> {
    if (relay === "theirs.example")
      throw new EndpointError("ERR_NOT_AUTHORIZED", `The relay ${relay} says no: this identity does not own it`);
    if (order.type === "claim" && order.code !== "4f7k-0b2m-9xqz-tw1h")
      throw new EndpointError(
        "ERR_WRONG_CODE",
        `The relay ${relay} says no: that is not its claim code, nor its recovery key`,
      );
    const answers: RelayOrderAnswers = {
      claim: { recoveryKey: "kJ3v0rYb8hQmZ1tW5xUe7cNf2aLs9pDg" },
      status: {
        numbers: {
          kith_relay_connections: 3,
          kith_relay_keys: 2,
          kith_relay_done_total: { logins: 7, forwards: 1204 },
        },
      },
      policy: {},
      admit: { pass: "0f".repeat(16) },
      drain: {},
      backup: { name: "relay-20251121-120000.sqlite" },
      rotate: { key: "a1".repeat(32) },
      ticket: { ticket: "dGlja2V0", until: 1_800_000_000_000 },
    };
    const { type }: { readonly type: Order["type"] } = order;
    return answers[type];
  }

  async remove(text: string): Promise<boolean> {
    const before = this.get();
    this.set(before.filter(({ host }) => host !== text));
    return this.get().length < before.length;
  }
}
