/**
 * Frames of WebSocket (RFC 6455 §5) as this server writes them: whole messages, not masked.
 *
 * @module
 */

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Codes that a relay closes with (RFC 6455 §7.4.1). */
export const CLOSE = { normal: 1000, goingAway: 1001, protocolError: 1002, tooBig: 1009, tryAgain: 1013 } as const;

/** Of a control frame, in bytes. */
export const CONTROL_BYTES_MAX = 125;
const FIN = 0x80;

/** Bytes of the header before `length` bytes of payload that are not masked. */
export const frameHeadBytes = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

/** Writes the header of a whole message of `length` bytes at `at`; returns where its payload begins. */
export function writeFrameHead(into: Uint8Array, at: number, opcode: number, length: number): number {
  into[at] = FIN | opcode;
  if (length < 126) {
    into[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    into[at + 1] = 126;
    into[at + 2] = length >>> 8;
    into[at + 3] = length;
    return at + 4;
  }
  into[at + 1] = 127;
  into.fill(0, at + 2, at + 6); // no message is over 4 GiB
  into[at + 6] = length >>> 24;
  into[at + 7] = length >>> 16;
  into[at + 8] = length >>> 8;
  into[at + 9] = length;
  return at + 10;
}

/** One frame with its payload: for control frames, which are few. */
export function frameOf(opcode: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(frameHeadBytes(payload.length) + payload.length);
  frame.set(payload, writeFrameHead(frame, 0, opcode, payload.length));
  return frame;
}

export function closeFrame(code: number): Uint8Array {
  return frameOf(OPCODE.close, Uint8Array.of(code >>> 8, code));
}
