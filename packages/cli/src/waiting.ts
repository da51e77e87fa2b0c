/**
 * Waiting for a state to become what one wants, or for the person to lose patience.
 *
 * @module
 */
import type { Observable } from "@kith/sdk";

/** Something whose state can be looked at, and that says when to look again. */
export type Watched = Pick<Observable<unknown>, "subscribe">;

/**
 * Looks now and after each change of `watched` until `look` gives something.
 * `undefined` after `timeoutMs`, if given; rejects with the signal's reason.
 */
export function until<T>(
  watched: Watched | readonly Watched[],
  look: () => T | undefined,
  options: { readonly signal: AbortSignal; readonly timeoutMs?: number },
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    if (options.signal.aborted) return reject(options.signal.reason);
    const finish = (settle: () => void): void => {
      for (const stop of stops) stop();
      options.signal.removeEventListener("abort", onAbort);
      clearTimeout(timer);
      settle();
    };
    const check = (): void => {
      try {
        const found = look();
        if (found !== undefined) finish(() => resolve(found));
      } catch (error) {
        finish(() => reject(error));
      }
    };
    const onAbort = (): void => finish(() => reject(options.signal.reason));
    options.signal.addEventListener("abort", onAbort);
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => finish(() => resolve(undefined)), options.timeoutMs);
    const stops = [watched].flat().map((one) => one.subscribe(check));
    check();
  });
}

/** Calls `look` now and after each change, until the signal aborts; then returns. */
export function follow(watched: readonly Watched[], look: () => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    look();
    const stops = watched.map((one) => one.subscribe(look));
    const onAbort = (): void => {
      for (const stop of stops) stop();
      resolve();
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** Resolves after `milliseconds`, or as soon as the signal aborts; then it rejects. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** The same items, listened for from now on: an async generator alone begins when its first item is asked for. */
export function startReading<T>(items: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  const first = iterator.next();
  first.catch(() => undefined); // whoever iterates is told
  return {
    async *[Symbol.asyncIterator](): AsyncGenerator<T> {
      try {
        for (let next = await first; next.done !== true; next = await iterator.next()) yield next.value;
      } finally {
        await iterator.return?.();
      }
    },
  };
}
