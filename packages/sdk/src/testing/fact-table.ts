/**
 * Attested facts without an endpoint: real ones, over channels and sessions in memory, the same at every run. For programs
 * that show them, and their tests.
 *
 * @module
 */
import { type Instant, identityFromSeed, nobleProvider, type PeerId, Secret } from "@kith/core";
import type { Clock } from "../clock.ts";
import { EndpointError } from "../endpoint-error.ts";
import type { Facts } from "../fact/facts-api.ts";
import { beginFacts } from "../fact/facts-part.ts";
import { LateFacts } from "../fact/late-facts.ts";
import { LatePart } from "../late-part.ts";
import { Subject } from "../observable.ts";
import { channelPair } from "./channel-pair.ts";

export interface FactSeat {
  readonly id: PeerId;
  readonly facts: Facts;
}

/** People around a table; `seed` names them. Time stands still at `wall`. */
export class FactTable {
  readonly #wall: number;
  readonly #seats = new Map<PeerId, LateFacts>();
  #chance = 0;

  constructor(wall: number) {
    this.#wall = wall;
  }

  /** Who sits here calls the others by `names`. */
  seat(seed: number, names: ReadonlyMap<PeerId, string> = new Map()): FactSeat {
    const identity = identityFromSeed(nobleProvider, new Secret(new Uint8Array(32).fill(seed)));
    const self = identity.peerId;
    const clock: Clock = {
      now: () => 0 as Instant,
      wall: () => this.#wall as ReturnType<Clock["wall"]>,
      schedule: () => () => {},
    };
    const facts = new LateFacts(new LatePart(async () => beginFacts), {
      ...{ identity, provider: nobleProvider, clock, store: undefined, note: () => {} },
      random: (length) => new Uint8Array(length).map((_, at) => (at === 0 ? ++this.#chance : seed)),
      nameOf: (peer) => names.get(peer),
      sessions: new Subject([]),
      connect: async (peer) => {
        const other = this.#seats.get(peer);
        if (other === undefined) throw new EndpointError("ERR_PEER_UNREACHABLE", "Cannot reach them: nobody answers");
        const transcript = new Uint8Array(32).fill(seed);
        return {
          ...{ self, peer, transcript },
          open: async (protocol) => {
            const [ours, theirs] = channelPair(protocol, self, peer);
            if (!other.handleChannel(theirs, { self: peer, peer: self, transcript }))
              throw new EndpointError(
                "ERR_CHANNEL_REFUSED",
                `Cannot open ${protocol}: the other side does not serve it`,
              );
            return ours;
          },
        };
      },
    });
    this.#seats.set(self, facts);
    return { id: self, facts };
  }
}
