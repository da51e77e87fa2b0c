/**
 * What a simulated network does to packets, and when (after TigerBeetle's packet simulator). Storms
 * end: after {@link Weather.clearsAt} nothing is cut, lost or damaged any more, so that whatever is
 * still owed must arrive.
 *
 *     on every link       latency, cuts (of one direction, of both, flapping), flipped bits
 *     on unordered links  loss, repetition, overtaking
 *     on ordered links    nothing is lost: a cut holds packets back, and may break the link
 *
 * @module
 */
import type { SimRandom } from "./sim-random.ts";

/** Nothing passes from `from` to `to` (undefined: anyone) between two moments, or only in every other half period. */
export interface Cut {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly period: number | undefined;
}

export interface Climate {
  /** Milliseconds one way. */
  readonly latencyMin: number;
  readonly latencyMax: number;
  /** Of a packet on an unordered link. */
  readonly loss: number;
  readonly duplication: number;
  /** Of any packet to have one bit flipped. */
  readonly flips: number;
  /** Of an ordered link to break when a cut holds up a packet of it. */
  readonly breaks: number;
  /** Bytes a millisecond. */
  readonly bandwidth: number;
  readonly cuts: readonly Cut[];
}

export const CALM: Climate = {
  latencyMin: 1,
  latencyMax: 5,
  loss: 0,
  duplication: 0,
  flips: 0,
  breaks: 0,
  bandwidth: 100_000,
  cuts: [],
};

export class Weather {
  readonly clearsAt: number;
  readonly #climate: Climate;
  readonly #random: SimRandom;

  constructor(climate: Climate, clearsAt: number, random: SimRandom) {
    this.#climate = climate;
    this.clearsAt = clearsAt;
    this.#random = random;
  }

  latency(now: number): number {
    const { latencyMin, latencyMax } = this.#at(now);
    return latencyMin + this.#random.float() * (latencyMax - latencyMin);
  }

  bandwidth(now: number): number {
    return this.#at(now).bandwidth;
  }

  loses(now: number): boolean {
    return this.#random.chance(this.#at(now).loss);
  }

  repeats(now: number): boolean {
    return this.#random.chance(this.#at(now).duplication);
  }

  flips(now: number): boolean {
    return this.#random.chance(this.#at(now).flips);
  }

  breaks(now: number): boolean {
    return this.#random.chance(this.#at(now).breaks);
  }

  /** Until when nothing passes in this direction; `undefined` if it does now. */
  cutUntil(from: string, to: string, now: number): number | undefined {
    for (const cut of this.#at(now).cuts) {
      if ((cut.from ?? from) !== from || (cut.to ?? to) !== to || now < cut.start || now >= cut.end) continue;
      if (cut.period === undefined) return cut.end;
      const phase = (now - cut.start) % cut.period;
      if (phase < cut.period / 2) return Math.min(cut.end, now - phase + cut.period / 2);
    }
    return undefined;
  }

  #at(now: number): Climate {
    return now < this.clearsAt ? this.#climate : CALM;
  }
}

/** Weather for `hosts` from a seed, between a fine day and a bad one. */
export function drawClimate(random: SimRandom, hosts: readonly string[], lasts: number): Climate {
  const latencyMin = random.pick([0.2, 1, 5, 30, 120]);
  const severity = random.pick([0, 0.3, 1]);
  const cuts: Cut[] = [];
  for (let count = random.below(4); count > 0; count--) {
    const start = random.float() * lasts;
    const from = random.chance(0.7) ? hosts[random.below(hosts.length)] : undefined;
    const to = random.chance(0.4) ? hosts[random.below(hosts.length)] : undefined;
    const end = Math.min(lasts, start + random.pick([300, 3_000, 20_000, 90_000]));
    cuts.push({ from, to, start, end, period: random.chance(0.3) ? random.between(200, 8_000) : undefined });
    // A cable that is pulled is dead both ways; a firewall or a radio may be dead in one.
    if (random.chance(0.6)) cuts.push({ from: to, to: from, start, end, period: undefined });
  }
  return {
    latencyMin,
    latencyMax: latencyMin * random.pick([1, 2, 10]),
    loss: random.pick([0, 0.01, 0.1, 0.25]) * severity,
    duplication: random.pick([0, 0.05, 0.2]) * severity,
    flips: random.chance(0.3) ? 0.002 * severity : 0,
    breaks: random.pick([0, 0.2, 1]),
    bandwidth: random.pick([100, 2_000, 100_000]),
    cuts,
  };
}
