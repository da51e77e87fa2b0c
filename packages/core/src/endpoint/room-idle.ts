/**
 * Sessions that rooms brought about and nothing uses any more: with members, and with those that were members when
 * somebody left. They end once nothing was said on them for a while.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { type Instant, since } from "../lib/time.ts";
import { ROOM_SWEEP } from "../wire/limits.ts";
import type { RoomGround } from "./room-ground.ts";

export class RoomIdle {
  readonly #ground: RoomGround;
  readonly #parted = new Set<PeerId>(); // those with a session at the last sweep, and those that parted since

  constructor(ground: RoomGround) {
    this.#ground = ground;
  }

  /** Whether there is something to look for though we are in no room. */
  get isDue(): boolean {
    return this.#parted.size > 0;
  }

  /** A room has nothing to do with the peer any more. Its last words may be on their way. */
  part(peer: PeerId): void {
    if (this.#ground.sessionOf(peer) !== undefined) this.#parted.add(peer);
  }

  sweep(now: Instant, isMember: (peer: PeerId) => boolean, release: (peer: PeerId) => void): void {
    for (const { stack, lastUsedAt } of [...this.#ground.sessions()]) {
      if (stack.channelCount > 0 || since(lastUsedAt, now) < ROOM_SWEEP) continue;
      if (isMember(stack.peer) || this.#parted.has(stack.peer)) release(stack.peer);
    }
    for (const peer of this.#parted)
      if (isMember(peer) || this.#ground.sessionOf(peer) === undefined) this.#parted.delete(peer);
  }
}
