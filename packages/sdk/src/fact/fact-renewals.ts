/**
 * Renews what is due while its issuer is there anyway (spec/credential.md §5): nobody is called for it. What is refused, or
 * changed, stays as it is, to be seen where a person looks.
 *
 * @module
 */
import { after, hours, type Instant, type PeerId } from "@kith/core";
import type { FactsGround } from "./fact-ground.ts";

/** Until an issuer who did not renew is asked again. */
const RETRY = hours(1);

export interface RenewalTasks {
  /** Issuers of what is due now. */
  readonly due: () => readonly PeerId[];
  readonly renew: (issuer: PeerId) => Promise<unknown>;
}

export class FactRenewals {
  readonly #ground: Pick<FactsGround, "clock" | "sessions">;
  readonly #tasks: RenewalTasks;
  readonly #askedAt = new Map<PeerId, Instant>(); // of those that are due and there
  readonly #going = new Set<PeerId>();
  readonly #stop: () => void;
  #cancelTimer: () => void = () => {};
  #isOver = false;

  constructor(ground: Pick<FactsGround, "clock" | "sessions">, tasks: RenewalTasks) {
    [this.#ground, this.#tasks] = [ground, tasks];
    this.#stop = ground.sessions.subscribe(() => this.look());
  }

  /** Something may be due. */
  look(): void {
    if (this.#isOver) return; // what ended with the endpoint may still be told
    const { clock, sessions } = this.#ground;
    const [now, due] = [clock.now(), this.#tasks.due()];
    const there = due.filter((issuer) => sessions.get().some(({ peer }) => peer === issuer));
    for (const issuer of this.#askedAt.keys()) if (!there.includes(issuer)) this.#askedAt.delete(issuer);
    for (const issuer of there) {
      const asked = this.#askedAt.get(issuer);
      if (this.#going.has(issuer) || (asked !== undefined && now < after(asked, RETRY))) continue;
      this.#askedAt.set(issuer, now);
      this.#going.add(issuer);
      // What fails is asked again in an hour, and shown as due until then.
      this.#tasks
        .renew(issuer)
        .catch(() => {})
        .finally(() => this.#going.delete(issuer));
    }
    this.#cancelTimer();
    this.#cancelTimer = there.length === 0 ? () => {} : clock.schedule(RETRY, () => this.look());
  }

  end(): void {
    this.#isOver = true;
    this.#stop();
    this.#cancelTimer();
  }
}
