/**
 * The present state of something, for a view. `subscribe` carries no data, so nothing can be
 * missed: whoever is told asks {@link Observable.get}.
 *
 * @module
 */
export interface Observable<T> {
  get(): T;
  /** Calls `changed` after each change, at most once a turn of the event loop; returns how to stop it. */
  subscribe(changed: () => void): () => void;
}

/** An {@link Observable} whose owner sets it. */
export class Subject<T> implements Observable<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();
  #isTold = true;

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    if (!this.#isTold) return;
    this.#isTold = false;
    queueMicrotask(() => {
      this.#isTold = true;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }
}
