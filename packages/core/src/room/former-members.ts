/**
 * By which we recognise those that were members of a room and may not know that they are none: they come back as
 * if nothing had happened, and are told (spec/room-sessions.md §6).
 *
 *     "room/<room id>/former" = (32 B member · 32 B contact key)*, oldest first
 *
 * @module
 */
import { CONTACT_KEY_BYTES } from "../identity/pair-secret.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { FORMER_MEMBERS_MAX } from "../wire/room-key-limits.ts";

export class FormerMembers {
  /** Oldest first. */
  readonly #keys = new Map<PeerId, Uint8Array>();
  #isUnsaved = false;

  /** Contact keys. */
  get keys(): ReadonlyMap<PeerId, Uint8Array> {
    return this.#keys;
  }

  /** When full, the one that went longest ago is forgotten. */
  add(peer: PeerId, contactKey: Uint8Array): void {
    const known = this.#keys.get(peer);
    if (known !== undefined && bytesEqual(known, contactKey)) return;
    this.#keys.delete(peer);
    this.#keys.set(peer, contactKey.slice());
    this.#isUnsaved = true;
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > FORMER_MEMBERS_MAX && oldest !== undefined) this.#keys.delete(oldest);
  }

  /** Whether it was there. */
  delete(peer: PeerId): boolean {
    const isKnown = this.#keys.delete(peer);
    if (isKnown) this.#isUnsaved = true;
    return isKnown;
  }

  clear(): void {
    for (const peer of [...this.#keys.keys()]) this.delete(peer);
  }

  /** @throws {WireError} on anything that {@link takeUnsaved} does not make. */
  restore(bytes: Uint8Array): void {
    const reader = new Reader(bytes);
    while (reader.left > 0) {
      const peer = peerIdFromBytes(reader.bytes(32));
      if (this.#keys.has(peer) || this.#keys.size >= FORMER_MEMBERS_MAX)
        throw new WireError("ERR_VALUE", "former members: twice, or too many");
      this.#keys.set(peer, reader.bytes(CONTACT_KEY_BYTES).slice());
    }
  }

  /** Whether it is another than at the last call; `bytes`: to be kept, `undefined` where nothing is. */
  takeUnsaved(): { readonly bytes: Uint8Array | undefined } | undefined {
    if (!this.#isUnsaved) return undefined;
    this.#isUnsaved = false;
    if (this.#keys.size === 0) return { bytes: undefined };
    const writer = new Writer(64 * this.#keys.size);
    for (const [peer, key] of this.#keys) writer.bytes(peerIdToBytes(peer)).bytes(key);
    return { bytes: writer.finish() };
  }
}
