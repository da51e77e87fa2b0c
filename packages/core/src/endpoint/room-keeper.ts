/**
 * Sessions with members that lost all links while channels are open on them: a way through a mesh is looked for at
 * once, and again with growing pauses, until there is a link, or nothing to keep.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { after, type Duration, type Instant, millis, sooner } from "../lib/time.ts";
import type { RoomId } from "../room/room-id.ts";
import { KEEP_PAUSE_MAX, KEEP_PAUSE_MIN } from "../wire/limits.ts";
import { meshHint } from "./hint.ts";
import type { RoomCalls } from "./room-calls.ts";
import type { RoomGround } from "./room-ground.ts";
import type { SessionEntry } from "./session-table.ts";

export interface RoomKeeperParts {
  readonly calls: Pick<RoomCalls, "begin" | "isKeeping">;
  readonly ground: Pick<RoomGround, "sessionOf">;
  readonly isMember: (peer: PeerId) => boolean;
  /** A room whose mesh leads to the peer. */
  readonly wayTo: (peer: PeerId) => RoomId | undefined;
}

interface Lost {
  readonly pause: Duration;
  readonly tryAt: Instant;
}

export class RoomKeeper {
  readonly #parts: RoomKeeperParts;
  readonly #lost = new Map<PeerId, Lost>(); // no more than there are sessions with members

  constructor(parts: RoomKeeperParts) {
    this.#parts = parts;
  }

  /** Its path changed, came or went. */
  handlePath(session: SessionEntry, now: Instant): void {
    const { peer } = session.stack;
    // What was lost a moment ago, and found, and lost again, waits for its time.
    if (this.#isLost(session) && !this.#lost.has(peer)) this.#try(peer, KEEP_PAUSE_MIN, now);
  }

  handleTimeout(now: Instant): void {
    for (const [peer, { pause, tryAt }] of [...this.#lost]) {
      if (now < tryAt) continue;
      if (this.#isLost(this.#parts.ground.sessionOf(peer)))
        this.#try(peer, millis(Math.min(2 * pause, KEEP_PAUSE_MAX)), now);
      else this.#lost.delete(peer);
    }
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const { tryAt } of this.#lost.values()) next = sooner(next, tryAt);
    return next;
  }

  /** `pause`: before the next try. */
  #try(peer: PeerId, pause: Duration, now: Instant): void {
    this.#lost.set(peer, { pause, tryAt: after(now, pause) });
    const { calls, wayTo } = this.#parts;
    const way = wayTo(peer);
    if (way === undefined || calls.isKeeping(peer)) return;
    calls.begin({ for: "keep", peer }, { peer, hints: [meshHint(way)] }, now);
  }

  #isLost(session: SessionEntry | undefined): boolean {
    if (session === undefined) return false;
    const { stack } = session;
    return stack.linkCount === 0 && !stack.isOver && stack.channelCount > 0 && this.#parts.isMember(stack.peer);
  }
}
