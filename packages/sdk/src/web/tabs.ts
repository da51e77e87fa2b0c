/**
 * Of the tabs of one identity one leads, and holds the endpoint; the others follow, and take over in the order in which they
 * came when it goes. By Web Locks: the browser lets go of a lock when its tab ends, however it ends.
 *
 * @module
 */
import { type Observable, Subject } from "../observable.ts";

export interface Tabs extends AsyncDisposable {
  /** `asking` for a moment at first. A leader becomes a follower when another tab takes the lead: close the endpoint then. */
  readonly place: Observable<"asking" | "leading" | "following">;
  /** Fulfils when this tab leads; at once if it does. Rejects when it has left. */
  lead(): Promise<void>;
  /** Takes the lead from the tab that has it, as when a person says "use it here"; one that does not answer is not waited for long. */
  take(): void;
  /** Neither leads nor waits any more. */
  leave(): Promise<void>;
}

export interface TabsOptions {
  /** Of the home; `kith` unless told. */
  readonly name?: string;
  /**
   * Another tab takes the lead: what runs here must have ended, and what it keeps be written, when this fulfils. A tab
   * that began before would know less than the store. Not called where the lead is lost without a word.
   */
  readonly beforeGiving?: () => Promise<void>;
}

/** A tab that is frozen or hangs does not answer; how long closing takes in one that does. */
const GIVING_TIME_MAX_MS = 5_000;

/**
 * Joins the tabs that use a home. Where there are no locks, for want of a secure context, nothing is
 * shared either: each tab leads.
 */
export const joinTabs = (options: TabsOptions = {}): Tabs => new LockedTabs(options);

/** How many other tabs follow. */
export async function tabsWaiting(name = "kith"): Promise<number> {
  const { pending = [] } = (await globalThis.navigator.locks?.query()) ?? {};
  return pending.filter((lock) => lock.name === lockOf(name)).length;
}

type Word = "give" | "given";

const lockOf = (name: string): string => `kith/${name}`;

class LockedTabs implements Tabs {
  readonly place: Subject<"asking" | "leading" | "following"> = new Subject<"asking" | "leading" | "following">(
    "asking",
  );
  readonly #lock: string;
  readonly #left: AbortController = new AbortController();
  /** Ends our waiting for our turn. */
  #turn: AbortController | undefined;
  #letGo: () => void = () => {};
  #held: Promise<void> = Promise.resolve();
  readonly #beforeGiving: () => Promise<void>;
  /** Between the tabs of this home; closed when the tab leaves. */
  readonly #others: BroadcastChannel;

  constructor({ name = "kith", beforeGiving = async () => {} }: TabsOptions) {
    [this.#lock, this.#beforeGiving] = [lockOf(name), beforeGiving];
    this.#others = new BroadcastChannel(this.#lock);
    this.#others.addEventListener("message", ({ data }: MessageEvent<Word>) => {
      if (data === "give" && this.place.get() === "leading") void this.#give();
    });
    if (globalThis.navigator.locks === undefined) this.place.set("leading");
    else this.#ask({ ifAvailable: true });
  }

  lead(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = this.#left;
      const stop = this.place.subscribe(() => check());
      const check = (): void => {
        if (this.place.get() !== "leading" && !signal.aborted) return;
        stop();
        signal.removeEventListener("abort", check);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      signal.addEventListener("abort", check);
      check();
    });
  }

  take(): void {
    if (this.place.get() !== "following" || this.#turn?.signal.aborted !== false) return;
    this.#turn.abort();
    const { promise, resolve } = Promise.withResolvers<void>();
    const heard = ({ data }: MessageEvent<Word>): void => {
      if (data === "given") resolve();
    };
    const patience = setTimeout(resolve, GIVING_TIME_MAX_MS);
    this.#others.addEventListener("message", heard);
    this.#others.postMessage("give" satisfies Word);
    void promise.then(() => {
      clearTimeout(patience);
      this.#others.removeEventListener("message", heard);
      if (!this.#left.signal.aborted) this.#ask({ steal: true });
    });
  }

  async leave(): Promise<void> {
    this.#left.abort(new DOMException("The tab has left", "AbortError"));
    this.#letGo();
    this.place.set("following");
    await this.#held;
    this.#others.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  /** The lock is taken by whoever asked. If it is not, that tab is gone, and we lead no more than the next one. */
  async #give(): Promise<void> {
    const held = this.#held;
    await this.#beforeGiving();
    this.#others.postMessage("given" satisfies Word);
    await new Promise((resolve) => setTimeout(resolve, GIVING_TIME_MAX_MS));
    if (held !== this.#held || this.place.get() !== "leading") return;
    this.#letGo();
    this.#follow();
  }

  #follow(): void {
    if (this.#left.signal.aborted) return;
    this.#turn = new AbortController();
    this.place.set("following");
    this.#ask({ signal: AbortSignal.any([this.#turn.signal, this.#left.signal]) });
  }

  #ask(options: LockOptions): void {
    navigator.locks
      .request(this.#lock, options, (lock) => {
        if (this.#left.signal.aborted) return undefined;
        return lock === null ? this.#follow() : this.#hold();
      })
      .catch(() => {
        // Taken by another tab; or it was we who do not ask any more.
        if (this.place.get() !== "leading" || options.signal?.aborted) return;
        this.#letGo();
        this.#follow();
      });
  }

  #hold(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    [this.#held, this.#letGo] = [promise, resolve];
    this.place.set("leading");
    return promise;
  }
}
