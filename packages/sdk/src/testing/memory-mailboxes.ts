/** Mailboxes without a relay, for tests: two who enter one get links between them over a {@link MemoryNetwork}. */
import type { Duration } from "@kith/core";
import { type Clock, systemClock } from "../clock.ts";
import { EndpointError } from "../endpoint-error.ts";
import type { Mailbox, Mailboxes, MailboxRequest } from "../mailbox.ts";
import { type Hint, type Link, type Listener, parseHint, type Transport } from "../transport.ts";
import { MemoryNetwork } from "./memory-transport.ts";

export class MemoryMailboxes implements Mailboxes {
  readonly #network: MemoryNetwork;
  readonly #clock: Clock;
  readonly #open = new Map<number, () => void>();
  #next = 1;
  /** Who entered or tried to, by number: what a relay would see. */
  readonly entered: number[] = [];
  /** False: no relay answers. */
  isUp = true;

  constructor(options: { readonly clock?: Clock } = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#network = new MemoryNetwork({ clock: this.#clock });
  }

  async open({ lifetimeMs, host }: MailboxRequest & { readonly lifetimeMs: number }): Promise<Mailbox> {
    this.#check();
    const number = this.#next++;
    const cancel = this.#clock.schedule(lifetimeMs as Duration, () => this.#open.delete(number));
    this.#open.set(number, cancel);
    return this.#end(number, "maker", { lifetimeMs, host });
  }

  async enter({ number }: MailboxRequest & { readonly number: number }): Promise<Mailbox> {
    this.#check();
    this.entered.push(number);
    const cancel = this.#open.get(number);
    if (cancel === undefined) throw new EndpointError("ERR_JOIN_CODE", "Cannot enter: nobody waits there");
    cancel();
    this.#open.delete(number);
    return this.#end(number, "comer", { lifetimeMs: 0, host: undefined });
  }

  /** The relay goes, and every link through it. */
  crash(): void {
    this.isUp = false;
    for (const end of this.#ends) {
      void end.close();
      this.#network.break(`box${end.number}.maker`, `box${end.number}.comer`);
    }
  }

  readonly #ends = new Set<MemoryMailbox>();

  #check(): void {
    if (!this.isUp) throw new EndpointError("ERR_RELAY", "Cannot reach the relay");
  }

  #end(number: number, side: "maker" | "comer", more: Pick<Mailbox, "lifetimeMs" | "host">): Mailbox {
    const other = side === "maker" ? "comer" : "maker";
    const transport = this.#network.transport(`box${number}.${side}`, { port: 1 });
    const hint = parseHint(`box${number}.${other}:1`);
    if (hint === undefined) throw new Error("a hint of ours is a hint");
    const shut = (): void => {
      if (side !== "maker") return;
      this.#open.get(number)?.();
      this.#open.delete(number);
    };
    const box = new MemoryMailbox({ number, transport, hint, shut, ...more });
    this.#ends.add(box);
    void box.closed.then(() => this.#ends.delete(box));
    return box;
  }
}

interface MemoryMailboxOptions extends Pick<Mailbox, "number" | "lifetimeMs" | "host"> {
  readonly transport: Transport;
  readonly hint: Hint;
  readonly shut: () => void;
}

class MemoryMailbox implements Mailbox {
  readonly number: number;
  readonly lifetimeMs: number;
  readonly host: string | undefined;
  readonly closed: Promise<void>;
  readonly #options: MemoryMailboxOptions;
  #listener: Promise<Listener> | undefined;
  #settle: () => void = () => {};

  constructor(options: MemoryMailboxOptions) {
    this.#options = options;
    this.number = options.number;
    this.lifetimeMs = options.lifetimeMs;
    this.host = options.host;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  dial(signal?: AbortSignal): Promise<Link> {
    const { transport, hint } = this.#options;
    return transport.dial([hint], signal === undefined ? {} : { signal });
  }

  listen(onLink: (link: Link) => void): void {
    this.#listener = this.#options.transport.listen(onLink);
  }

  async close(): Promise<void> {
    this.#options.shut();
    await (await this.#listener)?.close();
    this.#settle();
  }

  /** Links in memory cost nothing: it stays. */
  leave(): void {}
}
