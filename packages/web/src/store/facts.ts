/** Attested facts: what the endpoint has of them, once it was loaded. */
import type { Facts } from "@kith/sdk";
import { useEffect, useState } from "preact/hooks";
import { useEndpoint } from "./endpoint-context.ts";

export const useFacts = (): Facts => useEndpoint().facts;

/** Whether what is kept is here. @throws what opening throws */
export function useOpenFacts(): boolean {
  const facts = useFacts();
  const [state, setState] = useState<{ readonly failed?: unknown }>();
  useEffect(() => {
    void facts.open().then(
      () => setState({}),
      (failed: unknown) => setState({ failed }),
    );
  }, [facts]);
  if (state?.failed !== undefined) throw state.failed;
  return state !== undefined;
}
