/**
 * Guests that wait at other members' doors, as those members say: an owner or admin can answer them from afar.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { after, type Instant, sooner, type WallTime } from "../lib/time.ts";
import type { JoinWait } from "../room/join-message.ts";
import type { RoomId } from "../room/room-id.ts";
import { JOIN_REQUEST_LIFETIME, JOIN_REQUESTS_PER_ROOM_MAX } from "../wire/limits.ts";

export interface ToldRequest {
  readonly guest: PeerId;
  readonly name: string;
  readonly wants: JoinWait;
  readonly askedAt: WallTime;
  readonly until: Instant;
}

export class ToldRequests {
  readonly #byRoom = new Map<RoomId, Map<PeerId, ToldRequest>>(); // rooms of ours; each is bounded

  of(room: RoomId): readonly ToldRequest[] {
    return [...(this.#byRoom.get(room)?.values() ?? [])];
  }

  get(room: RoomId, guest: PeerId): ToldRequest | undefined {
    return this.#byRoom.get(room)?.get(guest);
  }

  add(room: RoomId, told: Omit<ToldRequest, "until">, now: Instant): void {
    const requests = this.#byRoom.get(room) ?? new Map<PeerId, ToldRequest>();
    if (requests.size >= JOIN_REQUESTS_PER_ROOM_MAX && !requests.has(told.guest)) return;
    requests.set(told.guest, { ...told, until: after(now, JOIN_REQUEST_LIFETIME) });
    this.#byRoom.set(room, requests);
  }

  remove(room: RoomId, guest: PeerId): boolean {
    return this.#byRoom.get(room)?.delete(guest) ?? false;
  }

  forget(room: RoomId): void {
    this.#byRoom.delete(room);
  }

  /** Rooms in which somebody's time is over. */
  handleTimeout(now: Instant): readonly RoomId[] {
    const over: RoomId[] = [];
    for (const [room, requests] of this.#byRoom) {
      const before = requests.size;
      for (const { guest, until } of requests.values()) if (until <= now) requests.delete(guest);
      if (requests.size < before) over.push(room);
    }
    return over;
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const requests of this.#byRoom.values()) for (const { until } of requests.values()) next = sooner(next, until);
    return next;
  }
}
