/**
 * Who one is, told to the other side of a pairing once it has proven itself (spec/pairing.md §3).
 *
 *     introduction = u8 1 · text name · 32 B contact key · u8 role asked for
 *                    · u8 0, or u8 1 · 32 B PeerId · 64 B signature
 *
 * The second form is for sessions under a one-time identity: the device's own signs, with label
 * "pairing identity", transcript ‖ sender's PeerId in the session ‖ receiver's.
 *
 * @module
 */
import { LABEL } from "../crypto/labels.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { SIGNATURE_BYTES, signLabelled, verifyLabelled } from "../identity/signed.ts";
import { assert } from "../lib/assert.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { NAME_BYTES_MAX } from "../wire/limits.ts";
import { isCleanName } from "./display-name.ts";
import type { PairingGround } from "./pairing-keys.ts";
import { type Role, roleNumber, roleOfNumber } from "./roles.ts";

const VERSION = 1;

/** What a peer says of itself. Its key is proven; its name is a claim. */
export interface Introduction {
  readonly peer: PeerId;
  readonly name: string;
  readonly contactKey: Uint8Array;
  /** What it would like to be here. */
  readonly roleAsked: Role;
}

/** Introduces `identity`, which is the session's own or, in a session under a one-time one, the device's. */
export function encodeIntroduction(
  ground: PairingGround,
  identity: LocalIdentity,
  name: string,
  roleAsked: Role,
): Uint8Array {
  assert(isCleanName(name), "clean the name first");
  const writer = new Writer(320).u8(VERSION).text(name).bytes(identity.contactPublicKey).u8(roleNumber(roleAsked));
  if (identity.peerId === ground.local) return writer.u8(0).finish();
  const signature = signLabelled(ground.provider, identity, LABEL.pairingIdentity, ...binding(ground, "ours"));
  return writer.u8(1).bytes(peerIdToBytes(identity.peerId)).bytes(signature).finish();
}

/** @throws {WireError} also when an identity did not sign this very session. */
export function decodeIntroduction(ground: PairingGround, bytes: Uint8Array): Introduction {
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "introduction");
  const name = reader.text(NAME_BYTES_MAX);
  if (!isCleanName(name)) throw new WireError("ERR_TEXT", "name with characters that deceive");
  const contactKey = reader.bytes(32).slice();
  const roleAsked = roleOfNumber(reader.u8());
  if (roleAsked === undefined) throw new WireError("ERR_VALUE", "role");
  const form = reader.u8();
  if (form > 1) throw new WireError("ERR_VALUE", "introduction form");
  const peer = form === 0 ? ground.remote : readSigned(ground, reader);
  reader.end();
  return { peer, name, contactKey, roleAsked };
}

function readSigned(ground: PairingGround, reader: Reader): PeerId {
  const peer = peerIdFromBytes(reader.bytes(32));
  const signature = reader.bytes(SIGNATURE_BYTES);
  const { provider } = ground;
  if (!verifyLabelled(provider, peer, LABEL.pairingIdentity, signature, ...binding(ground, "theirs"))) {
    throw new WireError("ERR_CRYPTO", "identity did not sign this session");
  }
  return peer;
}

function binding(ground: PairingGround, whose: "ours" | "theirs"): readonly Uint8Array[] {
  const [sender, receiver] = whose === "ours" ? [ground.local, ground.remote] : [ground.remote, ground.local];
  return [ground.transcript, peerIdToBytes(sender), peerIdToBytes(receiver)];
}
