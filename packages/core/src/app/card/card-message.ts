/**
 * Messages of a `card/1` channel (spec/app-card.md §10). The layouts stand in `wire/card-registry.ts`.
 *
 *     giver ──▶ offer            card, photo…            ──▶ taker
 *           ◀── accept                        receipt    ◀──      either: stop
 *
 * @module
 */
import { Reader } from "../../lib/reader.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { CARD_BYTES_MAX, CARD_PHOTO_BYTES_MAX, CARD_PHOTO_PART_BYTES } from "../../wire/card-limits.ts";
import { CARD_LEVEL, CARD_MESSAGE, CARD_STOP } from "../../wire/card-registry.ts";
import { CARD_LEVELS, type CardLevel } from "./card.ts";

export type CardStop = keyof typeof CARD_STOP;

/** What is known of a card before anybody says yes: how much it shows, and how large it is. */
export interface CardOffer {
  readonly level: CardLevel;
  readonly bytes: number;
  /** 0: none. */
  readonly photoBytes: number;
}

export type CardMessage =
  | ({ readonly type: "offer" } & CardOffer)
  | { readonly type: "card"; readonly bytes: Uint8Array }
  | { readonly type: "photo"; readonly offset: number; readonly content: Uint8Array }
  | { readonly type: "accept"; readonly wantsPhoto: boolean }
  | { readonly type: "receipt"; readonly isKept: boolean }
  | { readonly type: "stop"; readonly reason: CardStop };

export function encodeCardMessage(message: CardMessage): Uint8Array {
  const writer = new Writer(16).u8(CARD_MESSAGE[message.type]);
  switch (message.type) {
    case "offer":
      return writer.u8(CARD_LEVEL[message.level]).u16(message.bytes).u32(message.photoBytes).finish();
    case "card":
      return writer.bytes(message.bytes).finish();
    case "photo":
      return writer.u32(message.offset).bytes(message.content).finish();
    case "accept":
      return writer.u8(message.wantsPhoto ? 1 : 0).finish();
    case "receipt":
      return writer.u8(message.isKept ? 1 : 0).finish();
    case "stop":
      return writer.u8(CARD_STOP[message.reason]).finish();
  }
}

/** What comes out holds views of `bytes`. @throws {WireError} */
export function decodeCardMessage(bytes: Uint8Array): CardMessage {
  const reader = new Reader(bytes);
  const message = decodeBody(reader.u8(), reader);
  reader.end();
  return message;
}

function decodeBody(type: number, reader: Reader): CardMessage {
  switch (type) {
    case CARD_MESSAGE.offer: {
      const [level, bytes, photoBytes] = [CARD_LEVELS[reader.u8()], reader.u16(), reader.u32()];
      if (level === undefined || bytes === 0) throw new WireError("ERR_VALUE", "offer of a card");
      if (bytes > CARD_BYTES_MAX || photoBytes > CARD_PHOTO_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", "card");
      return { type: "offer", level, bytes, photoBytes };
    }
    case CARD_MESSAGE.card:
      if (reader.left > CARD_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", "card");
      return { type: "card", bytes: reader.rest() };
    case CARD_MESSAGE.photo: {
      const [offset, content] = [reader.u32(), reader.rest()];
      if (content.length === 0) throw new WireError("ERR_VALUE", "empty piece of a photo");
      if (content.length > CARD_PHOTO_PART_BYTES) throw new WireError("ERR_TOO_LARGE", "piece of a photo");
      return { type: "photo", offset, content };
    }
    case CARD_MESSAGE.accept:
      return { type: "accept", wantsPhoto: flag(reader) };
    case CARD_MESSAGE.receipt:
      return { type: "receipt", isKept: flag(reader) };
    case CARD_MESSAGE.stop: {
      const reason = STOPS.get(reader.u8());
      if (reason === undefined) throw new WireError("ERR_VALUE", "reason to stop");
      return { type: "stop", reason };
    }
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `card message 0x${type.toString(16)}`);
  }
}

function flag(reader: Reader): boolean {
  const value = reader.u8();
  if (value > 1) throw new WireError("ERR_VALUE", `flag of ${value}`);
  return value === 1;
}

const STOPS: ReadonlyMap<number, CardStop> = new Map(
  (Object.keys(CARD_STOP) as CardStop[]).map((reason) => [CARD_STOP[reason], reason]),
);
