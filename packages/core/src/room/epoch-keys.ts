/**
 * The keys of one epoch, one for each generation: hashed forward on every admission, so that a newcomer, who
 * gets the result, cannot read what was sent before (spec/room-keys.md §4).
 *
 *     key(n+1) = HKDF(key(n), room, "kith/1 room generation", 32)
 *     check    = HKDF(key(256), room, "kith/1 room epoch check", 32)
 *
 * No generation but the last is ever used to make the check, and the last is used for nothing else: whoever holds
 * any key of the chain can tell that it is the right one, whoever gave it.
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { assert } from "../lib/assert.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { EPOCH_GENERATIONS_MAX } from "../wire/room-key-limits.ts";
import { type RoomId, roomIdToBytes } from "./room-id.ts";

export class EpochKeys {
  readonly #provider: CryptoProvider;
  readonly #room: Uint8Array;
  /** From `#floor` on, without holes, as far as was asked for: each is derived once, whatever headers claim. */
  readonly #chain: Secret[];
  #floor: number;

  /** Takes ownership of `key`, which belongs to `generation`. */
  constructor(provider: CryptoProvider, room: RoomId, generation: number, key: Secret) {
    assert(isGeneration(generation), `generation ${generation}`);
    [this.#provider, this.#room, this.#floor, this.#chain] = [provider, roomIdToBytes(room), generation, [key]];
  }

  /** The oldest generation that we can read. */
  get floor(): number {
    return this.#floor;
  }

  /** Not a copy. `undefined`: older than our floor, or no generation that is used. */
  at(generation: number): Secret | undefined {
    return isGeneration(generation) && generation >= this.#floor ? this.#walk(generation) : undefined;
  }

  /** What every holder of the chain finds at its end. */
  check(): Uint8Array {
    const last = this.#walk(EPOCH_GENERATIONS_MAX).reveal();
    return this.#provider.hkdfSha256(last, this.#room, labelBytes(LABEL.roomEpochCheck), 32);
  }

  isThat(check: Uint8Array): boolean {
    return bytesEqual(this.check(), check);
  }

  /** Erases what came before `generation`: from now on nobody who takes our memory reads it. */
  raise(generation: number): void {
    if (generation <= this.#floor || !isGeneration(generation)) return;
    this.#walk(generation);
    for (const old of this.#chain.splice(0, generation - this.#floor)) old.wipe();
    this.#floor = generation;
  }

  wipe(): void {
    for (const key of this.#chain) key.wipe();
  }

  #walk(generation: number): Secret {
    for (let next = this.#chain.length; next <= generation - this.#floor; next++) {
      const before = this.#chain[next - 1];
      assert(before !== undefined, "a chain begins with a key");
      const info = labelBytes(LABEL.roomGeneration);
      this.#chain.push(new Secret(this.#provider.hkdfSha256(before.reveal(), this.#room, info, 32)));
    }
    const key = this.#chain[generation - this.#floor];
    assert(key !== undefined, "the chain reaches so far");
    return key;
  }
}

/** Whether messages may be sealed under it: below the end of the chain. */
export const isGeneration = (generation: number): boolean =>
  Number.isInteger(generation) && generation >= 0 && generation < EPOCH_GENERATIONS_MAX;
