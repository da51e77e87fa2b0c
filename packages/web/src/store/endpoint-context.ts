/** What runs once one is in, for the views below the one that has it: the endpoint, its files, its documents. */
import type { WebEndpoint } from "@kith/sdk/web";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Running } from "./kith.ts";

export const RunningContext = createContext<Running | undefined>(undefined);

export function useRunning(): Running {
  const running = useContext(RunningContext);
  if (running === undefined) throw new Error("Nothing runs: this view belongs below the shell");
  return running;
}

export const useEndpoint = (): WebEndpoint => useRunning().endpoint;
