/**
 * Contact cards without an endpoint: real ones, over channels in memory, the same at every run. For programs that show
 * them, and their tests.
 *
 * @module
 */

import { type Instant, identityFromSeed, nobleProvider, type PeerId, PROTOCOL, Secret } from "@kith/core";
import type { CardContext } from "@kith/core/card";
import type { Cards } from "../card/cards-api.ts";
import { beginCards } from "../card/cards-part.ts";
import { LateCards } from "../card/late-cards.ts";
import type { Clock } from "../clock.ts";
import { EndpointError } from "../endpoint-error.ts";
import { LatePart } from "../late-part.ts";
import { channelPair } from "./channel-pair.ts";

export interface CardSeat {
  readonly id: PeerId;
  readonly cards: Cards;
}

/** People around a table, each with cards; `seed` names them. Time stands still at `wall`. */
export class CardTable {
  readonly #wall: number;
  readonly #seats = new Map<PeerId, LateCards>();
  #chance = 0;

  constructor(wall: number) {
    this.#wall = wall;
  }

  /** `as`: the key at which others reach them, if it is another than the one that signs. */
  seat(
    seed: number,
    names: ReadonlyMap<PeerId, NonNullable<CardContext["contact"]>> = new Map(),
    as?: PeerId,
  ): CardSeat {
    const identity = identityFromSeed(nobleProvider, new Secret(new Uint8Array(32).fill(seed)));
    const id = as ?? identity.peerId;
    const clock: Clock = {
      now: () => 0 as Instant,
      wall: () => this.#wall as ReturnType<Clock["wall"]>,
      schedule: () => () => {},
    };
    const cards = new LateCards(new LatePart(async () => beginCards), {
      ...{ identity, provider: nobleProvider, clock, store: undefined, note: () => {} },
      random: (length) => new Uint8Array(length).map((_, at) => (at === 0 ? ++this.#chance : seed)),
      trust: { contactOf: (peer) => names.get(peer), isBlocked: () => false },
      relays: { manage: () => Promise.reject(new EndpointError("ERR_RELAY", "Cannot ask the relay: there is none")) },
      nameOf: (peer) => names.get(peer)?.name,
      open: async (peer) => {
        const other = this.#seats.get(peer);
        if (other === undefined) throw new EndpointError("ERR_PEER_UNREACHABLE", "Cannot reach them: nobody answers");
        const [ours, theirs] = channelPair(PROTOCOL.card, id, peer);
        if (!other.handleChannel(theirs))
          throw new EndpointError("ERR_CHANNEL_REFUSED", "Cannot open card/1: the other side does not serve it");
        return ours;
      },
    });
    this.#seats.set(id, cards);
    return { id, cards };
  }
}
