/**
 * What members' endpoints say to each other in a room, sealed as everything is (spec/rooms.md §9): each kind has a
 * protocol name of its own, `kith.` and the name below.
 *
 *     code      news of a room code (room/room-code.ts)
 *     request   32 B guest · u8 what for · text name           somebody waits at the sender's door
 *     gone      32 B guest                                     it waits no more
 *     refused   32 B guest                                     an owner or admin said no
 *     cut       32 B member · u8 1 cut, 0 no more              advice: each decides for itself
 *
 * @module
 */
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import type { JoinWait } from "../room/join-message.ts";
import { decodeRoomCodeNews, encodeRoomCodeNews, type RoomCodeNews } from "../room/room-code.ts";
import { isCleanName } from "../trust/display-name.ts";
import { NAME_BYTES_MAX } from "../wire/limits.ts";
import { JOIN_WAIT } from "../wire/registry.ts";

export type RoomWord =
  | { readonly word: "code"; readonly news: RoomCodeNews }
  | { readonly word: "request"; readonly guest: PeerId; readonly wants: JoinWait; readonly name: string }
  | { readonly word: "gone" | "refused"; readonly guest: PeerId }
  | { readonly word: "cut"; readonly peer: PeerId; readonly isCut: boolean };

export function encodeRoomWord(said: RoomWord): Uint8Array {
  switch (said.word) {
    case "code":
      return encodeRoomCodeNews(said.news);
    case "request":
      return new Writer().bytes(peerIdToBytes(said.guest)).u8(JOIN_WAIT[said.wants]).text(said.name).finish();
    case "gone":
    case "refused":
      return peerIdToBytes(said.guest);
    case "cut":
      return new Writer(33)
        .bytes(peerIdToBytes(said.peer))
        .u8(said.isCut ? 1 : 0)
        .finish();
  }
}

/** `undefined` for words that we do not know. @throws {WireError} */
export function decodeRoomWord(word: string, bytes: Uint8Array): RoomWord | undefined {
  if (word === "code") return { word, news: decodeRoomCodeNews(bytes) };
  const reader = new Reader(bytes);
  switch (word) {
    case "request": {
      const guest = peerIdFromBytes(reader.bytes(32));
      const wants = reader.u8();
      const name = reader.text(NAME_BYTES_MAX);
      reader.end();
      if (wants !== JOIN_WAIT.approval && wants !== JOIN_WAIT.challenge) throw new WireError("ERR_VALUE", "request");
      if (!isCleanName(name)) throw new WireError("ERR_TEXT", "name with characters that deceive");
      return { word, guest, wants: wants === JOIN_WAIT.approval ? "approval" : "challenge", name };
    }
    case "gone":
    case "refused": {
      const guest = peerIdFromBytes(reader.bytes(32));
      reader.end();
      return { word, guest };
    }
    case "cut": {
      const peer = peerIdFromBytes(reader.bytes(32));
      const isCut = reader.u8();
      reader.end();
      if (isCut > 1) throw new WireError("ERR_VALUE", "cut");
      return { word, peer, isCut: isCut === 1 };
    }
    default:
      return undefined;
  }
}
