/**
 * A part of an endpoint that begins when it is first needed: its code is fetched and its store read then, once, and what
 * came before is handed over. What fails is tried again by whoever asks next.
 *
 * @module
 */
import { endpointClosed } from "./endpoint-error.ts";

/** Channels that came before the code: as many as may be under way at most. */
const EARLY_MAX = 16;

export interface LateHandleOptions<Handle, Early> {
  /** Fetches the code; what it gives begins the part. */
  readonly load: () => Promise<() => Promise<Handle>>;
  /** False: it takes no more. */
  readonly take: (handle: Handle, early: Early) => boolean;
  readonly refuse: (early: Early) => void;
}

export class LateHandle<Handle extends { end(): void }, Early> {
  readonly #options: LateHandleOptions<Handle, Early>;
  readonly #early: Early[] = [];
  #beginning: Promise<Handle> | undefined;
  #handle: Handle | undefined;
  #isOver = false;

  constructor(options: LateHandleOptions<Handle, Early>) {
    this.#options = options;
  }

  /** @throws {EndpointError} `ERR_PART`: its code did not come; `ERR_CLOSED`, and what reading its store throws */
  begun(): Promise<Handle> {
    this.#beginning ??= this.#begin().catch((error: unknown) => {
      this.#beginning = undefined;
      throw error;
    });
    return this.#beginning;
  }

  /** What a peer began; false: too many wait. */
  take(early: Early): boolean {
    const { take, refuse } = this.#options;
    if (this.#handle !== undefined) return take(this.#handle, early);
    if (this.#early.length >= EARLY_MAX) return false;
    this.#early.push(early);
    this.begun().catch(() => {
      for (const each of this.#early.splice(0)) refuse(each); // code or store did not come: they may try again
    });
    return true;
  }

  end(): void {
    this.#isOver = true;
    this.#handle?.end();
  }

  async #begin(): Promise<Handle> {
    const { load, take, refuse } = this.#options;
    const begin = await load();
    if (this.#isOver) throw endpointClosed();
    const handle = await begin();
    if (this.#isOver) {
      handle.end();
      throw endpointClosed();
    }
    this.#handle = handle;
    for (const each of this.#early.splice(0)) if (!take(handle, each)) refuse(each);
    return handle;
  }
}
