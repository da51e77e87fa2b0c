/**
 * What happened to one share, as those who called saw it, and whether that can be: a history that is checked.
 *
 * Every call has a place where it began and one where its answer was there; of a call whose answer was lost nothing is
 * known but that it began. What holds of any order that these places allow is demanded, nothing else.
 */
import assert from "node:assert/strict";

export type ShareOutcome = "kept" | "given" | "ended" | "unknown" | "lost";

interface Event {
  readonly what: "put" | "take" | "end";
  readonly began: number;
  readonly done: number;
  readonly outcome: ShareOutcome;
}

export class ShareHistory {
  readonly #events: Event[] = [];
  #place = 0;

  /** `call` rejects: its answer was lost. */
  async record(what: Event["what"], call: () => Promise<ShareOutcome>): Promise<ShareOutcome> {
    this.#place += 1;
    const began = this.#place;
    const outcome = await call().catch((): ShareOutcome => "lost");
    this.#place += 1;
    // One that was lost may have been done at any time since.
    this.#events.push({ what, began, done: outcome === "lost" ? Number.POSITIVE_INFINITY : this.#place, outcome });
    return outcome;
  }

  count(outcome: ShareOutcome): number {
    return this.#takes.filter((take) => take.outcome === outcome).length;
  }

  get #takes(): Event[] {
    return this.#events.filter(({ what }) => what === "take");
  }

  /** `uses`: how often it may be taken. @throws where no order of these calls explains the answers */
  check(uses: number): void {
    const given = this.count("given");
    assert.ok(given <= uses, `given ${given} times, allowed ${uses}`);
    const kept = Math.min(...this.#events.filter(({ outcome }) => outcome === "kept").map(({ done }) => done));
    const over = Math.min(...this.#events.filter(({ outcome }) => outcome === "ended").map(({ done }) => done));
    for (const take of this.#takes) {
      assert.ok(take.outcome !== "unknown" || take.began < kept, "it was kept, and is forgotten");
      assert.ok(take.outcome !== "given" || take.began < over, "given after it had ended");
      if (take.outcome !== "ended") continue;
      const used = this.#takes.filter(({ began, outcome }) => began < take.done && ["given", "lost"].includes(outcome));
      const isEnded = this.#events.some(({ what, began }) => what === "end" && began < take.done);
      assert.ok(isEnded || used.length >= uses, `ended after ${used.length} of ${uses} uses`);
    }
  }
}
