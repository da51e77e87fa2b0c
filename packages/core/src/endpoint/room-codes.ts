/**
 * Room codes that can be used at our door: those that our person shows, and those that other members told us of. One
 * for each room; whoever is told of another takes it in the place of its own.
 *
 * @module
 */

import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { type Instant, sooner } from "../lib/time.ts";
import { adoptRoomCode, newRoomCode, type RoomCode, type RoomCodeNews, roomCodeNews } from "../room/room-code.ts";
import type { RoomId } from "../room/room-id.ts";

export interface CodeChange {
  /** What the members are to be told. */
  readonly news: readonly RoomCodeNews[];
  readonly puts: readonly StoreEntry[];
  readonly deletes: readonly string[];
}

export class RoomCodes {
  readonly #random: RandomSource;
  readonly #codes = new Map<RoomId, RoomCode>();

  constructor(random: RandomSource) {
    this.#random = random;
  }

  isAnyUsable(now: Instant): boolean {
    for (const { shown } of this.#codes.values()) if (shown.isUsable(now)) return true;
    return false;
  }

  of(room: RoomId, now: Instant): RoomCode | undefined {
    const code = this.#codes.get(room);
    return code?.shown.isUsable(now) === true ? code : undefined;
  }

  byNumber(number: number): { readonly room: RoomId; readonly code: RoomCode } | undefined {
    for (const [room, code] of this.#codes) if (code.number === number) return { room, code };
    return undefined;
  }

  /** A new one, unless one can still be used. */
  show(room: RoomId, { now, wall }: Moment): { readonly code: RoomCode; readonly change: CodeChange | undefined } {
    const known = this.of(room, now);
    if (known !== undefined) return { code: known, change: undefined };
    const taken = new Set([...this.#codes.values()].map(({ number }) => number));
    const code = newRoomCode({ random: this.#random, taken, now, wall });
    this.#codes.set(room, code);
    return { code, change: { news: [roomCodeNews(code)], puts: [code.shown.begin()], deletes: [] } };
  }

  /** What another member tells. */
  take(room: RoomId, news: RoomCodeNews, { now, wall }: Moment): void {
    if (news.type === "shown") {
      const taken = this.byNumber(news.number);
      if (taken !== undefined && taken.room !== room) return; // two rooms with one number: the first stays
      this.#codes.set(room, adoptRoomCode(news, { random: this.#random, now, wall }));
    } else if (this.#codes.get(room)?.shown.id === news.id) this.#spend(room);
  }

  /** It was tried here: right, or wrong once too often, is the end of it for all. */
  tried(room: RoomId, code: RoomCode, isRight: boolean): CodeChange | undefined {
    if (!isRight && code.shown.triesLeft > 0) return undefined;
    const { id } = code.shown;
    const deletes = this.#codes.get(room) === code ? this.#spend(room) : [];
    return { news: [{ type: "over", id }], puts: [], deletes };
  }

  /** We are no longer in the room. */
  forget(room: RoomId): readonly string[] {
    return this.#spend(room);
  }

  /** Rooms whose code is over by now. */
  handleTimeout(now: Instant): readonly RoomId[] {
    const over: RoomId[] = [];
    for (const [room, { shown }] of this.#codes) {
      if (shown.isUsable(now)) continue;
      this.#codes.delete(room);
      over.push(room);
    }
    return over;
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const { shown } of this.#codes.values()) next = sooner(next, shown.expiresAt);
    return next;
  }

  #spend(room: RoomId): readonly string[] {
    const code = this.#codes.get(room);
    this.#codes.delete(room);
    return code?.shown.spend() ?? [];
  }
}
