/**
 * A whole network in one thread, from one seed: hosts, cables, weather, and time that jumps from one
 * thing that happens to the next.
 *
 * @module
 */
import { type CryptoProvider, DIAL_TIMEOUT, type LocalIdentity, sourceOf, wallTime } from "@kith/core";
import { Cable, type CableWorld, type EndNumber } from "./cable.ts";
import { EventQueue } from "./event-queue.ts";
import type { Dialled, HostOptions, HostWorld } from "./host-options.ts";
import { SimHost } from "./sim-host.ts";
import type { SimRandom } from "./sim-random.ts";
import type { Trace } from "./trace.ts";
import type { Weather } from "./weather.ts";

/** Things that may happen in one world: many times what honest people bring about. */
const STEPS_MAX = 500_000;

/** Somebody who can be dialled, honest or not. */
export interface Station {
  readonly name: string;
  readonly address: string;
  readonly canAnswer: boolean;
  /** Reached over TLS and TCP: in order, and never damaged in silence. */
  readonly isReliable?: boolean;
  /** A cable that somebody dialled. */
  accept(cable: Cable, end: EndNumber, source: string): void;
}

export interface NetworkOptions {
  readonly random: SimRandom;
  readonly weather: Weather;
  readonly provider: CryptoProvider;
  readonly trace: Trace;
  /** Whether the next link is ordered. */
  readonly nextIsOrdered: () => boolean;
}

export interface Watcher {
  handlePacket(bytes: Uint8Array, from: string, to: string): void;
  handleLife(host: SimHost): void;
}

export class SimNetwork implements HostWorld<SimHost>, CableWorld {
  readonly events: EventQueue = new EventQueue();
  readonly random: SimRandom;
  readonly weather: Weather;
  readonly provider: CryptoProvider;
  readonly trace: Trace;
  readonly hosts: SimHost[] = [];
  readonly stations: Station[] = [];
  watcher: Watcher | undefined;
  /** Between whom nothing passes, beyond the weather. */
  isApart: (one: string, other: string) => boolean = () => false;
  now = 0;
  packets = 0;
  bytes = 0;
  readonly #nextIsOrdered: () => boolean;
  #steps = 0;

  constructor(options: NetworkOptions) {
    this.random = options.random;
    this.weather = options.weather;
    this.provider = options.provider;
    this.trace = options.trace;
    this.#nextIsOrdered = options.nextIsOrdered;
  }

  host(options: Omit<HostOptions, "random">): SimHost {
    const host = new SimHost(this, { ...options, random: this.random.fork(options.name) });
    this.hosts.push(host);
    this.stations.push({
      name: host.name,
      get address() {
        return host.address;
      },
      get canAnswer() {
        return host.canAnswer;
      },
      accept: (cable, end, source) => host.plug(cable, end, { dial: undefined, hint: undefined, source }),
    });
    return host;
  }

  /** The honest host with this identity. */
  hostOf(identity: Pick<LocalIdentity, "peerId">): SimHost | undefined {
    return this.hosts.find(({ id }) => id === identity.peerId);
  }

  tap(bytes: Uint8Array, from: string, to: string): void {
    this.packets += 1;
    this.bytes += bytes.length;
    this.trace.note(this.now, from, () => `→ ${to}: ${bytes.length} bytes, packet ${bytes[0]}`);
    this.watcher?.handlePacket(bytes, from, to);
  }

  handleLife(host: SimHost): void {
    this.watcher?.handleLife(host);
  }

  dial(from: SimHost, hints: readonly string[], done: (plugged: Dialled | undefined) => void): void {
    this.dialAs(from.name, () => from.address, hints, done);
  }

  /** As {@link dial}, for whoever else has an address. */
  dialAs(
    name: string,
    address: () => string,
    hints: readonly string[],
    done: (plugged: Dialled | undefined) => void,
  ): void {
    const to = this.stations.find((station) => station.name !== name && hints.includes(station.address));
    const isHeard = to !== undefined && this.#passes(name, to.name);
    if (to === undefined || !isHeard || !to.canAnswer) {
      // A host that is up refuses at once; one that is gone or asleep says nothing.
      const wait = this.random.chance(0.5) ? this.#roundTrip() : DIAL_TIMEOUT;
      return this.events.plan(this.now + wait, () => done(undefined));
    }
    const goal = to.address;
    this.events.plan(this.now + this.#roundTrip(), () => {
      if (!to.canAnswer || to.address !== goal || !this.#passes(name, to.name)) return done(undefined);
      const { isReliable = false } = to;
      const isOrdered = isReliable || this.#nextIsOrdered();
      const cable = new Cable(this, { isOrdered, isReliable, names: [name, to.name] });
      to.accept(cable, 1, sourceOf(hostPart(address())));
      done({ cable, end: 0, address: goal });
    });
  }

  /** What multicast shows now: everybody who can be heard, to everybody who listens. */
  announce(): void {
    for (const host of this.hosts) {
      if (!host.canAnswer) continue;
      const seen = this.hosts.flatMap((other) => {
        if (other === host || !other.canAnswer || !this.#passes(other.name, host.name)) return [];
        const what = other.endpoint?.presence.announcement(other.at.wall);
        if (what === undefined) return [];
        const { name, hints } = what;
        return [{ key: other.name, addresses: [other.address], presence: hints, name, seenAt: wallTime(host.at.wall) }];
      });
      host.setNearby(seen);
    }
  }

  /** Announces every so often, for as long as the world lasts; less often in fine weather. */
  announceEvery(ms: number): void {
    this.events.plan(this.now + (this.now < this.weather.clearsAt ? ms : 10 * ms), () => {
      this.announce();
      this.announceEvery(ms);
    });
  }

  at(moment: number, run: () => void): void {
    this.events.plan(moment, run);
  }

  /** Runs until `end`, or until `isDone` says so; true if it did. */
  run(end: number, isDone: () => boolean = () => false): boolean {
    for (;;) {
      this.#steps += 1;
      if (this.#steps > STEPS_MAX) throw new Error("too much happens: somebody does the same again and again");
      if ((this.#steps & 15) === 0 && isDone()) return true;
      const next = this.events.nextAt;
      if (next === undefined || next > end) {
        this.now = end;
        return isDone();
      }
      this.now = Math.max(this.now, next);
      this.events.take()?.();
    }
  }

  #passes(from: string, to: string): boolean {
    const { weather, now } = this;
    const isCut = weather.cutUntil(from, to, now) !== undefined || weather.cutUntil(to, from, now) !== undefined;
    return !isCut && !this.isApart(from, to);
  }

  #roundTrip(): number {
    return this.weather.latency(this.now) + this.weather.latency(this.now);
  }
}

const hostPart = (address: string): string => address.slice(0, address.lastIndexOf(":"));
