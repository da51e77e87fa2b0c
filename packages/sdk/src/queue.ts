/**
 * From callbacks to `for await`: a bounded queue with one consumer. The bound is kept by the
 * producer, who is told when it is reached and when there is room again; nothing is dropped here.
 *
 * @module
 */
export interface QueueOptions<T> {
  /** Weight at which the queue counts as full. It may be exceeded by what the producer had in hand. */
  readonly max: number;
  /** Weight of an item: 1 unless told. */
  readonly weight?: (item: T) => number;
  /** Called when a full queue has fallen to half of `max`: the producer may go on. */
  readonly onRoom?: () => void;
}

export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #options: QueueOptions<T>;
  #items: (T | undefined)[] = []; // taken ones are let go at once: each may hold a record of 64 KiB
  #first = 0; // index of the oldest item: shifting an array of thousands is not free
  #weight = 0;
  #wasFull = false;
  #hasConsumer = false;
  #end: { readonly error: unknown } | "done" | undefined;
  #wake: (() => void) | undefined;

  constructor(options: QueueOptions<T>) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#weight >= this.#options.max;
  }

  get size(): number {
    return this.#items.length - this.#first;
  }

  /** Adds `item`; false says that the queue is full now: stop until `onRoom`. Ignored after the end. */
  push(item: T): boolean {
    if (this.#end !== undefined) return true;
    this.#items.push(item);
    this.#weight += this.#options.weight?.(item) ?? 1;
    this.#rouse();
    if (!this.isFull) return true;
    this.#wasFull = true;
    return false;
  }

  /** No more will come; what is queued is still delivered. */
  end(): void {
    this.#end ??= "done";
    this.#rouse();
  }

  /** As {@link end}, and then the iteration throws `error`. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#rouse();
  }

  /** The oldest item now, without waiting. */
  take(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.#first === this.#items.length) {
      this.#items = [];
      this.#first = 0;
    } else if (this.#first > 1_024 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    if (item === undefined) return undefined;
    this.#weight -= this.#options.weight?.(item) ?? 1;
    if (this.#wasFull && this.#weight * 2 <= this.#options.max) {
      this.#wasFull = false;
      this.#options.onRoom?.();
    }
    return item;
  }

  /** Leaving the loop early drops what is queued and ends the queue. One consumer in its life. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    if (this.#hasConsumer) throw new TypeError("Cannot iterate a queue twice");
    this.#hasConsumer = true;
    try {
      for (;;) {
        while (this.size > 0) {
          const item = this.take();
          if (item !== undefined) yield item;
        }
        if (this.#end === "done") return;
        if (this.#end !== undefined) throw this.#end.error;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.#end ??= "done";
      this.#items = [];
      this.#first = this.#weight = 0;
      if (this.#wasFull) this.#options.onRoom?.();
    }
  }

  #rouse(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
