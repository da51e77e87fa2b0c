/**
 * Signed cards that were read or came, and wait for a yes: each is judged when it is shown, and again when it is saved,
 * by what is known then.
 *
 * @module
 */
import { bytesToHex, fingerprint, type PeerId } from "@kith/core";
import { CARD_READINGS_MAX, type CameBy, type CardJudgement, judgeCard, type SignedCard } from "@kith/core/card";
import { type CardsGround, unknownCard } from "./card-ground.ts";
import type { CardShelf } from "./card-shelf.ts";
import type { CardView } from "./received-api.ts";

export interface CardInHand {
  readonly id: string;
  readonly card: SignedCard;
  readonly photo: Uint8Array | undefined;
  readonly cameBy: CameBy;
  readonly giver: PeerId | undefined;
  /** Whoever gave it is told what became of it. */
  readonly answer: (isKept: boolean) => void;
}

export class CardsInHand {
  readonly #ground: CardsGround;
  readonly #shelf: CardShelf;
  readonly #hands = new Map<string, CardInHand>(); // at most CARD_READINGS_MAX: then the oldest goes

  constructor(ground: CardsGround, shelf: CardShelf) {
    [this.#ground, this.#shelf] = [ground, shelf];
  }

  take(given: Omit<CardInHand, "id">): CardView {
    const hand = { ...given, id: bytesToHex(this.#ground.random(8)) };
    this.#hands.set(hand.id, hand);
    const [oldest] = this.#hands.keys();
    if (this.#hands.size > CARD_READINGS_MAX && oldest !== undefined) this.drop(oldest);
    return this.view(hand);
  }

  get(id: string): CardInHand {
    const hand = this.#hands.get(id);
    if (hand === undefined) throw unknownCard("card");
    return hand;
  }

  /** Nobody wants it any more. */
  drop(id: string): void {
    const hand = this.#hands.get(id);
    this.#hands.delete(id);
    hand?.answer(false);
  }

  /** It is stored. */
  kept(id: string): void {
    const hand = this.#hands.get(id);
    this.#hands.delete(id);
    hand?.answer(true);
  }

  judge({ card, cameBy, giver }: CardInHand): CardJudgement {
    const { trust, identity, clock } = this.#ground;
    const contact = trust.contactOf(card.signer);
    const entry = [...this.#shelf.entries.values()].find(({ signer }) => signer === card.signer);
    return judgeCard(card, {
      ...{ wall: clock.wall(), cameBy, own: identity.peerId, isBlocked: trust.isBlocked(card.signer) },
      kept: entry?.cards.map((kept) => kept.card) ?? [],
      ...(giver !== undefined && { giver }),
      ...(contact !== undefined && { contact }),
    });
  }

  view(hand: CardInHand): CardView {
    const { card, cameBy, giver } = hand;
    const { id, level, signedAt, endsAt, isPrivate, fields } = card.content;
    const named = fields.find(({ kind }) => kind === "name") ?? fields.find(({ kind }) => kind === "company");
    return {
      ...{ id: hand.id, signer: card.signer, fingerprint: fingerprint(this.#ground.provider, card.signer) },
      name: named !== undefined && "text" in named ? named.text : "",
      ...{ card: id, level, signedAt, endsAt, isPrivate, fields, cameBy },
      ...(giver !== undefined && { giver }),
      hasPhoto: hand.photo !== undefined,
      judgement: this.judge(hand),
    };
  }

  photo(hash: string): Uint8Array | undefined {
    for (const { card, photo } of this.#hands.values())
      if (card.content.fields.some((field) => field.kind === "photo" && field.hash === hash)) return photo?.slice();
    return undefined;
  }
}
