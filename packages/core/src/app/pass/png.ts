/**
 * PNG (ISO/IEC 15948): what a pass needs of it. Writes small pictures of 16 colours, and takes from a picture what is not
 * seen: text, place, camera and thumbnail that programs put beside the pixels.
 *
 * @module
 */
import { assert } from "../../lib/assert.ts";
import { bytesEqual, concatBytes } from "../../lib/bytes.ts";
import { crc32 } from "../../lib/crc32.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";

const SIGNATURE: Uint8Array = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** In their order; `IDAT` any number of times. Colour profiles are left out: the picture is taken as sRGB. */
const KEPT = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];
const CHUNKS_MAX = 4_096;

/** `colours`: at most 16, each `[red, green, blue]`; `pixels`: an index a pixel, line by line. */
export function encodePng(side: number, colours: readonly (readonly number[])[], pixels: Uint8Array): Uint8Array {
  assert(pixels.length === side * side && colours.length <= 16, "pixels of a picture");
  const line = 1 + Math.ceil(side / 2); // the filter, none; then two pixels a byte
  const lines = new Uint8Array(side * line);
  for (const [at, colour] of pixels.entries()) {
    const [x, y] = [at % side, Math.floor(at / side)];
    const to = y * line + 1 + (x >> 1);
    lines[to] = (lines[to] ?? 0) | (x % 2 === 0 ? colour << 4 : colour);
  }
  const head = new Writer(13).u32(side).u32(side).u8(4).u8(3).u8(0).u8(0).u8(0).finish(); // 4 bits of a palette
  const palette = Uint8Array.from(colours.flat());
  const end = new Uint8Array(0);
  return concatBytes(
    SIGNATURE,
    ...[
      ["IHDR", head] as const,
      ["PLTE", palette] as const,
      ["IDAT", stored(lines)] as const,
      ["IEND", end] as const,
    ].map(([name, data]) => chunk(name, data)),
  );
}

/** The picture without what is not seen of it. @throws {WireError} if it is no PNG, or is damaged. */
export function barePng(bytes: Uint8Array): Uint8Array {
  if (!bytesEqual(bytes.subarray(0, SIGNATURE.length), SIGNATURE)) throw new WireError("ERR_VALUE", "not a PNG");
  const parts: Uint8Array[] = [SIGNATURE];
  let [at, count, last, pictures] = [SIGNATURE.length, 0, -1, 0];
  while (last !== KEPT.length - 1) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, Math.min(8, bytes.length - at));
    if (view.byteLength < 8) throw new WireError("ERR_TRUNCATED", "PNG that is cut off");
    const size = 12 + view.getUint32(0);
    if (size > bytes.length - at) throw new WireError("ERR_TRUNCATED", "PNG that is cut off");
    if (++count > CHUNKS_MAX) throw new WireError("ERR_LIMIT", "PNG of too many chunks");
    const whole = bytes.subarray(at, at + size);
    const name = String.fromCharCode(...whole.subarray(4, 8));
    const sum = new DataView(bytes.buffer, whole.byteOffset + size - 4, 4).getUint32(0);
    if (crc32(whole.subarray(4, size - 4)) !== sum) throw new WireError("ERR_VALUE", "PNG that is damaged");
    const place = KEPT.indexOf(name);
    // A capital first letter: the picture cannot be shown without it (§5.4).
    if (place < 0 && /^[A-Z]/.test(name)) throw new WireError("ERR_VALUE", `PNG with ${name}`);
    if (last < 0 && place !== 0) throw new WireError("ERR_VALUE", "PNG that does not begin with its size");
    if (name === "IDAT") pictures++;
    if (place >= 0) {
      if (place < last || (place === last && name !== "IDAT")) throw new WireError("ERR_VALUE", `PNG: ${name}`);
      last = place;
      parts.push(whole);
    }
    at += size;
  }
  if (pictures === 0) throw new WireError("ERR_VALUE", "PNG without a picture");
  return concatBytes(...parts); // what stands after the end is left out as well
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const named = concatBytes(
    Uint8Array.from(name, (letter) => letter.charCodeAt(0)),
    data,
  );
  return new Writer(named.length + 8).u32(data.length).bytes(named).u32(crc32(named)).finish();
}

/** zlib (RFC 1950) without compressing: one stored block (RFC 1951 §3.2.4) after the other. */
function stored(bytes: Uint8Array): Uint8Array {
  const writer = new Writer(bytes.length + 64).u8(0x78).u8(0x01);
  for (let at = 0; at < bytes.length; at += 0xffff) {
    const block = bytes.subarray(at, at + 0xffff);
    writer.u8(at + block.length === bytes.length ? 1 : 0);
    for (const value of [block.length, ~block.length & 0xffff]) writer.u8(value & 0xff).u8(value >>> 8);
    writer.bytes(block);
  }
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return writer.u16(high).u16(low).finish();
}
