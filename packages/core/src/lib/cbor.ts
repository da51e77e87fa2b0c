/**
 * CBOR, the part of it that has one encoding for one value (RFC 8949 §4.2.1): unsigned integers up to 2^53 - 1, byte
 * strings, text, arrays, and maps whose keys are unsigned integers in ascending order. Shortest heads, no indefinite
 * lengths, no tags, no floats: what does not encode back to itself is refused.
 *
 * @module
 */
import { assert } from "./assert.ts";
import { bytesToText, textToBytes } from "./utf8.ts";
import { WireError } from "./wire-error.ts";

export type CborValue = number | string | Uint8Array | readonly CborValue[] | CborMap;
export type CborMap = ReadonlyMap<number, CborValue>;

/** Arrays and maps within one another, the outermost included. */
export const CBOR_DEPTH_MAX = 8;

const MAJOR = { unsigned: 0, bytes: 2, text: 3, array: 4, map: 5 } as const;

/** Keys of maps may stand in any order: they are sorted. Numbers are safe integers that are not negative. */
export function encodeCbor(value: CborValue): Uint8Array {
  const bytes: number[] = [];
  write(bytes, value, 0);
  return Uint8Array.from(bytes);
}

function write(out: number[], value: CborValue, depth: number): void {
  assert(depth <= CBOR_DEPTH_MAX, "CBOR deeper than is read");
  if (typeof value === "number") writeHead(out, MAJOR.unsigned, value);
  else if (typeof value === "string") writeBytes(out, MAJOR.text, textToBytes(value));
  else if (value instanceof Uint8Array) writeBytes(out, MAJOR.bytes, value);
  else if (value instanceof Map) {
    writeHead(out, MAJOR.map, value.size);
    for (const [key, each] of [...value].sort(([a], [b]) => a - b)) {
      writeHead(out, MAJOR.unsigned, key);
      write(out, each, depth + 1);
    }
  } else {
    const items = [...(value as readonly CborValue[])];
    writeHead(out, MAJOR.array, items.length);
    for (const each of items) write(out, each, depth + 1);
  }
}

function writeBytes(out: number[], major: number, bytes: Uint8Array): void {
  writeHead(out, major, bytes.length);
  for (const byte of bytes) out.push(byte);
}

function writeHead(out: number[], major: number, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, `CBOR integer ${value}`);
  const [size, info] =
    value < 24
      ? [0, value]
      : value < 2 ** 8
        ? [1, 24]
        : value < 2 ** 16
          ? [2, 25]
          : value < 2 ** 32
            ? [4, 26]
            : [8, 27];
  out.push((major << 5) | info);
  for (let shift = size - 1; shift >= 0; shift--) out.push(Math.floor(value / 2 ** (8 * shift)) % 256);
}

/** What comes out shares no memory with `bytes`. @throws {WireError} on anything that {@link encodeCbor} does not make. */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const source: Source = { bytes, at: 0 };
  const value = read(source, 0);
  if (source.at < bytes.length) throw new WireError("ERR_TRAILING", `${bytes.length - source.at} bytes after a value`);
  return value;
}

interface Source {
  readonly bytes: Uint8Array;
  at: number;
}

function read(source: Source, depth: number): CborValue {
  if (depth > CBOR_DEPTH_MAX) throw new WireError("ERR_LIMIT", "CBOR too deep");
  const [major, length] = readHead(source);
  switch (major) {
    case MAJOR.unsigned:
      return length;
    case MAJOR.bytes:
      return take(source, length).slice();
    case MAJOR.text:
      return bytesToText(take(source, length));
    case MAJOR.array: {
      const items: CborValue[] = [];
      for (let index = 0; index < length; index++) items.push(read(source, depth + 1)); // each costs the peer a byte
      return items;
    }
    case MAJOR.map: {
      const map = new Map<number, CborValue>();
      for (let index = 0, last = -1; index < length; index++) {
        const [keyMajor, key] = readHead(source);
        if (keyMajor !== MAJOR.unsigned) throw new WireError("ERR_VALUE", "CBOR key that is no number");
        if (key <= last) throw new WireError("ERR_VALUE", "CBOR keys out of order");
        map.set(key, read(source, depth + 1));
        last = key;
      }
      return map;
    }
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `CBOR of major type ${major}`);
  }
}

function readHead(source: Source): readonly [major: number, value: number] {
  const head = take(source, 1)[0] ?? 0;
  const [major, info] = [head >> 5, head & 31];
  if (info < 24) return [major, info];
  if (info > 27) throw new WireError("ERR_VALUE", "CBOR of indefinite or reserved length");
  const size = 2 ** (info - 24);
  let value = 0;
  for (const byte of take(source, size)) value = value * 256 + byte;
  const least = size === 1 ? 24 : 2 ** (4 * size);
  if (value < least) throw new WireError("ERR_VALUE", "CBOR head longer than needed");
  if (!Number.isSafeInteger(value)) throw new WireError("ERR_VALUE", "CBOR integer over 2^53 - 1");
  return [major, value];
}

function take(source: Source, count: number): Uint8Array {
  if (count > source.bytes.length - source.at)
    throw new WireError("ERR_TRUNCATED", `${count} bytes wanted, ${source.bytes.length - source.at} left`);
  source.at += count;
  return source.bytes.subarray(source.at - count, source.at);
}
