/**
 * Buffers for bytes that wait to be sent, shared by the channels of one session. The slab given back last is
 * taken first: it is still in the processor's cache.
 *
 * @module
 */

/** Size of a slab. Slabs begin at multiples of it in their stream, so an offset names its slab. */
export const SLAB_BYTES = 65_536;

/** Slabs kept for later; the rest is left to the garbage collector. */
const SPARE_SLABS_MAX = 16;

export class SlabPool {
  readonly #spare: Uint8Array[] = [];

  /** A slab with arbitrary contents, {@link SLAB_BYTES} long. */
  take(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(SLAB_BYTES);
  }

  give(slab: Uint8Array): void {
    if (this.#spare.length < SPARE_SLABS_MAX) this.#spare.push(slab);
  }
}
