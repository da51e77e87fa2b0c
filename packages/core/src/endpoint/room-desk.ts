/**
 * The rooms of an endpoint: all of them, what is asked of them, and what peers do about them.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Instant } from "../lib/time.ts";
import { RESET } from "../wire/registry.ts";
import type { ConnectFailure } from "./dial-book.ts";
import type { Moment } from "./moment.ts";
import { RoomFlows } from "./room-flows.ts";
import { type RoomGround, roomOfHint } from "./room-ground.ts";
import type { RoomOutput } from "./room-output.ts";
import type { SessionEntry } from "./session-table.ts";

export interface RoomDeskOptions {
  readonly random: RandomSource;
  readonly ground: RoomGround;
}

export class RoomDesk {
  readonly #flows: RoomFlows;
  readonly #outputs: RoomOutput[] = [];

  constructor({ random }: RoomDeskOptions) {
    this.#flows = new RoomFlows(random);
  }

  /** Whether a room of ours counts the peer as a member, and we have not cut it off in all of them. */
  isMember(_peer: PeerId): boolean {
    return false;
  }

  /** Whether the peer is a neighbour in a room. */
  isNeighbour(_peer: PeerId): boolean {
    return false;
  }

  /** Whether somebody without an invitation may come: a code is shown, or a knock awaited. */
  expectsGuests(_now: Instant): boolean {
    return false;
  }

  // --- routed links -----------------------------------------------------------------------------

  /** A dial with this hint goes through a mesh. False: it is none of ours to make. */
  dialThrough(hint: string | undefined, peer: PeerId, dial: number): "no" | "begun" | "failed" {
    const room = hint === undefined ? undefined : roomOfHint(hint);
    if (room === undefined) return "no";
    return this.#flows.open(room, peer, dial) ? "begun" : "failed";
  }

  sendFlow(flow: number, packet: Uint8Array, _at: Moment): void {
    this.#flows.send(flow, packet);
  }

  closeFlow(flow: number, _at: Moment): void {
    this.#flows.close(flow);
  }

  // --- what the world did -----------------------------------------------------------------------

  handleConnected(_request: number, _session: SessionEntry, _at: Moment): void {}

  handleConnectFailed(_request: number, _reason: ConnectFailure, _at: Moment): void {}

  /** A peer that is not blocked opened a channel with a room's name, or to join one. */
  handleOffered(session: SessionEntry, channel: number, _protocol: string, _at: Moment): void {
    session.stack.reset(channel, RESET.refused);
  }

  handleSessionOver(_session: SessionEntry, _at: Moment): void {}

  /** Its path changed, came or went. */
  handlePath(_session: SessionEntry, _at: Moment): void {}

  handleTimeout(_at: Moment): void {}

  nextTimeout(): Instant | undefined {
    return undefined;
  }

  settle(_at: Moment): void {
    for (let output = this.#flows.poll(); output !== undefined; output = this.#flows.poll())
      if (output.type !== "send") this.#outputs.push(output);
  }

  poll(): RoomOutput | undefined {
    return this.#outputs.shift();
  }
}
