/** The app's model, for the views that change where it stands. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Kith } from "./kith.ts";

export const KithContext: ReturnType<typeof createContext<Kith | undefined>> = createContext<Kith | undefined>(
  undefined,
);

export function useKith(): Kith {
  const kith = useContext(KithContext);
  if (kith === undefined) throw new Error("No app around this view");
  return kith;
}
