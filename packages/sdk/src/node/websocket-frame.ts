/**
 * The first frame that a WebSocket server sends (RFC 6455 §5.2), as far as the doctor needs it.
 *
 * @module
 */

/** More than any first message has. */
const PAYLOAD_MAX = 4_096;

/** The payload of one whole binary message; `"other"`: something else; `undefined`: more bytes are needed. */
export function readServerFrame(bytes: Uint8Array): Uint8Array | "other" | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  if (first !== 0x82 || second > 126) return "other";
  if (second === 126 && bytes.length < 4) return undefined;
  const start = second === 126 ? 4 : 2;
  const length = second === 126 ? (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0) : second;
  if (length > PAYLOAD_MAX) return "other";
  return bytes.length < start + length ? undefined : new Uint8Array(bytes.subarray(start, start + length));
}
