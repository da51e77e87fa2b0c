/**
 * An endpoint's presence over multicast DNS: what to announce becomes an advertisement, services that
 * are found become sightings. Unless a name is shown, instance and host are random and change
 * together with the hints, so that two announcements have nothing in common but the address.
 *
 * @module
 */
import { bytesEqual, bytesToHex, type RandomSource } from "@kith/core";
import { type Clock, systemClock } from "../../clock.ts";
import type { Announcement, Discovery as Presence } from "../../discovery.ts";
import { Subject } from "../../observable.ts";
import { formatHint } from "../../transport.ts";
import { createDiscovery, type DiscoveryFilter, type DiscoveryOptions, type NearbyService } from "./discovery.ts";
import { fitLabel } from "./dns-name.ts";
import type { Advert } from "./dns-service.ts";
import { readPresence, writePresence } from "./presence-txt.ts";

export type { DiscoveryFilter };

type Sighting = ReturnType<Presence["nearby"]["get"]>[number];

export interface MdnsPresenceOptions extends Omit<DiscoveryOptions, "advert"> {
  readonly random?: RandomSource;
}

const RANDOM_NAME_BYTES = 8;
const systemRandom: RandomSource = (length) => crypto.getRandomValues(new Uint8Array(length));

export function mdnsPresence(options: MdnsPresenceOptions = {}): Presence {
  const random = options.random ?? systemRandom;
  const clock = options.clock ?? systemClock;
  const discovery = createDiscovery({ ...options, clock, random });
  const nearby = new Subject<readonly Sighting[]>([]);
  const sightings = new Sightings(clock);
  let announced: Announcement | undefined;
  const stopWatching = discovery.services.subscribe(() => nearby.set(sightings.of(discovery.services.get())));
  return {
    nearby,
    announce(what) {
      if (isSame(what, announced)) return;
      const keepsNames = what !== undefined && announced !== undefined && isSameSpeaker(what, announced);
      announced = what;
      discovery.advertise(what && advertOf(what, keepsNames ? discovery.wanted : undefined, random));
    },
    refresh: () => discovery.refresh(),
    doubt: (key) => discovery.doubt(key),
    async close() {
      stopWatching();
      await discovery.stop();
    },
  };
}

/** Keeps when each service was first seen, as long as it is there. */
class Sightings {
  readonly #clock: Clock;
  #known = new Map<string, Sighting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(services: readonly NearbyService[]): Sighting[] {
    const now = new Map<string, Sighting>();
    for (const { key, txt, hints } of services) {
      const { name, hints: presence } = readPresence(txt);
      const seenAt = this.#known.get(key)?.seenAt ?? this.#clock.wall();
      now.set(key, { key, addresses: hints.map(formatHint), presence, name, seenAt });
    }
    this.#known = now;
    return [...now.values()];
  }
}

type Names = Pick<Advert, "instance" | "host">;

/** A new host name each time we show ourselves anew: the machine's own would be known for ever. */
function advertOf(what: Announcement, names: Names | undefined, random: RandomSource): Advert {
  const tag = bytesToHex(random(RANDOM_NAME_BYTES));
  const fresh = { instance: what.name === undefined ? tag : fitLabel(what.name) || tag, host: `kith-${tag}` };
  return { ...(names ?? fresh), port: what.port, txt: writePresence(what) };
}

/** Whoever shows a name is known by it: the names of the service may stay while hints change. */
const isSameSpeaker = (a: Announcement, b: Announcement): boolean =>
  (a.name !== undefined && a.name === b.name) || (a.name === b.name && isSameHints(a, b));

const isSame = (a: Announcement | undefined, b: Announcement | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.port === b.port && a.name === b.name && isSameHints(a, b));

const isSameHints = (a: Announcement, b: Announcement): boolean =>
  a.hints.length === b.hints.length && a.hints.every((hint, i) => bytesEqual(hint, b.hints[i] ?? new Uint8Array(0)));
