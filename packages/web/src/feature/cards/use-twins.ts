/** Who else may be the person of an entry. */
import type { CardEntryView, CardTwin } from "@kith/sdk";
import { useEffect, useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useObservable } from "../../store/use-observable.ts";

export function useTwins({ id }: CardEntryView): readonly CardTwin[] {
  const cards = useCards();
  const all = useObservable(cards.received);
  const [twins, setTwins] = useState<readonly CardTwin[]>(NOBODY);
  useEffect(() => {
    let isHere = true;
    cards.twins(id).then(
      (next) => isHere && setTwins(next),
      () => isHere && setTwins(NOBODY), // it was forgotten meanwhile
    );
    return () => {
      isHere = false;
    };
  }, [all, id]);
  return twins;
}

const NOBODY: readonly CardTwin[] = [];
