/**
 * What is to happen in a simulated world, as data. A plan says what may happen and how often; the
 * seed draws one story from it.
 *
 * @module
 */
import type { PrivacyLevel } from "@kith/core";
import type { SimRandom } from "./sim-random.ts";

/** A number from the first to the second, both included. */
export type Range = readonly [number, number];

export interface Plan {
  readonly name: string;
  readonly hosts: Range;
  /** Whether everybody trusts everybody from the start. */
  readonly areContacts: boolean;
  readonly hasDiscovery: boolean;
  readonly isStormy: boolean;
  /** How long the storm lasts, in milliseconds. */
  readonly lasts: number;
  /** Share of the links that are ordered: one of these. */
  readonly orderedShares: readonly [number, ...number[]];
  readonly privacy: readonly [PrivacyLevel, ...PrivacyLevel[]];
  readonly texts: Range;
  readonly offers: Range;
  readonly fileSizes: readonly [number, ...number[]];
  readonly streams: Range;
  readonly kills: Range;
  readonly rollbacks: Range;
  readonly sleeps: Range;
  readonly sleepLengths: readonly [number, ...number[]];
  readonly moves: Range;
  /** At most so many milliseconds either way. */
  readonly wallSkew: number;
  readonly diskFailures: number;
  readonly directLinksMax?: number;
}

const NOTHING: Plan = {
  name: "nothing",
  hosts: [2, 2],
  areContacts: true,
  hasDiscovery: true,
  isStormy: true,
  lasts: 60_000,
  orderedShares: [1, 0, 0.5],
  privacy: ["open"],
  texts: [0, 0],
  offers: [0, 0],
  fileSizes: [0, 1, 5_000, 262_144, 600_000],
  streams: [0, 0],
  kills: [0, 0],
  rollbacks: [0, 0],
  sleeps: [0, 0],
  sleepLengths: [5_000, 100_000, 600_000, 7_200_000],
  moves: [0, 0],
  wallSkew: 4 * 60_000,
  diskFailures: 0,
};

export const PLANS: readonly [Plan, ...Plan[]] = [
  { ...NOTHING, name: "chat", texts: [5, 30], hosts: [2, 3], kills: [0, 3], sleeps: [0, 1], diskFailures: 0.02 },
  { ...NOTHING, name: "files", offers: [1, 4], kills: [0, 2], texts: [0, 5] },
  { ...NOTHING, name: "streams", streams: [1, 6], texts: [1, 3], moves: [0, 1] },
  { ...NOTHING, name: "roam", offers: [1, 2], streams: [0, 2], moves: [1, 4], texts: [1, 10] },
  { ...NOTHING, name: "sleep", streams: [0, 3], texts: [1, 10], sleeps: [1, 4], lasts: 300_000 },
  { ...NOTHING, name: "rollback", texts: [3, 15], rollbacks: [1, 2], kills: [0, 1] },
  {
    ...NOTHING,
    name: "crowd",
    hosts: [5, 7],
    texts: [10, 30],
    offers: [0, 2],
    directLinksMax: 3,
    fileSizes: [10, 300_000],
  },
  {
    ...NOTHING,
    name: "mix",
    hosts: [2, 4],
    texts: [3, 20],
    offers: [0, 2],
    streams: [0, 3],
    kills: [0, 2],
    sleeps: [0, 2],
    moves: [0, 2],
    privacy: ["open", "contacts"],
    diskFailures: 0.01,
  },
];

export const range = (random: SimRandom, [least, most]: Range): number => random.between(least, most);
