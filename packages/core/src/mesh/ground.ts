/** What all parts of one mesh stand on. */
import type { PeerId } from "../identity/peer-id.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Neighbour, Sending } from "./neighbour.ts";

export interface Ground {
  readonly self: PeerId;
  readonly random: RandomSource;
  /** Members with an open mesh channel. */
  readonly neighbours: ReadonlyMap<PeerId, Neighbour>;
  readonly sending: Sending;
}
