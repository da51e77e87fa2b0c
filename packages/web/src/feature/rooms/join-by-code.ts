/**
 * A code that a member shows leads to an invitation, and that into the room.
 *
 * @module
 */
import { type Endpoint, EndpointError, type JoinCodeFailure, type JoinCodeStep } from "@kith/sdk";

/** What can be no link is tried as a code: `7-acorn-canyon`. */
export const isCode = (ticket: string): boolean => /^\s*\d{1,4}[-\s]/.test(ticket);

/** Says which way the code failed; the words are the view's. */
export class CodeFailed extends Error {
  readonly reason: JoinCodeFailure;

  constructor(reason: JoinCodeFailure) {
    super(reason);
    this.reason = reason;
  }
}

/** Resolves with an invitation link. @throws {CodeFailed} @throws {EndpointError} */
export async function invitationBy({ joinCodes }: Endpoint, code: string, signal: AbortSignal): Promise<string> {
  const id = await joinCodes.join(code, { signal });
  const giveUp = (): void => void joinCodes.cancel(id);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    const step = await ended(joinCodes, id);
    if (step.at === "failed") throw new CodeFailed(step.reason);
    if (step.invitation === undefined) throw new EndpointError("ERR_TICKET", "Cannot join: the code leads to no room");
    return step.invitation;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

type Ended = Extract<JoinCodeStep, { at: "done" | "failed" }>;

function ended({ all }: Endpoint["joinCodes"], id: string): Promise<Ended> {
  return new Promise((resolve) => {
    const look = (): void => {
      const step = all.get().find((view) => view.id === id)?.step;
      if (step?.at !== "done" && step?.at !== "failed") return;
      stop();
      resolve(step);
    };
    const stop = all.subscribe(look);
    look();
  });
}
