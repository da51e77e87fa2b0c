/**
 * Makes an endpoint out of adapters, with all its parts at hand. `@kith/sdk/node` has one with everything that Node
 * offers; that of `@kith/sdk/web` loads code when it is needed.
 *
 * @module
 */
import type { Endpoint } from "./api.ts";
import { beginCards } from "./card/cards-part.ts";
import { composeEndpoint, type EndpointOptions } from "./compose-endpoint.ts";
import { LatePart } from "./late-part.ts";
import { beginRooms } from "./rooms-part.ts";

export type { EndpointOptions };

/**
 * Listens, looks around, and goes on with what an earlier endpoint of the same store left.
 * @throws {EndpointError} `ERR_STORAGE`, `ERR_ADDRESS`, `ERR_ARGUMENT`
 */
export async function createEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const rooms = new LatePart(async () => beginRooms);
  const cards = new LatePart(async () => beginCards);
  const facts = new LatePart(async () => (await import("./fact/facts-part.ts")).beginFacts); // few need a pairing curve
  await Promise.all([rooms.take(), cards.take()]);
  return composeEndpoint(options, { rooms, cards, facts });
}
