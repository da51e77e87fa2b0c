/** Waiting, in tests, for what comes: without a clock, so that a slow machine changes nothing. */
import type { Observable } from "../observable.ts";

/** The first thing that `find` sees in an observable, now or later. */
export async function until<T, U>(observable: Observable<T>, find: (value: T) => U | undefined): Promise<U> {
  for (;;) {
    const found = find(observable.get());
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => {
      const stop = observable.subscribe(() => {
        stop();
        resolve();
      });
    });
  }
}

/** The first thing that comes. */
export async function first<T>(things: AsyncIterable<T>): Promise<T> {
  for await (const thing of things) return thing;
  throw new Error("nothing came");
}
