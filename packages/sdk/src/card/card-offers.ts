/** Cards that others offer us (spec/app-card.md §10): a person is asked, and sees the card before anything is kept. */
import { bytesToHex, type PeerId, type WallTime } from "@kith/core";
import {
  CARD_ENDED_MAX,
  CARD_OFFERS_MAX,
  CARD_OFFERS_OF_PEER_MAX,
  type CardEnd,
  type CardOffer,
  CardTaker,
} from "@kith/core/card";
import type { Channel } from "../channel-api.ts";
import { EndpointError } from "../endpoint-error.ts";
import { type CardsGround, unknownCard } from "./card-ground.ts";
import type { CardsInHand } from "./cards-in-hand.ts";
import { type HandoverEvent, HandoverRun } from "./handover-run.ts";
import type { CardOfferView, CardView } from "./received-api.ts";

interface Incoming {
  readonly id: string;
  readonly peer: PeerId;
  readonly since: WallTime;
  readonly taker: CardTaker;
  readonly run: HandoverRun;
  offer: CardOffer | undefined;
  /** Of whoever accepted. */
  shown: PromiseWithResolvers<CardView> | undefined;
  card: CardView | undefined;
  end: CardEnd | undefined;
}

export class CardOffers {
  readonly #ground: CardsGround;
  readonly #hands: CardsInHand;
  readonly #changed: () => void;
  readonly #all = new Map<string, Incoming>();

  constructor(ground: CardsGround, hands: CardsInHand, changed: () => void) {
    [this.#ground, this.#hands, this.#changed] = [ground, hands, changed];
  }

  get views(): readonly CardOfferView[] {
    return [...this.#all.values()].flatMap((each) => (each.offer === undefined ? [] : [this.#view(each, each.offer)]));
  }

  /** False: too many wait. */
  handleChannel(channel: Channel): boolean {
    const waiting = [...this.#all.values()].filter(({ end }) => end === undefined);
    const ofPeer = waiting.filter(({ peer }) => peer === channel.peer);
    if (waiting.length >= CARD_OFFERS_MAX || ofPeer.length >= CARD_OFFERS_OF_PEER_MAX) return false;
    const { provider, clock, random } = this.#ground;
    const taker = new CardTaker(provider, clock.now());
    const [id, peer, since] = [bytesToHex(random(8)), channel.peer, clock.wall()];
    const run = new HandoverRun(taker, channel, clock, (event) => this.#handle(incoming, event));
    const none = { offer: undefined, shown: undefined, card: undefined, end: undefined };
    const incoming: Incoming = { id, peer, since, taker, run, ...none };
    this.#all.set(id, incoming);
    run.settle();
    return true;
  }

  accept(id: string, wantsPhoto: boolean): Promise<CardView> {
    const incoming = this.#get(id);
    if (incoming.taker.phase !== "offered")
      throw new EndpointError("ERR_CARD_STATE", "Cannot accept: the offer is past that");
    incoming.shown = Promise.withResolvers<CardView>();
    incoming.taker.accept(wantsPhoto, this.#ground.clock.now());
    incoming.run.settle();
    this.#changed();
    return incoming.shown.promise;
  }

  decline(id: string): void {
    const { taker, run, card } = this.#get(id);
    if (card !== undefined && taker.phase === "shown") return this.#hands.drop(card.id);
    if (taker.phase === "taking") taker.cancel();
    else taker.decline();
    run.settle();
  }

  end(): void {
    for (const { run, shown } of this.#all.values()) {
      run.end();
      shown?.reject(new EndpointError("ERR_ENDPOINT_CLOSED", "The endpoint was closed"));
    }
  }

  #get(id: string): Incoming {
    const incoming = this.#all.get(id);
    if (incoming?.offer === undefined) throw unknownCard("offer");
    return incoming;
  }

  #handle(incoming: Incoming, event: HandoverEvent): void {
    switch (event.type) {
      case "offered":
        incoming.offer = event.offer;
        break;
      case "received":
        incoming.card = this.#hands.take({
          ...{ card: event.card, photo: event.photo, cameBy: "nearby", giver: incoming.peer },
          answer: (isKept) => {
            if (incoming.taker.phase === "shown") isKept ? incoming.taker.keep() : incoming.taker.discard();
            incoming.run.settle();
          },
        });
        incoming.shown?.resolve(incoming.card);
        break;
      case "ended":
        incoming.end = event.end;
        incoming.shown?.reject(new EndpointError("ERR_CARD", `Cannot take the card: ${event.end}`));
        this.#forget(incoming);
    }
    this.#changed();
  }

  /** One that never said what it offers leaves no trace; of those that ended the oldest goes. */
  #forget(last: Incoming): void {
    if (last.offer === undefined) this.#all.delete(last.id);
    const ended = [...this.#all.values()].filter(({ end }) => end !== undefined);
    for (const { id } of ended.slice(0, -CARD_ENDED_MAX)) this.#all.delete(id);
  }

  #view({ id, peer, since, taker, card, end }: Incoming, offer: CardOffer): CardOfferView {
    const name = this.#ground.nameOf(peer);
    const at = taker.phase === "waiting" ? "offered" : taker.phase;
    return {
      ...{ id, peer, ...offer, since, at },
      ...(name !== undefined && { name }),
      ...(card !== undefined && { card }),
      ...(end !== undefined && { end }),
    };
  }
}
