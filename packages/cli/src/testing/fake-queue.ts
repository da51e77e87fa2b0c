/** A stream of events for tests: whoever watches gets what is pushed from then on. */
export class FakeQueue<T> {
  readonly #readers = new Set<(item: T) => void>();

  push(item: T): void {
    for (const reader of [...this.#readers]) reader(item);
  }

  /** Starts listening at once, not at the first `next()`: nothing pushed after this call is missed. */
  watch(signal?: AbortSignal): AsyncGenerator<T> {
    const items: T[] = [];
    let wake = Promise.withResolvers<void>();
    const reader = (item: T): void => {
      items.push(item);
      wake.resolve();
    };
    this.#readers.add(reader);
    signal?.addEventListener("abort", () => wake.resolve(), { once: true });
    const readers = this.#readers;
    return (async function* (): AsyncGenerator<T> {
      try {
        for (;;) {
          signal?.throwIfAborted();
          const item = items.shift();
          if (item !== undefined) yield item;
          else {
            await wake.promise;
            wake = Promise.withResolvers<void>();
          }
        }
      } finally {
        readers.delete(reader);
      }
    })();
  }
}
