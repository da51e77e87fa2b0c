/**
 * Whether the one session of a one-time endpoint has a link, and what happens while it has none: whoever came by
 * the mailbox goes there again, until that is pointless.
 *
 * @module
 */
import { type Duration, type PeerId, seconds } from "@kith/core";
import type { Endpoint } from "./api.ts";
import type { Clock } from "./clock.ts";

const REDIAL_EVERY: Duration = seconds(2);
/** Nobody is found again under a one-time identity: without a link for so long it is over. */
const LINKLESS_MAX: Duration = seconds(60);
/** Who has the last word lets the other one leave first, so that it hears that. */
const GOODBYE_MAX: Duration = seconds(5);

export interface LinkWatchOptions {
  readonly endpoint: Pick<Endpoint, "openSessions" | "connect">;
  readonly clock: Clock;
  /** Where to go again, and to whom; `undefined`: the other one comes. */
  readonly target: () => { readonly hint: string; readonly peer: PeerId } | undefined;
  readonly lost: () => void;
}

export class LinkWatch {
  readonly #options: LinkWatchOptions;
  readonly #stop: () => void;
  #hadSession = false;
  #cancel: (() => void) | undefined;

  constructor(options: LinkWatchOptions) {
    this.#options = options;
    this.#stop = options.endpoint.openSessions.subscribe(() => this.#look());
  }

  stop(): void {
    this.#stop();
    this.#cancel?.();
  }

  get isLinked(): boolean {
    return this.#options.endpoint.openSessions.get().some(({ path }) => path !== undefined);
  }

  /** Resolves when the other one has ended the session, or is too slow. */
  ended(max: Duration = GOODBYE_MAX): Promise<void> {
    const { endpoint, clock } = this.#options;
    return new Promise((resolve) => {
      const finish = (): void => {
        stop();
        cancel();
        resolve();
      };
      const look = (): void => {
        if (endpoint.openSessions.get().length === 0) finish();
      };
      const stop = endpoint.openSessions.subscribe(look);
      const cancel = clock.schedule(max, finish);
      look();
    });
  }

  #look(): void {
    const { endpoint, clock } = this.#options;
    this.#hadSession ||= endpoint.openSessions.get().length > 0;
    if (this.isLinked || !this.#hadSession) {
      this.#cancel?.();
      this.#cancel = undefined;
    } else this.#cancel ??= this.#wait(clock.now() + LINKLESS_MAX);
  }

  #wait(end: number): () => void {
    const { endpoint, clock, target, lost } = this.#options;
    return clock.schedule(REDIAL_EVERY, () => {
      if (clock.now() >= end) return lost();
      this.#cancel = this.#wait(end);
      const to = target();
      if (to !== undefined) void endpoint.connect(to.hint, { expect: to.peer }).catch(() => {});
    });
  }
}
