/** Contact cards: what the endpoint has of them, once it was loaded; and photos, by the hash that a card names. */
import type { CardField, Cards } from "@kith/sdk";
import { useEffect, useState } from "preact/hooks";
import { useEndpoint } from "./endpoint-context.ts";

export const useCards = (): Cards => useEndpoint().cards;

/** Whether what is kept is here. @throws what opening throws */
export function useOpenCards(): boolean {
  const cards = useCards();
  const [state, setState] = useState<{ readonly failed?: unknown }>();
  useEffect(() => {
    void cards.open().then(
      () => setState({}),
      (failed: unknown) => setState({ failed }),
    );
  }, [cards]);
  if (state?.failed !== undefined) throw state.failed;
  return state !== undefined;
}

/** Of the photo among `fields`; `undefined` where there is none, or it is not here. */
export function useCardPhoto(fields: readonly CardField[]): Uint8Array | undefined {
  const cards = useCards();
  const [bytes, setBytes] = useState<Uint8Array>();
  const hash = fields.find((field) => field.kind === "photo")?.hash;
  useEffect(() => {
    let isHere = true;
    setBytes(undefined);
    if (hash !== undefined) void cards.photo(hash).then((found) => isHere && setBytes(found));
    return () => {
      isHere = false;
    };
  }, [hash]);
  return bytes;
}
