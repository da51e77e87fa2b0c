/** Tickets of a relay whose seed a test has. */
import { concatBytes, nobleProvider, type Secret, ticketMessage } from "@kith/core";

export function signTicket(seed: Secret, key: Uint8Array, until: number): Uint8Array {
  const said = new Uint8Array(40);
  said.set(key);
  new DataView(said.buffer).setBigUint64(32, BigInt(until));
  return concatBytes(said, nobleProvider.ed25519Sign(seed.reveal(), ticketMessage(said)));
}
