/**
 * Bytes that must not be printed, serialised or compared by accident. They live in a private map,
 * so no logger, inspector or JSON finds a property to show.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";

export class Secret {
  static readonly #bytes = new WeakMap<Secret, Uint8Array>();

  /** Takes ownership of `bytes`: the caller must not keep them. */
  constructor(bytes: Uint8Array) {
    Secret.#bytes.set(this, bytes);
  }

  /** The bytes themselves, not a copy. Never store or log them. */
  reveal(): Uint8Array {
    const bytes = Secret.#bytes.get(this);
    assert(bytes !== undefined, "secret was wiped");
    return bytes;
  }

  get isWiped(): boolean {
    return !Secret.#bytes.has(this);
  }

  /** Overwrites the bytes. A second call does nothing. */
  wipe(): void {
    Secret.#bytes.get(this)?.fill(0);
    Secret.#bytes.delete(this);
  }

  toString(): string {
    return "<secret>";
  }

  toJSON(): string {
    return "<secret>";
  }
}
