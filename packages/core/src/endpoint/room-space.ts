/**
 * Where the rooms of an endpoint stand, once it has their machines. Until then nobody is a member, nothing that has to
 * do with rooms is served, and none of their code is needed.
 *
 * @module
 */
import type { Secret } from "../crypto/secret.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import type { Moment } from "../lib/moment.ts";
import type { Instant } from "../lib/time.ts";
import type { RoomDesk, RoomDeskOptions } from "./room-desk.ts";
import type { Rooms } from "./rooms.ts";

export interface RoomPart {
  readonly desk: RoomDesk;
  readonly commands: Rooms;
}

/** `makeRooms`, which whoever wants rooms gives to the endpoint. */
export type MakeRooms = (options: RoomDeskOptions, at: Moment) => RoomPart;

const PREFIX = "room/";

export class RoomSpace {
  #part: RoomPart | undefined;
  #options: RoomDeskOptions | undefined;
  #addresses: readonly string[] = [];

  /** Of `restored` it holds what is kept of rooms, until they are there. */
  constructor(options: RoomDeskOptions) {
    this.#options = { ...options, restored: options.restored.filter(({ key }) => key.startsWith(PREFIX)) };
  }

  get desk(): RoomDesk | undefined {
    return this.#part?.desk;
  }

  /** Asserts that they are there. */
  get commands(): Rooms {
    assert(this.#part !== undefined, "this endpoint has no rooms yet");
    return this.#part.commands;
  }

  /** For meetings at relays, as `RoomMeetings` has them. */
  secrets(): Iterable<{ readonly secret: Secret; readonly join: number | undefined }> {
    return this.desk?.meetings.secrets() ?? [];
  }

  get version(): number {
    return this.desk?.meetings.version ?? 0;
  }

  isMember(peer: PeerId): boolean {
    return this.desk?.isMember(peer) === true;
  }

  /** Where we can be dialled now: members are told. */
  setAddresses(addresses: readonly string[], now: Instant): void {
    this.#addresses = addresses;
    this.desk?.setAddresses(addresses, now);
  }

  /** From now on, once: `makeRooms`. */
  add(make: MakeRooms, at: Moment): void {
    assert(this.#options !== undefined, "an endpoint gets its rooms once");
    this.#part = make(this.#options, at);
    this.#options = undefined;
    this.#part.desk.setAddresses(this.#addresses, at.now);
  }
}
