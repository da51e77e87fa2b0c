/** Who is near, as the SDK shows it. */
import type { Endpoint as CoreEndpoint, PeerId } from "@kith/core";
import type { NearbyPeer } from "./api.ts";

/** `nameOf`: what we call a contact; `undefined` for everybody else. */
export const nearbyViews = (
  core: Pick<CoreEndpoint, "presence" | "stateOf">,
  nameOf: (peer: PeerId) => string | undefined,
): readonly NearbyPeer[] =>
  core.presence.nearby.map(({ key, peer, name, addresses, seenAt }) => {
    const known = peer === undefined ? undefined : nameOf(peer);
    const shown = known ?? name;
    return {
      key,
      ...(peer !== undefined && { peer }),
      ...(shown !== undefined && { name: shown }),
      isContact: known !== undefined,
      hints: addresses,
      session: peer === undefined ? "none" : core.stateOf(peer),
      seenAt,
    };
  });
