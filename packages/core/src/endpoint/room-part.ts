/**
 * Rooms as a part of an endpoint: given when it begins, when the first room is made, or never. What is kept of rooms
 * belongs to whoever has the part; an endpoint without it is a member of none.
 *
 * @module
 */
import type { Moment } from "../lib/moment.ts";
import { RoomDesk, type RoomDeskOptions } from "./room-desk.ts";
import type { RoomPart } from "./room-space.ts";
import { Rooms } from "./rooms.ts";

export function makeRooms(options: RoomDeskOptions, at: Moment): RoomPart {
  const { provider, random, identity, name } = options;
  const desk = new RoomDesk(options, at);
  return { desk, commands: new Rooms({ provider, random, identity, name, desk }) };
}
