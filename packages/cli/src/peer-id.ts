/**
 * PeerIds on the command line. The same rule as core's `parsePeerId` (a test compares them); loading
 * core and the SDK takes 0.3 s, which `kith peers` on a running node need not pay.
 *
 * @module
 */
import type { PeerId } from "@kith/core";

/** 64 hexadecimal digits, of either case; `undefined` for anything else. */
export function readPeerId(text: string): PeerId | undefined {
  const digits = text.toLowerCase();
  return isPeerId(digits) ? digits : undefined;
}

const isPeerId = (text: string): text is PeerId => /^[0-9a-f]{64}$/.test(text);
