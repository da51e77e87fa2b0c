/** Exchanges of one kind, under way and ended: bounded, each with a name of its own. */
import { bytesToHex, type PeerId, type WallTime } from "@kith/core";
import {
  CREDENTIAL_ENDED_MAX,
  CREDENTIAL_EXCHANGES_MAX,
  CREDENTIAL_EXCHANGES_OF_PEER_MAX,
  type ExchangeEnd,
} from "@kith/core/credential";
import type { Waiting } from "../channel-api.ts";
import { EndpointError } from "../endpoint-error.ts";
import { reach } from "../reach.ts";
import type { FactsGround } from "./fact-ground.ts";

/** One exchange, or what is left of it. */
export interface Tracked {
  readonly id: string;
  readonly peer: PeerId | undefined;
  readonly since: WallTime;
  end: ExchangeEnd | undefined;
  /** Lets go of the clock. */
  stop: () => void;
  /** Gives up; nothing once it ended. */
  cancel: () => void;
}

export class FactExchanges<T extends Tracked> {
  readonly #ground: FactsGround;
  readonly #all = new Map<string, T>();
  #opening = 0;

  constructor(ground: FactsGround) {
    this.#ground = ground;
  }

  /** In the order in which they began. */
  get all(): readonly T[] {
    return [...this.#all.values()];
  }

  get(id: string): T | undefined {
    return this.#all.get(id);
  }

  /** What every one has. */
  fresh(peer: PeerId | undefined): Tracked {
    const { random, clock } = this.#ground;
    return { id: bytesToHex(random(8)), peer, since: clock.wall(), end: undefined, stop: () => {}, cancel: () => {} };
  }

  add(one: T): T {
    this.#all.set(one.id, one);
    this.#prune();
    return one;
  }

  /** How it ended, which is said once. */
  ended(one: T, end: ExchangeEnd): void {
    one.end ??= end;
    one.stop();
    this.#prune();
  }

  /** What runs `one` from here on. */
  runs(one: T, exchange: { cancel(): void }, run: { end(): void; settle(): void }): void {
    one.stop = () => run.end();
    one.cancel = () => {
      exchange.cancel();
      run.settle();
    };
  }

  /** As if it had never been. */
  drop(one: T): void {
    one.stop();
    this.#all.delete(one.id);
  }

  /** Whether a peer may begin one more. */
  hasRoom(peer: PeerId): boolean {
    const going = this.all.filter(({ end }) => end === undefined);
    const ofPeer = going.filter((each) => each.peer === peer);
    return going.length < CREDENTIAL_EXCHANGES_MAX && ofPeer.length < CREDENTIAL_EXCHANGES_OF_PEER_MAX;
  }

  /** Opens what we begin. @throws {EndpointError} `ERR_LIMIT`, `ERR_PEER_UNREACHABLE`, and what `open` does */
  async opening<C>(waiting: Waiting, open: (waiting: Waiting) => Promise<C>): Promise<C> {
    const going = this.all.filter(({ end }) => end === undefined).length;
    if (going + this.#opening >= CREDENTIAL_EXCHANGES_MAX)
      throw new EndpointError("ERR_LIMIT", `Cannot begin: ${CREDENTIAL_EXCHANGES_MAX} are under way`);
    this.#opening += 1;
    try {
      return await reach(this.#ground.clock, waiting, open);
    } finally {
      this.#opening -= 1;
    }
  }

  /** The endpoint closes. */
  stop(): void {
    for (const one of this.#all.values()) one.stop();
  }

  #prune(): void {
    const ended = this.all.filter(({ end }) => end !== undefined);
    for (const { id } of ended.slice(0, -CREDENTIAL_ENDED_MAX)) this.#all.delete(id);
  }
}
