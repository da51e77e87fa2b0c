/**
 * What rooms wait for of the network: each try to reach somebody, with what it is for.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Instant } from "../lib/time.ts";
import type { RoomId } from "../room/room-id.ts";
import type { DialTarget } from "./dial-book.ts";
import type { RoomGround } from "./room-ground.ts";

export type RoomCall =
  /** A direct link for a mesh. */
  | { readonly for: "mesh"; readonly room: RoomId; readonly peer: PeerId }
  /** Somebody who may let us in; `isMet`: at a relay. */
  | { readonly for: "join"; readonly join: number; readonly isMet: boolean }
  /** A session with a member, this way or another: the program's `request`. */
  | { readonly for: "reach"; readonly request: number; readonly peer: PeerId }
  /** A way through a mesh for a session that lost its links and has channels of a room. */
  | { readonly for: "keep"; readonly peer: PeerId };

export class RoomCalls {
  readonly #ground: Pick<RoomGround, "connect">;
  readonly #calls = new Map<number, RoomCall>(); // the dial book bounds them: what it refuses it answers
  #next = -1;

  constructor(ground: Pick<RoomGround, "connect">) {
    this.#ground = ground;
  }

  begin(call: RoomCall, target: DialTarget, now: Instant): void {
    const request = this.#next--;
    this.#calls.set(request, call);
    this.#ground.connect(target, request, now);
  }

  /** Whether a way is being looked for already. */
  isKeeping(peer: PeerId): boolean {
    for (const call of this.#calls.values()) if (call.for === "keep" && call.peer === peer) return true;
    return false;
  }

  /** It was answered. */
  take(request: number): RoomCall | undefined {
    const call = this.#calls.get(request);
    this.#calls.delete(request);
    return call;
  }
}
