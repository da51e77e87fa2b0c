/**
 * What we show of ourselves on the network, and whom we recognise there (spec/trust.md §8).
 *
 *     open       name, and hints that contacts resolve
 *     contacts   hints that contacts resolve, nothing else
 *     hidden     nothing
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { WallTime } from "../lib/time.ts";
import type { Recognition } from "../trust/recognition.ts";

export type PrivacyLevel = "open" | "contacts" | "hidden";

/** One endpoint as discovery sees it. All of it is a claim. */
export interface Sighting {
  /** Names this sighting while it lasts. */
  readonly key: string;
  /** `host:port`, best first. */
  readonly addresses: readonly string[];
  /** Hints that it announces, 8 bytes each. */
  readonly presence: readonly Uint8Array[];
  readonly name: string | undefined;
  readonly seenAt: WallTime;
}

export interface Nearby extends Sighting {
  /** The contact that it seems to be. */
  readonly peer: PeerId | undefined;
}

export class Presence {
  readonly #recognition: Recognition;
  readonly #name: string;
  #level: PrivacyLevel;
  #nearby: readonly Nearby[] = [];

  constructor(level: PrivacyLevel, name: string, recognition: Recognition) {
    this.#level = level;
    this.#name = name;
    this.#recognition = recognition;
  }

  get level(): PrivacyLevel {
    return this.#level;
  }

  get nearby(): readonly Nearby[] {
    return this.#nearby;
  }

  setLevel(level: PrivacyLevel): void {
    this.#level = level;
  }

  /** What to announce; `undefined`: nothing. Ask again every few minutes: hints rotate. */
  announcement(
    wall: WallTime,
  ): { readonly name: string | undefined; readonly hints: readonly Uint8Array[] } | undefined {
    if (this.#level === "hidden") return undefined;
    return { name: this.#level === "open" ? this.#name : undefined, hints: this.#recognition.hints(wall) };
  }

  /** Takes what is seen now; returns the addresses of the contacts among it, `undefined` if nothing is new. */
  setNearby(sightings: readonly Sighting[], wall: WallTime): Map<PeerId, readonly string[]> | undefined {
    const contacts = new Map<PeerId, readonly string[]>();
    const before = this.#nearby;
    this.#nearby = sightings.map((sighting) => {
      const peer = this.#recognition.peerOfHints(sighting.presence, wall);
      if (peer !== undefined) contacts.set(peer, [...(contacts.get(peer) ?? []), ...sighting.addresses]);
      return { ...sighting, peer };
    });
    const isSame = (one: Nearby, index: number): boolean => looksTheSame(one, before[index]);
    return this.#nearby.length === before.length && this.#nearby.every(isSame) ? undefined : contacts;
  }
}

/** Whether a person would see no difference: hints rotate, and dates move on. */
const looksTheSame = (one: Nearby, other: Nearby | undefined): boolean =>
  one.key === other?.key &&
  one.peer === other.peer &&
  one.name === other.name &&
  one.addresses.join() === other.addresses.join();
