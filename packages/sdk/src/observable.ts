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
  #make: (() => T) | undefined; // of a value that nobody has asked for yet
  readonly #listeners = new Set<() => void>();
  #isTold = true;

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    const make = this.#make;
    if (make !== undefined) {
      this.#make = undefined;
      this.#value = make();
    }
    return this.#value;
  }

  set(value: T): void {
    this.#make = undefined;
    this.#value = value;
    this.#tell();
  }

  /** As {@link set}, but the value is made when somebody asks for it, once. */
  setLater(make: () => T): void {
    this.#make = make;
    this.#tell();
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  #tell(): void {
    if (!this.#isTold) return;
    this.#isTold = false;
    queueMicrotask(() => {
      this.#isTold = true;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}
