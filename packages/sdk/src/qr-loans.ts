/**
 * Relays that QR codes name, while we pair by them: given back when the pairing is over, and kept where it led over one,
 * for there the two meet from then on.
 *
 * @module
 */
import type { PairingView } from "./api.ts";
import type { LinkRelays } from "./link-relays.ts";
import type { SessionHandle } from "./session-handle.ts";

type GiveBack = ReturnType<LinkRelays["begin"]>;

export class QrLoans {
  readonly #loans = new Map<string, { readonly giveBack: GiveBack; readonly session: SessionHandle }>(); // by pairing

  begin(pairing: string, giveBack: GiveBack, session: SessionHandle): void {
    this.#loans.set(pairing, { giveBack, session });
  }

  /** Takes the pairings as they are now. */
  settle(pairings: readonly PairingView[]): void {
    for (const [id, { giveBack, session }] of this.#loans) {
      const step = pairings.find((each) => each.id === id)?.step.at ?? "failed";
      if (step !== "done" && step !== "failed") continue;
      this.#loans.delete(id);
      void giveBack(step === "done" && session.path.get()?.kind === "relayed");
    }
  }
}
