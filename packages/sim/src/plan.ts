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

const YEAR = 365 * 86_400_000;

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
  /** What is done to texts, or agreed about them; nothing unless told. */
  readonly acts?: Range;
  readonly offers: Range;
  readonly fileSizes: readonly [number, ...number[]];
  readonly streams: Range;
  readonly kills: Range;
  /** How long somebody who was killed stays away, at most; 20 s unless told. */
  readonly awayMax?: number;
  readonly rollbacks: Range;
  readonly sleeps: Range;
  readonly sleepLengths: readonly [number, ...number[]];
  readonly moves: Range;
  /** At most so many milliseconds either way. */
  readonly wallSkew: number;
  readonly diskFailures: number;
  /** Hosts beyond the honest ones, trusted by all, that lie in their records. */
  readonly traitors: number;
  /** Strangers on the network who do harm. */
  readonly vandals: number;
  readonly directLinksMax?: number;
  readonly relays?: RelayPlan;
}

export interface RelayPlan {
  readonly count: Range;
  readonly restarts: Range;
  readonly drains: Range;
  /** Times that some of the connections end. */
  readonly cuts: Range;
  /** Share of the pairs that never have another way to each other. */
  readonly apart: number;
}

/** Two people who trust each other, fine weather, and nothing happens. */
export const CALM_PLAN: Plan = {
  name: "calm",
  hosts: [2, 2],
  areContacts: true,
  hasDiscovery: true,
  isStormy: false,
  lasts: 40_000,
  orderedShares: [1, 0, 0.5],
  privacy: ["open"],
  texts: [0, 0],
  offers: [0, 0],
  fileSizes: [0, 1, 5_000, 262_144, 400_000],
  streams: [0, 0],
  kills: [0, 0],
  rollbacks: [0, 0],
  sleeps: [0, 0],
  sleepLengths: [5_000, 100_000, 600_000, 7_200_000],
  moves: [0, 0],
  wallSkew: 4 * 60_000,
  diskFailures: 0,
  traitors: 0,
  vandals: 0,
};

const NOTHING: Plan = { ...CALM_PLAN, isStormy: true };

/** Small worlds: what goes wrong in a large one goes wrong in a hundred small ones sooner. */
export const PLANS: readonly [Plan, ...Plan[]] = [
  { ...NOTHING, name: "chat", texts: [3, 12], kills: [0, 2], sleeps: [0, 1], diskFailures: 0.02 },
  { ...NOTHING, name: "acts", texts: [4, 12], acts: [6, 24], kills: [0, 2], sleeps: [0, 1], diskFailures: 0.02 },
  { ...NOTHING, name: "files", offers: [1, 2], kills: [0, 2], texts: [0, 2] },
  { ...NOTHING, name: "streams", streams: [1, 4], texts: [0, 2], moves: [0, 1] },
  { ...NOTHING, name: "roam", offers: [0, 1], streams: [0, 2], moves: [1, 3], texts: [1, 4] },
  { ...NOTHING, name: "sleep", streams: [0, 2], texts: [1, 5], sleeps: [1, 3], lasts: 200_000 },
  { ...NOTHING, name: "rollback", texts: [2, 8], rollbacks: [1, 2], kills: [0, 1] },
  {
    ...NOTHING,
    name: "crowd",
    hosts: [4, 5],
    texts: [4, 12],
    offers: [0, 1],
    directLinksMax: 2,
    fileSizes: [10, 300_000],
  },
  // Who is recognised on the network by the date is not, ten years apart; kept addresses lead there all the same.
  {
    ...NOTHING,
    name: "clocks",
    texts: [2, 8],
    offers: [0, 1],
    kills: [0, 1],
    wallSkew: 10 * YEAR,
    hasDiscovery: false,
  },
  { ...NOTHING, name: "vandals", texts: [2, 8], offers: [0, 1], moves: [0, 2], vandals: 2, lasts: 20_000 },
  {
    ...NOTHING,
    name: "relay",
    hosts: [2, 5],
    texts: [4, 14],
    offers: [0, 1],
    streams: [0, 2],
    kills: [0, 2],
    sleeps: [0, 1],
    moves: [0, 1],
    privacy: ["open", "contacts", "hidden"],
    fileSizes: [10, 100_000],
    wallSkew: 4 * 60_000,
    lasts: 60_000,
    relays: { count: [1, 2], restarts: [0, 2], drains: [0, 1], cuts: [0, 3], apart: 0.5 },
  },
  { ...NOTHING, name: "traitor", texts: [4, 12], offers: [1, 2], streams: [1, 3], traitors: 1, lasts: 20_000 },
  {
    ...NOTHING,
    name: "mix",
    hosts: [2, 3],
    texts: [1, 8],
    offers: [0, 1],
    streams: [0, 2],
    kills: [0, 2],
    sleeps: [0, 1],
    moves: [0, 1],
    privacy: ["open", "contacts"],
    diskFailures: 0.01,
  },
];

export const range = (random: SimRandom, [least, most]: Range): number => random.between(least, most);
