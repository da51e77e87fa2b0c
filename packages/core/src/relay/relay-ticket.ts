/**
 * Tickets: what a key that is logged in to a relay shows in calls by HTTP (spec/relay-http.md §2).
 *
 *     ticket    = 32 B key · u64 until, wall time of the relay · 64 B signature
 *     signature = the relay's, over "kith/1 relay ticket" ‖ 0 ‖ key ‖ u64 until
 *     text      = base64url of ticket, in "Authorization: Bearer …"
 *
 * Nobody keeps a ticket but who has it. Whoever knows the relay's key can check one: a signer of passes that runs
 * elsewhere needs no secret of the relay.
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import { SIGNATURE_BYTES, signWithSeed } from "../identity/signed.ts";
import { bytesToBase64url } from "../lib/base64url.ts";
import { concatBytes } from "../lib/bytes.ts";
import { Reader } from "../lib/reader.ts";
import { type WallTime, wallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";

const SAID_BYTES = 40;
export const TICKET_BYTES: number = SAID_BYTES + SIGNATURE_BYTES;

export interface RelayTicket {
  /** Of the client, at that relay. */
  readonly key: Uint8Array;
  readonly until: WallTime;
  /** As it stands in a header. */
  readonly ticket: string;
}

/** `seed`: of the relay's key. */
export function signTicket(provider: CryptoProvider, seed: Secret, key: Uint8Array, until: WallTime): Uint8Array {
  const said = new Writer(TICKET_BYTES).bytes(key).u64(until).take();
  return concatBytes(said, signWithSeed(provider, seed, LABEL.relayTicket, said));
}

/** What the signature of a ticket is over, for whoever checks it by other means than a {@link CryptoProvider}. */
export const ticketMessage = (ticket: Uint8Array): Uint8Array =>
  concatBytes(labelBytes(LABEL.relayTicket), Uint8Array.of(0), ticket.subarray(0, SAID_BYTES));

/** One that this relay signed. Whether its time is over is for the caller to say. @throws {WireError} */
export function readTicket(provider: CryptoProvider, relayKey: Uint8Array, bytes: Uint8Array): RelayTicket {
  const reader = new Reader(bytes);
  const [key, until] = [reader.bytes(32).slice(), reader.u64()];
  const signature = reader.bytes(SIGNATURE_BYTES);
  reader.end();
  if (!provider.ed25519Verify(relayKey, ticketMessage(bytes), signature))
    throw new WireError("ERR_CRYPTO", "ticket of another relay, or changed since");
  return { key, until: wallTime(until), ticket: bytesToBase64url(bytes) };
}
