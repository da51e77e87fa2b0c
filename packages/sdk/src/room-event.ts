/** What the core tells of rooms, apart from links through them. */
import type { EndpointOutput, RoomOutput } from "@kith/core";

export type RoomEvent = Exclude<RoomOutput, { type: "flowUp" | "flowPacket" | "flowDown" }>;

export const isRoomEvent = (output: EndpointOutput): output is RoomEvent => output.type.startsWith("room");
