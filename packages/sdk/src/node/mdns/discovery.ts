/**
 * Discovery on all interfaces at once: a responder and a browser per interface, one list of what all
 * of them found, one name for us everywhere. Follows interfaces that come, go or change address.
 *
 * @module
 */
import { type RandomSource, since, sooner, WireError } from "@kith/core";
import { type Clock, systemClock } from "../../clock.ts";
import { type Observable, Subject } from "../../observable.ts";
import type { Hint } from "../../transport.ts";
import { inSubnets, isLinkLocal } from "../address.ts";
import { type LocalAddress, localAddresses, watchInterfaces } from "../interfaces.ts";
import { Browser, type FoundInstance } from "./browser.ts";
import { decodeDnsMessage, encodeDnsMessage } from "./dns-message.ts";
import { joinLabels } from "./dns-name.ts";
import { type Advert, SERVICE_TYPE } from "./dns-service.ts";
import { type MulticastLink, type MulticastSocket, openMulticast } from "./multicast-socket.ts";
import { Responder } from "./responder.ts";

export interface DiscoveryOptions {
  readonly clock?: Clock;
  readonly random?: RandomSource;
  /** What to say about ourselves from the start; nothing unless told. */
  readonly advert?: Advert;
  readonly filter?: DiscoveryFilter;
  /** Told when an interface cannot be used, with its name. */
  readonly onProblem?: (link: string, cause: unknown) => void;
  /** How sockets are opened and interfaces found: the system's way unless a test has another. */
  readonly open?: typeof openMulticast;
  readonly look?: () => LocalAddress[];
}

/**
 * Where to discover and whom to hear. Entries are names of interfaces (`eth0`), addresses, or subnets
 * (`192.168.1.0/24`). What is denied is out; if anything is allowed, the rest of its kind is out.
 */
export interface DiscoveryFilter {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

/** An instance that somebody advertises. All of it is a claim by whoever is on the network. */
export interface NearbyService {
  /** Names this sighting, as long as it lasts. */
  readonly key: string;
  readonly instance: string;
  readonly txt: Readonly<Record<string, string>>;
  /** Where to dial it, best first. */
  readonly hints: readonly Hint[];
  /** Interfaces that it was seen on. */
  readonly links: readonly string[];
}

export interface Discovery extends AsyncDisposable {
  readonly services: Observable<readonly NearbyService[]>;
  /** What was last asked for by {@link advertise}. */
  readonly wanted: Advert | undefined;
  /** What we advertise now, under the names that were free. */
  readonly advert: Observable<Advert | undefined>;
  /** Says this about ourselves from now on; new names get a goodbye for the old ones, `undefined` says goodbye only. */
  advertise(advert: Advert | undefined): void;
  /** Somebody looks, or the machine woke up: asks around soon. */
  refresh(): void;
  /** A service could not be reached: asks whether it is still there. */
  doubt(key: string): void;
  /** Says goodbye and ends. */
  stop(): Promise<void>;
}

export function createDiscovery(options: DiscoveryOptions = {}): Discovery {
  return new NetworkDiscovery(options);
}

const systemRandom: RandomSource = (length) => crypto.getRandomValues(new Uint8Array(length));

class NetworkDiscovery implements Discovery {
  readonly services: Subject<readonly NearbyService[]> = new Subject<readonly NearbyService[]>([]);
  readonly advert: Subject<Advert | undefined>;
  readonly #options: DiscoveryOptions;
  readonly #clock: Clock;
  readonly #links = new Map<string, LinkDiscovery>();
  readonly #unwatch: () => void;
  #wanted: Advert | undefined;
  #addresses: readonly LocalAddress[];
  #stopped: Promise<void> | undefined;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#wanted = options.advert;
    this.advert = new Subject(options.advert);
    const look = options.look ?? localAddresses;
    this.#addresses = look();
    this.#openLinks();
    this.#unwatch = watchInterfaces((now) => this.#networkChanged(now), { clock: this.#clock, look });
  }

  get wanted(): Advert | undefined {
    return this.#wanted;
  }

  advertise(advert: Advert | undefined): void {
    if (this.#stopped !== undefined) return;
    const before = this.#wanted;
    this.#wanted = advert;
    const keepsNames = before !== undefined && advert?.instance === before.instance && advert.host === before.host;
    const current = this.advert.get();
    const next =
      keepsNames && current !== undefined && advert !== undefined
        ? { ...advert, instance: current.instance, host: current.host }
        : advert;
    this.advert.set(next);
    for (const link of this.#links.values()) link.advertise(next, keepsNames);
    this.#merge();
  }

  refresh(): void {
    for (const link of this.#links.values()) link.refresh();
  }

  doubt(key: string): void {
    for (const link of this.#links.values()) link.doubt(key);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#close();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #close(): Promise<void> {
    this.#unwatch();
    await Promise.all([...this.#links.values()].map((link) => link.close()));
    this.#links.clear();
  }

  #networkChanged(now: readonly LocalAddress[]): void {
    this.#addresses = now;
    for (const [name, link] of this.#links) {
      if (link.isSame(this.#usable(name))) continue;
      this.#links.delete(name);
      void link.close();
    }
    this.#openLinks();
    this.#merge();
  }

  #openLinks(): void {
    const names = new Set(this.#addresses.filter(({ isLoopback }) => !isLoopback).map(({ link }) => link));
    const usable = [...names].filter((name) => this.#usable(name).length > 0);
    // Alone on a machine without network, two homes may still find each other.
    const loopback = this.#addresses.find(({ isLoopback, family }) => isLoopback && family === "ipv4")?.link;
    if (usable.length === 0 && loopback !== undefined && this.#usable(loopback).length > 0) usable.push(loopback);
    for (const [name, link] of this.#links) {
      if (usable.includes(name)) continue;
      this.#links.delete(name);
      void link.close();
    }
    for (const name of usable) {
      if (this.#links.has(name)) continue;
      const link = { name, addresses: this.#usable(name) };
      this.#links.set(name, new LinkDiscovery(link, this.#linkOptions(), this.advert.get()));
    }
  }

  #linkOptions(): LinkOptions {
    return {
      clock: this.#clock,
      random: this.#options.random ?? systemRandom,
      open: this.#options.open ?? openMulticast,
      ownAddresses: () => this.#addresses.map(({ address }) => address),
      hears: (address) => isAllowed(address, this.#options.filter),
      onFound: () => this.#merge(),
      onRenamed: (advert, by) => this.#renamed(advert, by),
      onProblem: (name, cause) => this.#options.onProblem?.(name, cause),
    };
  }

  #usable(name: string): LocalAddress[] {
    const { allow = [], deny = [] } = this.#options.filter ?? {};
    if (deny.includes(name)) return [];
    const allowedLinks = allow.filter((entry) => !isSubnet(entry));
    if (allowedLinks.length > 0 && !allowedLinks.includes(name)) return [];
    return this.#addresses.filter(({ link }) => link === name);
  }

  #renamed(advert: Advert, by: LinkDiscovery): void {
    this.advert.set(advert);
    for (const link of this.#links.values()) if (link !== by) link.advertise(advert, false);
  }

  #merge(): void {
    const own = this.advert.get();
    const ownName = own === undefined ? undefined : `${joinLabels([own.instance])}.${SERVICE_TYPE}`;
    const merged = new Map<string, NearbyService>();
    for (const [link, { found }] of this.#links) {
      for (const service of found) {
        if (service.name === ownName) continue;
        const before = merged.get(service.name);
        const hints = this.#hints(service, link);
        if (hints.length === 0) continue;
        merged.set(service.name, {
          key: service.name,
          instance: service.instance,
          txt: Object.fromEntries(service.txt),
          hints: [...(before?.hints ?? []), ...hints],
          links: [...(before?.links ?? []), link],
        });
      }
    }
    this.services.set([...merged.values()]);
  }

  /** IPv4 first, then IPv6; link-local addresses with the interface that leads to them. */
  #hints(service: FoundInstance, link: string): Hint[] {
    return service.addresses
      .filter((address) => isAllowed(address, this.#options.filter))
      .map((address) => ({ host: isLinkLocal(address) ? `${address}%${link}` : address, port: service.port }))
      .sort((a, b) => Number(a.host.includes(":")) - Number(b.host.includes(":")));
  }
}

interface LinkOptions {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly open: typeof openMulticast;
  readonly ownAddresses: () => readonly string[];
  readonly hears: (address: string) => boolean;
  readonly onFound: () => void;
  readonly onRenamed: (advert: Advert, by: LinkDiscovery) => void;
  readonly onProblem: (link: string, cause: unknown) => void;
}

/** Responder and browser of one interface, tied to its sockets and one timer. */
class LinkDiscovery {
  readonly #link: MulticastLink;
  readonly #options: LinkOptions;
  readonly #socket: MulticastSocket;
  readonly #browser: Browser;
  #responder: Responder | undefined;
  #cancelTimer = (): void => {};

  constructor(link: MulticastLink, options: LinkOptions, advert: Advert | undefined) {
    this.#link = link;
    this.#options = options;
    this.#browser = new Browser({ random: options.random, now: options.clock.now() });
    this.#socket = options.open(link, {
      onDatagram: (bytes, from) => this.#receive(bytes, from),
      onProblem: (cause) => options.onProblem(link.name, cause),
    });
    this.advertise(advert, false);
  }

  get found(): readonly FoundInstance[] {
    return this.#browser.found;
  }

  isSame(addresses: readonly LocalAddress[]): boolean {
    return JSON.stringify(addresses) === JSON.stringify(this.#link.addresses);
  }

  advertise(advert: Advert | undefined, keepsNames: boolean): void {
    const now = this.#options.clock.now();
    if (advert === undefined) {
      this.#responder?.stop();
      this.#step();
      this.#responder = undefined;
    } else if (this.#responder === undefined) {
      const addresses = this.#link.addresses.map(({ address }) => address);
      const ownAddresses = this.#options.ownAddresses();
      this.#responder = new Responder({ advert, addresses, ownAddresses, random: this.#options.random, now });
    } else if (keepsNames) this.#responder.update({ txt: advert.txt, port: advert.port }, now);
    else this.#responder.rename(advert, now);
    this.#step();
  }

  refresh(): void {
    this.#browser.refresh(this.#options.clock.now());
    this.#step();
  }

  doubt(name: string): void {
    this.#browser.doubt(name, this.#options.clock.now());
    this.#step();
  }

  async close(): Promise<void> {
    this.#responder?.stop();
    this.#step();
    this.#cancelTimer();
    await this.#socket.close();
  }

  #receive(bytes: Uint8Array, from: { readonly address: string; readonly port: number }): void {
    if (!this.#options.hears(from.address)) return;
    try {
      const message = decodeDnsMessage(bytes);
      const now = this.#options.clock.now();
      this.#responder?.handleMessage(message, from, now);
      this.#browser.handleMessage(message, now);
    } catch (error) {
      if (!(error instanceof WireError)) throw error; // a bad datagram is nobody's session: it is dropped
    }
    this.#step();
  }

  #step(): void {
    const now = this.#options.clock.now();
    this.#responder?.handleTimeout(now);
    this.#browser.handleTimeout(now);
    for (let output = this.#responder?.poll(); output !== undefined; output = this.#responder?.poll()) {
      if (output.type === "send") this.#socket.send(encodeDnsMessage(output.message), output.to);
      else if (output.type === "renamed" && this.#responder !== undefined) {
        this.#options.onRenamed(this.#responder.advert, this);
      }
    }
    for (let output = this.#browser.poll(); output !== undefined; output = this.#browser.poll()) {
      if (output.type === "send") this.#socket.send(encodeDnsMessage(output.message));
      else this.#options.onFound();
    }
    this.#cancelTimer();
    const next = sooner(this.#responder?.nextTimeout(), this.#browser.nextTimeout());
    if (next !== undefined) this.#cancelTimer = this.#options.clock.schedule(since(now, next), () => this.#step());
  }
}

const isSubnet = (entry: string): boolean => /[.:/]/.test(entry);

/** Whether to hear a sender, or use an address, under the subnets of `filter`. */
function isAllowed(address: string, filter: DiscoveryFilter | undefined): boolean {
  const { allow = [], deny = [] } = filter ?? {};
  const allowed = allow.filter(isSubnet);
  return !inSubnets(address, deny.filter(isSubnet)) && (allowed.length === 0 || inSubnets(address, allowed));
}
