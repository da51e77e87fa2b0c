/**
 * A small number for each member of a room, so that a map of a thousand is arrays of numbers, and a PeerId that
 * arrives as bytes is found without making a text of it. Open addressing; as large as the roster.
 *
 * @module
 */
import { PEER_ID_BYTES, type PeerId, peerIdToBytes } from "../identity/peer-id.ts";

/** Says that there is no such member. */
export const NO_SLOT = -1;

const LAST_WORD = PEER_ID_BYTES - 4;

export interface RosterChange {
  readonly added: readonly number[];
  /** Their numbers are free, and may be those of added ones. */
  readonly removed: readonly { readonly slot: number; readonly peer: PeerId }[];
}

export class MemberSlots {
  #peers: (PeerId | undefined)[] = [];
  #ids = new Uint8Array(0);
  #table = new Int32Array(0);
  #size = 0;

  /** Members. */
  get size(): number {
    return this.#size;
  }

  /** All numbers in use are below it. */
  get capacity(): number {
    return this.#peers.length;
  }

  peerOf(slot: number): PeerId | undefined {
    return this.#peers[slot];
  }

  slotOf(peer: PeerId): number {
    const mask = this.#table.length - 1;
    if (mask < 0) return NO_SLOT;
    const hash = mixed(Number.parseInt(peer.slice(0, 8), 16), Number.parseInt(peer.slice(-8), 16));
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = this.#table[at] ?? NO_SLOT;
      if (slot === NO_SLOT || this.#peers[slot] === peer) return slot;
    }
  }

  /** As {@link slotOf}, of the 32 bytes of `bytes` from `offset` on. */
  slotAt(bytes: Uint8Array, offset: number): number {
    const mask = this.#table.length - 1;
    if (mask < 0) return NO_SLOT;
    const hash = mixed(wordAt(bytes, offset), wordAt(bytes, offset + LAST_WORD));
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = this.#table[at] ?? NO_SLOT;
      if (slot === NO_SLOT || this.#isAt(slot, bytes, offset)) return slot;
    }
  }

  /** Order of the member in `slot` and the 32 bytes of `bytes` from `offset` on: negative, 0 or positive. */
  compareAt(slot: number, bytes: Uint8Array, offset: number): number {
    const start = slot * PEER_ID_BYTES;
    for (let i = 0; i < PEER_ID_BYTES; i++) {
      const difference = (this.#ids[start + i] ?? 0) - (bytes[offset + i] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** Members that stay keep their numbers. */
  replace(members: Iterable<PeerId>): RosterChange {
    const wanted = new Set(members);
    const removed: { slot: number; peer: PeerId }[] = [];
    const free: number[] = [];
    for (let slot = this.#peers.length - 1; slot >= 0; slot--) {
      const peer = this.#peers[slot];
      if (peer !== undefined && wanted.delete(peer)) continue;
      if (peer !== undefined) removed.push({ slot, peer });
      this.#peers[slot] = undefined;
      free.push(slot);
    }
    const added: number[] = [];
    for (const peer of wanted) {
      const slot = free.pop() ?? this.#peers.length;
      this.#peers[slot] = peer;
      added.push(slot);
    }
    this.#size += added.length - removed.length;
    this.#index(added);
    return { added, removed };
  }

  #index(added: readonly number[]): void {
    const ids = new Uint8Array(this.#peers.length * PEER_ID_BYTES);
    ids.set(this.#ids.subarray(0, ids.length));
    this.#ids = ids;
    for (const slot of added) {
      const peer = this.#peers[slot];
      if (peer !== undefined) ids.set(peerIdToBytes(peer), slot * PEER_ID_BYTES);
    }
    let length = 8;
    while (length < 2 * this.#size) length *= 2;
    this.#table = new Int32Array(length).fill(NO_SLOT);
    for (const [slot, peer] of this.#peers.entries()) {
      if (peer === undefined) continue;
      const offset = slot * PEER_ID_BYTES;
      let at = mixed(wordAt(ids, offset), wordAt(ids, offset + LAST_WORD)) & (length - 1);
      while (this.#table[at] !== NO_SLOT) at = (at + 1) & (length - 1);
      this.#table[at] = slot;
    }
  }

  #isAt(slot: number, bytes: Uint8Array, offset: number): boolean {
    const start = slot * PEER_ID_BYTES;
    for (let i = 0; i < PEER_ID_BYTES; i++) if (this.#ids[start + i] !== bytes[offset + i]) return false;
    return true;
  }
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);

/** Keys of members are signatures' keys: nobody chooses many that collide and has them all admitted. */
const mixed = (first: number, last: number): number => Math.imul(first ^ Math.imul(last, 0x9e3779b1), 0x85ebca6b) >>> 7;
