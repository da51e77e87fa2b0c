/**
 * The binding request of STUN (RFC 8489 §5, §6.2.1, §14.2) and nothing else of it: from which address and port what we
 * send arrives at a server.
 *
 * @module
 */

export interface StunEndpoint {
  readonly address: string;
  readonly port: number;
}

export const STUN_PORT = 3_478;
const HEADER_BYTES = 20;
const TRANSACTION_BYTES = 12;
const COOKIE = 0x2112_a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const MAPPED_ADDRESS = 0x0001;
const XOR_MAPPED_ADDRESS = 0x0020;
const FAMILY = { 1: 4, 2: 16 } as const;

/** `transaction`: 12 bytes of chance. */
export function bindingRequest(transaction: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, BINDING_REQUEST);
  view.setUint32(4, COOKIE);
  bytes.set(transaction.subarray(0, TRANSACTION_BYTES), 8);
  return bytes;
}

/** What the server saw; `undefined` for whatever is no whole answer to that request. */
export function readBindingAnswer(bytes: Uint8Array, transaction: Uint8Array): StunEndpoint | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isOurs = transaction.every((byte, index) => bytes[8 + index] === byte);
  if (view.getUint16(0) !== BINDING_SUCCESS || view.getUint32(4) !== COOKIE || !isOurs) return undefined;
  if (view.getUint16(2) + HEADER_BYTES !== bytes.length) return undefined;
  let plain: StunEndpoint | undefined;
  for (let at = HEADER_BYTES; at + 4 <= bytes.length; ) {
    const [type, length] = [view.getUint16(at), view.getUint16(at + 2)];
    const value = bytes.subarray(at + 4, at + 4 + length);
    if (value.length < length) return undefined;
    if (type === XOR_MAPPED_ADDRESS) return addressOf(value, bytes.subarray(4, HEADER_BYTES));
    if (type === MAPPED_ADDRESS) plain = addressOf(value, new Uint8Array(16)); // of servers from before RFC 5389
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return plain;
}

/** `mask`: the cookie and the transaction, or zeros. */
function addressOf(value: Uint8Array, mask: Uint8Array): StunEndpoint | undefined {
  const family = value[1];
  if (family !== 1 && family !== 2) return undefined;
  const length = FAMILY[family];
  if (value.length !== 4 + length) return undefined;
  const port = (((value[2] ?? 0) ^ (mask[0] ?? 0)) << 8) | ((value[3] ?? 0) ^ (mask[1] ?? 0));
  const address = value.subarray(4).map((byte, index) => byte ^ (mask[index] ?? 0));
  return { address: family === 1 ? address.join(".") : ipv6Of(address), port };
}

/** Written out in full: it is only compared. */
function ipv6Of(bytes: Uint8Array): string {
  const view = new DataView(bytes.slice().buffer);
  return Array.from({ length: 8 }, (_, index) => view.getUint16(2 * index).toString(16)).join(":");
}
