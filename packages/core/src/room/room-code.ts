/**
 * Room codes (spec/room-joining.md §6): `7-acorn-canyon`. The number says which code is meant, and is no
 * secret; the two words are, 20 bits, and are never sent: they are proven by CPace, three tries in two minutes
 * ({@link ShownCode}). A member that shows one tells the others over the room, so that any of them can
 * answer; each counts the tries at its own door, and tells when the code is over.
 *
 *     news   = u8 1 · 8 B id · u16 number · text words · u8 tries left · u64 wall time of its end     shown
 *            | u8 2 · 8 B id                                                                          over
 *
 * News travel only sealed to the room's members.
 *
 * @module
 */
import { Secret } from "../crypto/secret.ts";
import { readWords } from "../identity/words.ts";
import { assert } from "../lib/assert.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { type RandomSource, randomBelow } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import type { Instant, WallTime } from "../lib/time.ts";
import { bytesToText, textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { newWordCode, normalizeCode, ShownCode } from "../trust/shown-code.ts";
import { PAIRING_CODE_CHARS_MAX, PAIRING_TRIES, ROOM_CODE_NUMBER_MAX } from "../wire/limits.ts";

const SHOWN = 1;
const OVER = 2;
const ID_BYTES = 8;

/** A code that members show. */
export interface RoomCode {
  /** 1 to {@link ROOM_CODE_NUMBER_MAX}. */
  readonly number: number;
  readonly shown: ShownCode;
}

/** A code as a person typed it. */
export interface TypedRoomCode {
  readonly number: number;
  /** Two words of the list, joined by "-". */
  readonly words: string;
}

export type RoomCodeNews =
  | {
      readonly type: "shown";
      /** 16 hexadecimal digits: the {@link ShownCode}'s. */
      readonly id: string;
      readonly number: number;
      readonly words: Secret;
      readonly triesLeft: number;
      readonly expires: WallTime;
    }
  | { readonly type: "over"; readonly id: string };

/** A new code whose number is not among `taken`. Store {@link ShownCode.begin} before it is shown. */
export function newRoomCode(options: {
  readonly random: RandomSource;
  readonly taken: ReadonlySet<number>;
  readonly now: Instant;
  readonly wall: WallTime;
}): RoomCode {
  const { random, taken, now, wall } = options;
  assert(taken.size < ROOM_CODE_NUMBER_MAX, "all numbers are taken");
  let number = 1 + randomBelow(random, ROOM_CODE_NUMBER_MAX);
  while (taken.has(number)) number = (number % ROOM_CODE_NUMBER_MAX) + 1;
  const secret = normalizeCode("code", newWordCode(random));
  assert(secret !== undefined, "a code of ours is a code");
  return { number, shown: new ShownCode({ method: "code", secret, random, now, wall }) };
}

/** What a person tells another. Not after the code was used up. */
export const roomCodeText = ({ number, shown }: RoomCode): string => `${number}-${bytesToText(shown.secret.reveal())}`;

/** `undefined` for text that can be no room code: spelling is checked here and costs no try. */
export function parseRoomCode(text: string): TypedRoomCode | undefined {
  if (text.length > PAIRING_CODE_CHARS_MAX) return undefined;
  const [, digits, rest] = /^\s*([1-9][0-9]{0,2})[\s.,-]+(\S.*)$/.exec(text) ?? [];
  const words = readWords(rest ?? "");
  if (digits === undefined || words?.length !== 2) return undefined;
  return { number: Number(digits), words: words.join("-") };
}

/** What the others need to show the same code. */
export function roomCodeNews({ number, shown }: RoomCode): RoomCodeNews {
  const { id, triesLeft, expires } = shown;
  return { type: "shown", id, number, words: new Secret(shown.secret.reveal().slice()), triesLeft, expires };
}

/** Shows what another member announced, for no longer and with no more tries than it said. Takes the words over. */
export function adoptRoomCode(
  news: Extract<RoomCodeNews, { type: "shown" }>,
  options: { readonly random: RandomSource; readonly now: Instant; readonly wall: WallTime },
): RoomCode {
  const { id, number, words: secret, triesLeft, expires } = news;
  const value = new Writer(10).u8(1).u8(triesLeft).u64(expires).finish();
  const again = { id, restored: [{ key: `trust/code/${id}`, value }] };
  return { number, shown: new ShownCode({ method: "code", secret, ...options, again }) };
}

export function encodeRoomCodeNews(news: RoomCodeNews): Uint8Array {
  const writer = new Writer(64).u8(news.type === "shown" ? SHOWN : OVER).bytes(hexToBytes(news.id));
  if (news.type === "over") return writer.finish();
  return writer.u16(news.number).varBytes(news.words.reveal()).u8(news.triesLeft).u64(news.expires).finish();
}

/** @throws {WireError} on anything that {@link encodeRoomCodeNews} does not make. */
export function decodeRoomCodeNews(bytes: Uint8Array): RoomCodeNews {
  const reader = new Reader(bytes);
  const type = reader.u8();
  const id = bytesToHex(reader.bytes(ID_BYTES));
  if (type === OVER) {
    reader.end();
    return { type: "over", id };
  }
  if (type !== SHOWN) throw new WireError("ERR_UNKNOWN_TYPE", "no such news of a room code");
  const number = reader.u16();
  const text = reader.text(PAIRING_CODE_CHARS_MAX);
  const triesLeft = reader.u8();
  const expires = reader.u64() as WallTime;
  reader.end();
  if (number < 1 || number > ROOM_CODE_NUMBER_MAX) throw new WireError("ERR_VALUE", `room code ${number}`);
  if (triesLeft > PAIRING_TRIES) throw new WireError("ERR_VALUE", `${triesLeft} tries left`);
  // Only as we would write it: anybody's slip of the finger ends where it was typed.
  if (readWords(text)?.join("-") !== text || text.split("-").length !== 2) throw new WireError("ERR_TEXT", "room code");
  return { type: "shown", id, number, words: new Secret(textToBytes(text)), triesLeft, expires };
}
