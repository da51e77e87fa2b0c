/**
 * Sessions with members, by whatever way comes first: straight, or through the mesh of a room that we share. The
 * straight way is tried beside the other and takes over when it works.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Instant } from "../lib/time.ts";
import type { RoomId } from "../room/room-id.ts";
import type { ConnectFailure } from "./dial-book.ts";
import { meshHint } from "./hint.ts";
import type { RoomCalls } from "./room-calls.ts";
import type { SessionEntry } from "./session-table.ts";

export type RoomReachOutput =
  | { readonly type: "connected"; readonly request: number; readonly session: SessionEntry }
  | {
      readonly type: "connectFailed";
      readonly request: number;
      readonly reason: ConnectFailure;
      readonly peer: PeerId | undefined;
    };

export class RoomReach {
  readonly #calls: RoomCalls;
  /** Ways under way, by request: the dial book bounds them. */
  readonly #pending = new Map<number, number>();
  readonly #outputs: RoomReachOutput[] = [];

  constructor(calls: RoomCalls) {
    this.#calls = calls;
  }

  /** `through`: a room whose mesh has a way there. */
  begin(request: number, peer: PeerId, through: RoomId | undefined, now: Instant): void {
    const call = { for: "reach", request, peer } as const;
    this.#pending.set(request, through === undefined ? 1 : 2);
    if (through !== undefined) this.#calls.begin(call, { peer, hints: [meshHint(through)] }, now);
    this.#calls.begin(call, { peer, hints: [] }, now);
  }

  fail(request: number, peer: PeerId): void {
    this.#outputs.push({ type: "connectFailed", request, reason: "unreachable", peer });
  }

  handleConnected(request: number, session: SessionEntry): void {
    if (this.#pending.delete(request)) this.#outputs.push({ type: "connected", request, session });
  }

  handleFailed(request: number, peer: PeerId, reason: ConnectFailure): void {
    const left = (this.#pending.get(request) ?? 0) - 1;
    if (left > 0) this.#pending.set(request, left);
    else if (this.#pending.delete(request)) this.#outputs.push({ type: "connectFailed", request, reason, peer });
  }

  poll(): RoomReachOutput | undefined {
    return this.#outputs.shift();
  }
}
