/**
 * Where members of a room can be met: as they say themselves, as they were met, and as both was while they were
 * neighbours before; the last is kept, so that a start finds somebody before anybody has told a list.
 *
 *     room/<room id>/hints/<PeerId> = u8 1 · u8 count · (text hint)*
 *
 * @module
 */
import { type PeerId, parsePeerId } from "../identity/peer-id.ts";
import { Reader } from "../lib/reader.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import type { Instant } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import type { Topology } from "../mesh/topology.ts";
import type { RoomId } from "../room/room-id.ts";
import { HINT_BYTES_MAX, HINTS_PER_KEY_MAX, ROOM_HINTS_KEPT_MAX } from "../wire/limits.ts";
import type { RoomGround } from "./room-ground.ts";

const VERSION = 1;

export interface RoomHintsParts {
  readonly ground: Pick<RoomGround, "hintsOf" | "tell">;
  readonly topology: Pick<Topology, "hintsOf">;
  readonly restored: readonly StoreEntry[];
}

export class RoomHints {
  readonly #prefix: string;
  readonly #hints = new Map<PeerId, readonly string[]>(); // the one met longest ago comes first

  readonly #ground: RoomHintsParts["ground"];
  readonly #topology: RoomHintsParts["topology"];

  /** `restored`: every stored entry; damaged ones and others are left alone. */
  constructor(room: RoomId, parts: RoomHintsParts) {
    const { restored } = parts;
    [this.#ground, this.#topology] = [parts.ground, parts.topology];
    this.#prefix = `room/${room}/hints/`;
    for (const { key, value } of restored) {
      const peer = key.startsWith(this.#prefix) ? parsePeerId(key.slice(this.#prefix.length)) : undefined;
      const hints = peer === undefined ? undefined : read(value);
      if (peer !== undefined && hints !== undefined) this.#hints.set(peer, hints);
    }
  }

  of(peer: PeerId): readonly string[] {
    const told = [...this.#topology.hintsOf(peer), ...this.#ground.hintsOf(peer)];
    return [...new Set([...told, ...(this.#hints.get(peer) ?? [])])];
  }

  /** What to {@link remember} of a member: where it was met, then as it says itself. Who came to us was never dialled. */
  seen(peer: PeerId): readonly string[] {
    const [met, ...others] = this.#ground.hintsOf(peer);
    const told = this.#topology.hintsOf(peer);
    return [...new Set(met === undefined ? told : [met, ...told, ...others])];
  }

  /** The endpoint may dial it there. */
  tell(peer: PeerId, now: Instant): void {
    const hints = this.of(peer);
    if (hints.length > 0) this.#ground.tell(peer, hints, now);
  }

  /**
   * What is to be stored and deleted, if that is news. Somebody whom we never met, `isMet` is false, takes the place
   * of nobody: lists that tell of it are forgotten soon, and it may be that nobody else dials.
   */
  remember(
    peer: PeerId,
    all: readonly string[],
    isMet = true,
  ): { readonly puts: readonly StoreEntry[]; readonly deletes: readonly string[] } | undefined {
    const hints = all.slice(0, HINTS_PER_KEY_MAX);
    if (hints.length === 0 || this.#hints.get(peer)?.join() === hints.join()) return undefined;
    if (!isMet && !this.#hints.has(peer) && this.#hints.size >= ROOM_HINTS_KEPT_MAX) return undefined;
    this.#hints.delete(peer);
    this.#hints.set(peer, hints);
    const deletes: string[] = [];
    if (this.#hints.size > ROOM_HINTS_KEPT_MAX) {
      const [oldest] = this.#hints.keys();
      if (oldest !== undefined) {
        this.#hints.delete(oldest);
        deletes.push(this.#prefix + oldest);
      }
    }
    const writer = new Writer().u8(VERSION).u8(hints.length);
    for (const hint of hints) writer.text(hint);
    return { puts: [{ key: this.#prefix + peer, value: writer.finish() }], deletes };
  }
}

function read(value: Uint8Array): readonly string[] | undefined {
  try {
    const reader = new Reader(value);
    if (reader.u8() !== VERSION) return undefined;
    const count = Math.min(reader.u8(), HINTS_PER_KEY_MAX);
    const hints = Array.from({ length: count }, () => reader.text(HINT_BYTES_MAX));
    reader.end();
    return hints;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined; // they are learned anew
  }
}
