/**
 * Where we listen and what we show of ourselves: told to the core, to discovery and to whoever watches, when it changes
 * and once a minute.
 *
 * @module
 */
import { millis } from "@kith/core";
import type { Clock } from "./clock.ts";
import type { Discovery } from "./discovery.ts";
import type { Driver } from "./driver.ts";
import { Subject } from "./observable.ts";
import { formatHint, type Link, type Listener, type Transport } from "./transport.ts";

export interface AnnouncerParts {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly discovery: Discovery | undefined;
  /** Our addresses are others than they were: another network, perhaps. */
  readonly moved: () => void;
}

/** How often what we announce is looked at again: hints live for a quarter of an hour. */
const ANNOUNCE_EVERY = millis(60_000);

export class Announcer {
  readonly addresses: Subject<readonly string[]> = new Subject<readonly string[]>([]);
  readonly #parts: AnnouncerParts;
  readonly #listeners: Listener[] = [];
  readonly #stops: (() => void)[] = [];
  #cancel: () => void = () => {};
  #isStopped = false;

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
  }

  /** @throws {EndpointError} `ERR_ADDRESS` */
  async listen(transports: readonly Transport[], onLink: (link: Link) => void): Promise<void> {
    for (const transport of transports) {
      const listener = await transport.listen(onLink);
      this.#listeners.push(listener);
      const stop = listener.watch?.(() => this.announce());
      if (stop !== undefined) this.#stops.push(stop);
    }
  }

  /** Addresses and hints change with time, networks and contacts; discovery tells only what is new. */
  announce(): void {
    if (this.#isStopped) return;
    const { driver, clock, discovery, moved } = this.#parts;
    const { core } = driver;
    this.#cancel();
    this.#cancel = clock.schedule(ANNOUNCE_EVERY, () => this.announce());
    const before = this.addresses.get().join();
    const addresses = this.#listeners.flatMap((listener) => listener.addresses()).map(formatHint);
    this.addresses.set(addresses);
    if (before !== "" && before !== addresses.join()) moved();
    core.roomSpace.setAddresses(addresses, driver.moment().now);
    core.mail.cards.setAddresses(addresses, driver.moment().now);
    driver.touch();
    const what = core.presence.announcement(clock.wall());
    for (const { port } of this.#listeners.slice(0, 1)) discovery?.announce(what && { ...what, port });
  }

  /** Says nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
    for (const stop of this.#stops) stop();
  }

  async closeListeners(): Promise<void> {
    for (const listener of this.#listeners) await listener.close();
  }
}
