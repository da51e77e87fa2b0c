/**
 * Who calls: the key in the ticket that a call shows (spec/relay-http.md §2). By WebCrypto alone, so that it runs
 * wherever a signer of passes does.
 *
 * @module
 */
import type { webcrypto } from "node:crypto";
import { base64urlToBytes, TICKET_BYTES, ticketMessage, WireError } from "@kith/core";

const KEY_BYTES = 32;
const UNTIL_BYTES = 8;
/** base64url of a ticket. */
const TICKET_CHARS = Math.ceil((TICKET_BYTES * 4) / 3);

export class TicketCheck {
  readonly #key: Promise<webcrypto.CryptoKey>;

  /** `relayKey`: whose tickets count. */
  constructor(relayKey: Uint8Array) {
    this.#key = crypto.subtle.importKey("raw", relayKey.slice(), { name: "Ed25519" }, false, ["verify"]);
    this.#key.catch(() => {}); // told to whoever checks
  }

  /** The caller's key, 32 bytes; `undefined`: no ticket of this relay's, or one whose time is over. */
  async keyOf(authorization: string | undefined, wall: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const ticket = ticketOf(authorization);
    if (ticket === undefined) return undefined;
    const said = new DataView(ticket.buffer, ticket.byteOffset);
    if (said.getBigUint64(KEY_BYTES) <= BigInt(Math.floor(wall))) return undefined;
    const signature = ticket.slice(KEY_BYTES + UNTIL_BYTES);
    const isOurs = await crypto.subtle.verify("Ed25519", await this.#key, signature, ticketMessage(ticket).slice());
    return isOurs ? ticket.slice(0, KEY_BYTES) : undefined;
  }
}

function ticketOf(authorization: string | undefined): Uint8Array<ArrayBuffer> | undefined {
  const [, text = ""] = /^Bearer ([\w-]+)$/i.exec(authorization ?? "") ?? [];
  if (text.length !== TICKET_CHARS) return undefined;
  try {
    return base64urlToBytes(text).slice();
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
