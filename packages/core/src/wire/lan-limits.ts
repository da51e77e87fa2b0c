/**
 * Bounds of the way from a page through its node to the LAN (spec/lan.md), both sides.
 *
 * @module
 */
import { type Duration, millis, seconds } from "../lib/time.ts";

/** Bytes of a packet's head: type and link. */
export const LAN_PACKET_HEAD_BYTES = 5;
/** Of one message, in bytes: the largest packet of a link and its head. */
export const LAN_MESSAGE_BYTES_MAX = 66_565;
/** On the way in one direction of one link, in bytes: what a reader that stops costs. */
export const LAN_WINDOW_BYTES = 262_144;
/** Links that one page dialled, dials included, and as many that came to it; and links of all pages of a node. */
export const LAN_LINKS_MAX = 32;
export const LAN_LINKS_IN_ALL_MAX = 512;
/** Pages of a node; and of one source, as browsers of one machine and its tabs. */
export const LAN_PAGES_MAX = 64;
export const LAN_PAGES_PER_SOURCE_MAX = 8;
/** Others that a page is told of. */
export const LAN_SIGHTINGS_MAX = 256;
/** Names of sightings and addresses, in bytes. */
export const LAN_KEY_BYTES_MAX = 255;
export const LAN_ADDRESS_BYTES_MAX = 255;
/** Addresses of one sighting, of one dial, and of what a node listens at. */
export const LAN_ADDRESSES_MAX = 16;
/** Hints of one announcement, 8 bytes each: as many as DNS-SD carries. */
export const LAN_HINTS_MAX = 92;
export const LAN_HINT_BYTES = 8;
export const LAN_NAME_BYTES_MAX = 128;
/** A dial that failed keeps its place so long; announcements and questions about others are so far apart. */
export const LAN_DIAL_LINGER: Duration = seconds(1);
export const LAN_ANNOUNCE_EVERY: Duration = seconds(1);
export const LAN_LOOK_EVERY: Duration = millis(250);
/** After so long without a message a page asks whether its node is there, and after so long without an answer it is not. */
export const LAN_PING_AFTER: Duration = seconds(15);
export const LAN_PONG_WITHIN: Duration = seconds(10);
