/**
 * Codes in a joining (spec/room-joining.md §6): the proof of pairing, as it is, on a ground of its own, so that
 * nothing of it means anything in a pairing or in the joining of another room, and the other way round.
 *
 *     transcript' = SHA-256("kith/1 room join code" ‖ 0 ‖ transcript ‖ u8 1 ‖ u16 number)      a room code
 *                 | SHA-256("kith/1 room join code" ‖ 0 ‖ transcript ‖ u8 2 ‖ room id)         a challenge
 *     room        = sealed by the host (spec/pairing.md §4): 32 B room id · text name
 *
 * The guest is pairing's initiator; it types, the host shows. A room code is method "code", a challenge "pin".
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import { concatBytes } from "../lib/bytes.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { isCleanName } from "../trust/display-name.ts";
import type { PairingGround, PairingKeys, PairingSide } from "../trust/pairing-keys.ts";
import { NAME_BYTES_MAX } from "../wire/limits.ts";
import type { JoinGround } from "./invitation.ts";
import { ROOM_ID_BYTES, type RoomId, roomIdFromBytes, roomIdToBytes } from "./room-id.ts";

export type CodeUse = { readonly number: number } | { readonly challengeOf: RoomId };

/** What pairing's proof runs on; `side` is ours. */
export function codeGround(ground: JoinGround, side: PairingSide, use: CodeUse): PairingGround {
  const { provider, guest, host, transcript } = ground;
  const what =
    "number" in use
      ? new Writer(3).u8(1).u16(use.number).finish()
      : concatBytes(Uint8Array.of(2), roomIdToBytes(use.challengeOf));
  const [local, remote] = side === "initiator" ? [guest, host] : [host, guest];
  const own = provider.sha256(labelBytes(LABEL.roomJoinCode), Uint8Array.of(0), transcript, what);
  return { provider, side, local, remote, transcript: own };
}

/** What whoever proved the code is told. `name` is clean. */
export const sealRoom = (keys: PairingKeys, room: RoomId, name: string): Uint8Array =>
  keys.seal(new Writer(64).bytes(roomIdToBytes(room)).text(name).finish());

/** @throws {WireError} */
export function openRoom(keys: PairingKeys, sealed: Uint8Array): { readonly room: RoomId; readonly name: string } {
  const plain = keys.open(sealed);
  if (plain === undefined) throw new WireError("ERR_CRYPTO", "room does not open");
  const reader = new Reader(plain);
  const room = roomIdFromBytes(reader.bytes(ROOM_ID_BYTES));
  const name = reader.text(NAME_BYTES_MAX);
  reader.end();
  if (!isCleanName(name)) throw new WireError("ERR_TEXT", "name with characters that deceive");
  return { room, name };
}
