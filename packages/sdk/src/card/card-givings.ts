/** Cards that we give to contacts, nearby or over a relay (spec/app-card.md §10): each because a person chose whom and how much. */
import { bytesToHex, type PeerId, PROTOCOL } from "@kith/core";
import {
  CARD_ENDED_MAX,
  CARD_GIVINGS_MAX,
  CardGiver,
  type CardId,
  type CardLevel,
  type SignedCard,
} from "@kith/core/card";
import type { Waiting } from "../channel-api.ts";
import { EndpointError } from "../endpoint-error.ts";
import { reach } from "../reach.ts";
import { type CardsGround, unknownCard } from "./card-ground.ts";
import type { GivingView } from "./cards-api.ts";
import { HandoverRun } from "./handover-run.ts";

export type GivingGround = Pick<CardsGround, "clock" | "open" | "random">;

interface Giving {
  readonly id: string;
  readonly peer: PeerId;
  readonly card: CardId;
  readonly level: CardLevel;
  readonly giver: CardGiver;
  readonly run: HandoverRun;
}

export class CardGivings {
  readonly #ground: GivingGround;
  readonly #changed: () => void;
  readonly #all = new Map<string, Giving>();
  #opening = 0;

  constructor(ground: GivingGround, changed: () => void) {
    [this.#ground, this.#changed] = [ground, changed];
  }

  get views(): readonly GivingView[] {
    return [...this.#all.values()].map(({ id, peer, card, level, giver }) => ({
      ...{ id, peer, card, level, at: giver.phase },
      ...(giver.end !== undefined && { end: giver.end }),
    }));
  }

  async give(peer: PeerId, card: SignedCard, photo: Uint8Array | undefined, waiting: Waiting): Promise<string> {
    const going = [...this.#all.values()].filter(({ giver }) => giver.end === undefined).length;
    if (going + this.#opening >= CARD_GIVINGS_MAX)
      throw new EndpointError("ERR_LIMIT", `Cannot give more than ${CARD_GIVINGS_MAX} cards at once`);
    const { clock, open, random } = this.#ground;
    this.#opening += 1;
    const channel = await reach(clock, waiting, (bounded) => open(peer, PROTOCOL.card, bounded)).finally(() => {
      this.#opening -= 1;
    });
    const giver = new CardGiver(card, photo, clock.now());
    const run = new HandoverRun(giver, channel, clock, () => this.#settled());
    const id = bytesToHex(random(8));
    const { id: own, level } = card.content;
    this.#all.set(id, { ...{ id, peer, card: own, level, giver, run } });
    run.settle();
    this.#changed();
    return id;
  }

  cancel(id: string): void {
    const giving = this.#all.get(id);
    if (giving === undefined) throw unknownCard("giving");
    giving.giver.cancel();
    giving.run.settle();
  }

  end(): void {
    for (const { run } of this.#all.values()) run.end();
  }

  #settled(): void {
    const ended = [...this.#all.values()].filter(({ giver }) => giver.end !== undefined);
    for (const { id } of ended.slice(0, -CARD_ENDED_MAX)) this.#all.delete(id);
    this.#changed();
  }
}
