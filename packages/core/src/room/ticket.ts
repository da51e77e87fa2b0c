/**
 * What a link into a room says (spec/room-joining.md §2): which room, whom to ask, and, in an
 * invitation, the seed that lets one person in.
 *
 *     text   = "kith://join#" · base64url of ticket
 *     ticket = u8 1 · u8 kind (1 invitation, 2 knock) · 32 B room id · (32 B seed, in an invitation)
 *              · 32 B PeerId of the member who made it · u64 wall time of its end · text room's name
 *              · u8 hints + 16 × relays · hints × text hint · relays × relay
 *     relay  = u8 1 (wss) or 2 (ws) · text host[:port] · 32 B relay key
 *
 * The secret stands in the fragment, which a browser does not send. Whoever has an invitation's text can
 * come in with it, once; a knock only says where the door is.
 *
 * @module
 */
import { Secret } from "../crypto/secret.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { base64urlToBytes, bytesToBase64url } from "../lib/base64url.ts";
import { Reader } from "../lib/reader.ts";
import type { WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { cleanName, isCleanName } from "../trust/display-name.ts";
import {
  CLOCK_SKEW,
  HINT_BYTES_MAX,
  NAME_BYTES_MAX,
  TICKET_HINTS_MAX,
  TICKET_RELAYS_MAX,
  TICKET_TEXT_CHARS_MAX,
} from "../wire/limits.ts";
import { JOIN_WAY } from "../wire/registry.ts";
import { type RelayPlace, readRelayPlace, writableRelays, writeRelayPlace } from "../wire/relay-place.ts";
import { INVITATION_SEED_BYTES } from "./invitation.ts";
import { ROOM_ID_BYTES, type RoomId, roomIdFromBytes, roomIdToBytes } from "./room-id.ts";

export const TICKET_PREFIX = "kith://join#";
const VERSION = 1;
/** Both counts are in one byte: a link is short, and one cut off shows. */
const RELAYS_UNIT = 16;

/** Where the member who made a link can be met. */
export type TicketRelay = RelayPlace;

interface TicketPlace {
  readonly room: RoomId;
  /** Who made it, and is asked first; any other member serves as well. */
  readonly member: PeerId;
  readonly expires: WallTime;
  /** The room's, as its maker saw it: a claim. Cleaned. */
  readonly name: string;
  /** `host:port` of the member who made it, best first. */
  readonly hints: readonly string[];
  /** Best first. */
  readonly relays: readonly TicketRelay[];
}

export type Ticket =
  | (TicketPlace & { readonly kind: "invitation" /** 32 bytes. */; readonly seed: Secret })
  | (TicketPlace & { readonly kind: "knock" });

/**
 * Takes the first {@link TICKET_HINTS_MAX} hints that are addresses and the first {@link TICKET_RELAYS_MAX} relays whose
 * hosts are short enough, and cleans the name.
 */
export function encodeTicket(ticket: Ticket): string {
  const hints = ticket.hints.filter(isHint).slice(0, TICKET_HINTS_MAX);
  const relays = writableRelays(ticket.relays, TICKET_RELAYS_MAX);
  const writer = new Writer(256).u8(VERSION).u8(JOIN_WAY[ticket.kind]).bytes(roomIdToBytes(ticket.room));
  if (ticket.kind === "invitation") {
    assert(ticket.seed.reveal().length === INVITATION_SEED_BYTES, "a seed of 32 bytes");
    writer.bytes(ticket.seed.reveal());
  }
  writer.bytes(peerIdToBytes(ticket.member)).u64(ticket.expires).text(cleanName(ticket.name));
  writer.u8(hints.length + RELAYS_UNIT * relays.length);
  for (const hint of hints) writer.text(hint);
  for (const relay of relays) writeRelayPlace(writer, relay);
  return TICKET_PREFIX + bytesToBase64url(writer.finish());
}

/**
 * Reads a link of ours, or any text that ends in `#` or `join=` and the same bytes, as a page of the web has it.
 * @throws {WireError} on anything else; `ERR_UNKNOWN_TYPE` if it does not even look like one.
 */
export function decodeTicket(text: string): Ticket {
  if (text.length > TICKET_TEXT_CHARS_MAX) throw new WireError("ERR_TOO_LARGE", `link of ${text.length} characters`);
  const [, payload] = /(?:#|\bjoin=)([0-9A-Za-z_-]+)$/.exec(text.trim()) ?? [];
  if (payload === undefined) throw new WireError("ERR_UNKNOWN_TYPE", "not a link into a room");
  const reader = new Reader(base64urlToBytes(payload));
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "link into a room");
  const kind = reader.u8();
  if (kind !== JOIN_WAY.invitation && kind !== JOIN_WAY.knock) throw new WireError("ERR_VALUE", "kind of link");
  const room = roomIdFromBytes(reader.bytes(ROOM_ID_BYTES));
  const seed = kind === JOIN_WAY.invitation ? reader.bytes(INVITATION_SEED_BYTES).slice() : undefined;
  const member = peerIdFromBytes(reader.bytes(32));
  const expires = reader.u64() as WallTime;
  const name = reader.text(NAME_BYTES_MAX);
  const counts = reader.u8();
  const [hintCount, relayCount] = [counts % RELAYS_UNIT, Math.floor(counts / RELAYS_UNIT)];
  if (hintCount > TICKET_HINTS_MAX) throw new WireError("ERR_LIMIT", `${hintCount} hints`);
  if (relayCount > TICKET_RELAYS_MAX) throw new WireError("ERR_LIMIT", `${relayCount} relays`);
  const hints = Array.from({ length: hintCount }, () => reader.text(HINT_BYTES_MAX));
  const relays = Array.from({ length: relayCount }, () => readRelayPlace(reader));
  reader.end();
  if (!isCleanName(name)) throw new WireError("ERR_TEXT", "name with characters that deceive");
  if (!hints.every(isHint)) throw new WireError("ERR_TEXT", "hint with characters that no address has");
  const place = { room, member, expires, name, hints, relays };
  return seed === undefined ? { ...place, kind: "knock" } : { ...place, kind: "invitation", seed: new Secret(seed) };
}

/** For who comes, whose clock may be off: wall time may only deny. The members' clocks decide in the end. */
export const isTicketExpired = (ticket: Ticket, wall: WallTime): boolean => wall > ticket.expires + CLOCK_SKEW;

const isHint = (hint: string): boolean => hint.length <= HINT_BYTES_MAX && /^[0-9A-Za-z.:%_[\]-]+$/.test(hint);
