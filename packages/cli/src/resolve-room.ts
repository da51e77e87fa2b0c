/**
 * Which room is meant, and who in it. As with peers, all readings are tried and must agree: a room's
 * name is what its founder wrote, and two rooms may have the same.
 *
 * @module
 */
import type { JoinRequestView, MemberView, RoomFileView, RoomView } from "@kith/sdk";
import { CliError, EXIT } from "./exit-code.ts";
import type { Kith, KithRoom } from "./kith.ts";
import { readPeerId } from "./peer-id.ts";
import { safeText } from "./render/terminal-text.ts";
import { count, shortFingerprint } from "./render/units.ts";
import { isFingerprint, isName } from "./resolve-peer.ts";

/** Fewest digits of a room's id that may name it. */
const ID_DIGITS_MIN = 4;
/** Digits of a room's or file's id that are shown. */
const ID_DIGITS_SHOWN = 8;

export const shortRoomId = ({ id }: Pick<RoomView | RoomFileView, "id">): string => id.slice(0, ID_DIGITS_SHOWN);

/** A room's name for the screen. */
export const roomName = ({ name }: Pick<RoomView, "name">): string => safeText(name, 40);

const isOver = ({ state }: RoomView): boolean => state === "left" || state === "expelled";

/**
 * The room called so, or the only one. Rooms that are over count only where they alone are meant.
 * @throws {CliError} `ERR_ROOM_UNKNOWN`, `ERR_ROOM_AMBIGUOUS`
 */
export async function resolveRoom({ rooms }: Kith, text: string | undefined): Promise<KithRoom> {
  const all = rooms.all.get().filter((view) => text === undefined || isMeant(view, text));
  const alive = all.filter((view) => !isOver(view));
  const found = alive.length > 0 || text === undefined ? alive : all;
  const [only] = found;
  if (only === undefined) throw unknownRoom(text);
  if (found.length > 1) throw ambiguousRoom(found, text);
  const room = await rooms.get(only.id);
  if (room === undefined) throw unknownRoom(text);
  return room;
}

/** Whether `text` names that room. */
export function isMeant(view: RoomView, text: string): boolean {
  if (isName(view.name, text)) return true;
  const digits = text.toLowerCase();
  return digits.length >= ID_DIGITS_MIN && /^[0-9a-f]+$/.test(digits) && view.id.startsWith(digits);
}

const unknownRoom = (text: string | undefined): CliError =>
  text === undefined
    ? new CliError(EXIT.unknown, "ERR_ROOM_UNKNOWN", "Cannot tell which room: you are in none", {
        hint: "Make one: kith room create NAME. Or come into one: kith room join LINK",
      })
    : new CliError(
        EXIT.unknown,
        "ERR_ROOM_UNKNOWN",
        `Cannot find ${safeText(text, 40)}: no room of yours is called that`,
        {
          hint: "`kith room list` shows them.",
        },
      );

const ambiguousRoom = (found: readonly RoomView[], text: string | undefined): CliError => {
  const all = found.map((view) => `${roomName(view)} [${shortRoomId(view)}]`).join(", ");
  const [first] = found;
  const which = text === undefined ? "room" : `room ${safeText(text, 40)} is`;
  return new CliError(
    EXIT.unknown,
    "ERR_ROOM_AMBIGUOUS",
    `Cannot tell which ${which}: ${text === undefined ? "you are in" : "there are"} ${count(found.length, "room")}: ${all}`,
    { hint: `Say which by its name or by the digits, as ${first === undefined ? "" : shortRoomId(first)}.` },
  );
};

type Person = Pick<MemberView | JoinRequestView, "peer" | "name" | "fingerprint">;

/** A member by name, first digits of the fingerprint, or PeerId. @throws {CliError} `ERR_PEER_UNKNOWN`, `ERR_PEER_AMBIGUOUS` */
export function resolveMember(room: KithRoom, text: string): MemberView {
  const where = roomName(room.view.get());
  return theOne(room.members.get(), text, {
    unknown: `no member of ${where} is called that`,
    hint: "`kith room members` lists them.",
  });
}

/** Another member than ourselves. @throws {CliError} also `ERR_USAGE` */
export function resolveOther(room: KithRoom, text: string): MemberView {
  const member = resolveMember(room, text);
  if (member.isSelf)
    throw new CliError(EXIT.usage, "ERR_USAGE", "Cannot do that to yourself", { hint: "To go: kith room leave" });
  return member;
}

/** Somebody who waits to come in; the only one, if `text` is left out. */
export function resolveRequest(room: KithRoom, text: string): JoinRequestView {
  const where = roomName(room.view.get());
  return theOne(room.requests.get(), text, {
    unknown: `nobody of that name waits to come into ${where}`,
    hint: "`kith room requests` lists who waits.",
  });
}

function theOne<T extends Person>(all: readonly T[], text: string, words: { unknown: string; hint: string }): T {
  const whole = readPeerId(text);
  const found = all.filter(({ peer, name, fingerprint }) =>
    whole === undefined ? isName(name, text) || isFingerprint(fingerprint, text) : peer === whole,
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) {
    const message = `Cannot find ${safeText(text, 40)}: ${words.unknown}`;
    throw new CliError(EXIT.unknown, "ERR_PEER_UNKNOWN", message, { hint: words.hint });
  }
  const labels = found.map(({ name, fingerprint }) => `${safeText(name, 40)} (${shortFingerprint(fingerprint)})`);
  throw new CliError(
    EXIT.unknown,
    "ERR_PEER_AMBIGUOUS",
    `Cannot tell who ${safeText(text, 40)} is: ${found.length} answer to that: ${labels.join(", ")}`,
    { hint: "Use the first groups of the fingerprint. Names are claims: ask in person who is who." },
  );
}

/** A file of the room by the beginning of its id, or by its name. @throws {CliError} `ERR_TRANSFER_UNKNOWN` */
export function resolveRoomFile(room: KithRoom, text: string): RoomFileView {
  const digits = text.toLowerCase();
  const found = room.files.all
    .get()
    .filter(({ id, name }) => name === text || (/^[0-9a-f]{4,64}$/.test(digits) && id.startsWith(digits)));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const all = found.map((file) => `${safeText(file.name, 40)} [${shortRoomId(file)}]`).join(", ");
  const message =
    only === undefined
      ? `Cannot find ${safeText(text, 40)}: no file of the room is called that`
      : `Cannot tell which file ${safeText(text, 40)} is: ${count(found.length, "file")} answer to that: ${all}`;
  throw new CliError(EXIT.unknown, "ERR_TRANSFER_UNKNOWN", message, {
    hint: only === undefined ? "`kith room files` lists them." : "Use the digits in brackets.",
  });
}
