/**
 * Frees large arrays at once. The memory behind an array of 64 KiB is outside the collector's heap; left to
 * the collector it makes it run every few megabytes, and the next allocation finds no memory that is still in
 * the processor's cache: freeing halves what sealing a stream costs (measured, 28 to 15 µs a record).
 *
 * @module
 */

/** Below this the collector's own allocation is cheaper, and small arrays share a buffer. */
const WORTH_BYTES = 4_096;

/** Nobody uses `bytes` any more, nor any view of its memory. It is empty afterwards. */
export function giveBack(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (bytes.length < WORTH_BYTES || bytes.length !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) return;
  buffer.transfer(0); // the memory moves to an array of no bytes: that frees it
}
