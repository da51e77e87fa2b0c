/**
 * Contact cards as a part of the SDK's endpoint, with all that only they need. Imported by nothing but whoever gives it to
 * an endpoint, so that a page can do without it until a person opens their cards, or is offered one.
 *
 * @module
 */
import type { CardSubjects, CardsGround } from "./card-ground.ts";
import { CardsHandle } from "./cards-handle.ts";

/** Fulfils when what is kept is there. */
export async function beginCards(ground: CardsGround, subjects: CardSubjects): Promise<CardsHandle> {
  const handle = new CardsHandle(ground, subjects);
  await handle.load();
  return handle;
}
