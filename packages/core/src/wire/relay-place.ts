/**
 * Where a relay is, as links into rooms and QR codes name it (spec/room-joining.md §2, spec/pairing.md §8):
 *
 *     relay = u8 1 (wss) or 2 (ws) · text host[:port] · 32 B relay key
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import type { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import type { Writer } from "../lib/writer.ts";
import { RELAY_PLACE_HOST_BYTES_MAX } from "./limits.ts";

const RELAY_KEY_BYTES = 32;
const SCHEMES = ["wss", "ws"] as const;

export interface RelayPlace {
  readonly scheme: (typeof SCHEMES)[number];
  /** `host[:port]`, lower case. */
  readonly host: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** The first `max` whose hosts can be written. */
export const writableRelays = (relays: readonly RelayPlace[], max: number): readonly RelayPlace[] =>
  relays.filter(({ host }) => isRelayPlaceHost(host)).slice(0, max);

export function writeRelayPlace(writer: Writer, { scheme, host, key }: RelayPlace): void {
  assert(key.length === RELAY_KEY_BYTES, "a relay key of 32 bytes");
  writer
    .u8(SCHEMES.indexOf(scheme) + 1)
    .text(host)
    .bytes(key);
}

export function readRelayPlace(reader: Reader): RelayPlace {
  const scheme = SCHEMES[reader.u8() - 1];
  if (scheme === undefined) throw new WireError("ERR_VALUE", "scheme of a relay");
  const host = reader.text(RELAY_PLACE_HOST_BYTES_MAX);
  if (!isRelayPlaceHost(host)) throw new WireError("ERR_TEXT", "host of a relay");
  return { scheme, host, key: reader.bytes(RELAY_KEY_BYTES).slice() };
}

/** Whether a relay is there is its user's to judge. */
const isRelayPlaceHost = (host: string): boolean =>
  host.length <= RELAY_PLACE_HOST_BYTES_MAX && /^[0-9a-z.:[\]-]+$/.test(host);
