/** Something that may be refused: the reason is shown beside it. What is no refusal is a fault of ours, and is thrown. */
import { EndpointError } from "@kith/sdk";
import { useState } from "preact/hooks";

export interface Attempts {
  /** Why the last attempt failed, for a person. */
  readonly problem: string | undefined;
  readonly attempt: (work: () => Promise<unknown>) => () => Promise<void>;
}

export function useAttempt(): Attempts {
  const [problem, setProblem] = useState<string>();
  return {
    problem,
    attempt: (work) => async () => {
      setProblem(undefined);
      try {
        await work();
      } catch (error) {
        if (error instanceof DOMException && error.name === "AbortError") return;
        if (!(error instanceof EndpointError)) throw error;
        setProblem(error.message);
      }
    },
  };
}
