/**
 * Attested facts as a part of the SDK's endpoint, with the pairing curve that they need. Imported by nothing but whoever gives
 * it to an endpoint, so that nobody loads it who neither holds nor checks any.
 *
 * @module
 */
import type { FactSubjects, FactsGround } from "./fact-ground.ts";
import { FactsHandle } from "./facts-handle.ts";

/** Fulfils when what is kept is there. */
export async function beginFacts(ground: FactsGround, subjects: FactSubjects): Promise<FactsHandle> {
  const handle = new FactsHandle(ground, subjects);
  await handle.load();
  return handle;
}
