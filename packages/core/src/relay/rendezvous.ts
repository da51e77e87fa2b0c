/**
 * Where two who share a secret meet at a relay without telling it who they are (spec/relay-meeting.md §1).
 *
 *     day = floor(wall time / 86,400,000)
 *     tag = first 16 bytes of HMAC-SHA-256(secret, "kith/1 relay tag" ‖ 0 ‖ relay key ‖ u32 day)
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import { days, millis, type WallTime, wallAfter } from "../lib/time.ts";
import { Writer } from "../lib/writer.ts";
import { RELAY_TAG_BYTES } from "./relay-message.ts";

const DAY = days(1);

/** 16 bytes: a new array. */
export const rendezvousTag = (
  provider: CryptoProvider,
  secret: Secret,
  relayKey: Uint8Array,
  day: number,
): Uint8Array => {
  const message = new Writer(64).bytes(labelBytes(LABEL.relayTag)).u8(0).bytes(relayKey).u32(day).take();
  return provider.hmacSha256(secret.reveal(), message).slice(0, RELAY_TAG_BYTES);
};

/** Of yesterday, today and tomorrow: clocks of the two may be almost a day apart. */
export function rendezvousTags(
  provider: CryptoProvider,
  secret: Secret,
  relayKey: Uint8Array,
  wall: WallTime,
): Uint8Array[] {
  const today = rendezvousDay(wall);
  return [today - 1, today, today + 1]
    .filter((day) => day >= 0)
    .map((day) => rendezvousTag(provider, secret, relayKey, day));
}

/** The day that `wall` lies in, counted from 1970. */
export const rendezvousDay = (wall: WallTime): number => Math.max(0, Math.floor(wall / DAY));

/** When its tags are others. */
export const nextRendezvousDay = (wall: WallTime): WallTime =>
  wallAfter(wall, millis(DAY * (rendezvousDay(wall) + 1) - wall));
