/** Who is on this network and neither known nor blocked. */
import type { NearbyPeer } from "@kith/sdk";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useObservable } from "../../store/use-observable.ts";

export function useStrangers(): readonly NearbyPeer[] {
  const { nearby, trust } = useEndpoint();
  const blocked = useObservable(trust.blocked);
  return useObservable(nearby).filter(
    ({ isContact, peer }) => !isContact && (peer === undefined || !blocked.includes(peer)),
  );
}
