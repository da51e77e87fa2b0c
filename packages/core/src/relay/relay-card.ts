/**
 * What contacts tell each other inside sessions, so that something can be left for one who is away
 * (spec/sealed-items.md §2): the relays that it uses, its key at each, and what to seal to.
 *
 *     card = u8 1 · u8 count (0..4) · count × (text address · 32 B relay key · 32 B own key there)
 *            · prekey, if the count is not 0
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { assert } from "../lib/assert.ts";
import { bytesToHex } from "../lib/hex.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { decodePrekey, PREKEY_BYTES, type Prekey } from "../trust/prekey.ts";
import { CARD_RELAYS_MAX } from "../wire/mail-limits.ts";
import { RELAY_ADDRESS_BYTES_MAX } from "../wire/relay-limits.ts";

const VERSION = 1;

/** Where somebody can be found, or things be left for them. */
export interface RelayPlace {
  /** `wss://…`: whatever the owner of the card typed, or was told. Not to be trusted. */
  readonly address: string;
  readonly relayKey: Uint8Array;
  /** The key of the card's owner at that relay. */
  readonly ownKey: Uint8Array;
}

export interface RelayCard {
  /** The one to be tried first, first. */
  readonly relays: readonly RelayPlace[];
  /** There exactly if there are relays. Its signature is not checked here. */
  readonly prekey: Prekey | undefined;
}

export const EMPTY_CARD: RelayCard = { relays: [], prekey: undefined };

export function encodeCard({ relays, prekey }: RelayCard): Uint8Array {
  assert(relays.length <= CARD_RELAYS_MAX && (prekey !== undefined) === relays.length > 0, "card");
  const writer = new Writer(PREKEY_BYTES + 512).u8(VERSION).u8(relays.length);
  for (const { address, relayKey, ownKey } of relays) writer.text(address).bytes(relayKey).bytes(ownKey);
  return prekey === undefined ? writer.finish() : writer.bytes(prekey.bytes).finish();
}

/** Copies what it keeps of `bytes`. @throws {WireError} */
export function decodeCard(provider: CryptoProvider, bytes: Uint8Array): RelayCard {
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "relay card");
  const count = reader.u8();
  if (count > CARD_RELAYS_MAX) throw new WireError("ERR_LIMIT", `card with ${count} relays`);
  const relays = Array.from({ length: count }, () => readPlace(reader));
  if (new Set(relays.map(({ relayKey }) => bytesToHex(relayKey))).size < count)
    throw new WireError("ERR_VALUE", "relay named twice");
  if (count > 0) return { relays, prekey: decodePrekey(provider, reader.rest()) };
  reader.end();
  return EMPTY_CARD;
}

function readPlace(reader: Reader): RelayPlace {
  const address = reader.text(RELAY_ADDRESS_BYTES_MAX);
  if (address === "") throw new WireError("ERR_VALUE", "relay without an address");
  return { address, relayKey: reader.bytes(32).slice(), ownKey: reader.bytes(32).slice() };
}
