/**
 * The relays of a simulated world and what happens to them: they restart, drain and lose connections, while walls
 * between people come and go, and some stay, so that only a relay is left to them.
 *
 * @module
 */
import { Violation } from "./ledger.ts";
import type { SimNetwork } from "./network.ts";
import type { Plan } from "./plan.ts";
import { range } from "./plan.ts";
import type { SimHost } from "./sim-host.ts";
import type { SimRandom } from "./sim-random.ts";
import { SimRelay } from "./sim-relay.ts";

/** Packets of one person at one relay in ten idle minutes: a word every 25 s, its answer, a login that came again. */
const IDLE_PACKETS_EACH = 120;

export class RelayTown {
  readonly relays: readonly SimRelay[];
  readonly #net: SimNetwork;
  readonly #random: SimRandom;
  readonly #walls = new Set<string>();

  constructor(net: SimNetwork, count: number, random: SimRandom) {
    this.#net = net;
    this.#random = random;
    this.relays = Array.from(
      { length: count },
      (_, index) => new SimRelay(net, `r${index}`, random.fork(`relay ${index}`)),
    );
    net.isApart = (one, other) => this.#walls.has(pairOf(one, other));
  }

  get addresses(): string[] {
    return this.relays.map(({ address }) => address);
  }

  planActions(plan: Plan, hosts: readonly SimHost[]): void {
    const random = this.#random.fork("actions");
    const { relays: ways } = plan;
    if (ways === undefined) return;
    const sometime = (): number => 50 + random.float() * (plan.lasts - 50);
    const at = (count: number, run: () => void): void => {
      for (let left = count; left > 0; left--) this.#net.at(sometime(), run);
    };
    const one = (): SimRelay | undefined => this.relays[random.below(this.relays.length)];
    at(range(random, ways.restarts), () => one()?.restart(random.pick([1, 400, 5_000])));
    at(range(random, ways.drains), () => one()?.drain());
    at(range(random, ways.cuts), () => one()?.cut(random.pick([0.3, 1])));
    const pairs = hosts.flatMap((host, index) => hosts.slice(index + 1).map((other) => [host, other] as const));
    for (const [host, other] of pairs) {
      if (random.chance(ways.apart)) this.#wall(host, other);
      else if (random.chance(0.7)) this.#comeAndGo(host, other, plan.lasts);
    }
  }

  /** All of them are there, whatever was to come; nothing waits in them for ever. */
  settle(people: readonly { readonly host: SimHost }[]): void {
    for (const { name, gauges, counters } of this.relays) {
      if (gauges.waitingBytes > 0) throw new Violation(`${name} still holds ${gauges.waitingBytes} bytes`);
      if (counters.violations > 0) throw new Violation(`${name} was told what breaks the protocol`);
    }
    if (!this.relays.every(({ isHonest }) => isHonest)) return;
    for (const { host } of people)
      if (host.relayed.misbehaved > 0) throw new Violation(`${host.name} heard of a relay what breaks the protocol`);
  }

  /** After a while of quiet everybody is with everybody, straight wherever that is possible, and else over a relay. */
  assertPaths(people: readonly { readonly host: SimHost }[]): void {
    if (!this.relays.every(({ isHonest }) => isHonest)) return;
    for (const { host } of people) {
      for (const { host: other } of people) {
        if (host === other) continue;
        const kind = host.endpoint?.sessionOf(other.id)?.stack.activeLink?.traits.kind;
        const isWalled = this.#walls.has(pairOf(host.name, other.name));
        const isRight = kind !== undefined && (kind === "relayed") === isWalled;
        if (!isRight)
          throw new Violation(`${host.name} reaches ${other.name} by ${kind ?? "nothing"}, walls ${isWalled}`);
      }
    }
  }

  idlePackets(people: number): number {
    return IDLE_PACKETS_EACH * people * this.relays.length;
  }

  #comeAndGo(host: SimHost, other: SimHost, lasts: number): void {
    const random = this.#random;
    for (let at = random.float() * 5_000; at < lasts; at += 500 + random.float() * 15_000)
      this.#net.at(at, () =>
        random.chance(0.6) ? this.#wall(host, other) : this.#walls.delete(pairOf(host.name, other.name)),
      );
  }

  #wall(host: SimHost, other: SimHost): void {
    this.#walls.add(pairOf(host.name, other.name));
    for (const cable of host.cables) {
      if (![cable.nameOf(0), cable.nameOf(1)].includes(other.name)) continue;
      const wait = (): number | undefined => this.#random.pick([0, 2_000, undefined]);
      cable.break([wait(), wait()]);
    }
  }
}

const pairOf = (one: string, other: string): string => [one, other].sort().join(" ");
