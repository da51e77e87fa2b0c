/**
 * A ZIP archive of a few small files, stored as they are (PKWARE APPNOTE 6.3.10, method 0): the same bytes for the same
 * files, with neither times nor what made it. It is only written here; Kith reads none.
 *
 *     archive = (local header · name · content)… · (central header · name)… · end
 *
 * @module
 */
import { assert } from "./assert.ts";
import { crc32 } from "./crc32.ts";
import { textToBytes } from "./utf8.ts";
import { Writer } from "./writer.ts";

/** Far below where the format needs its 64-bit fields. */
export const ZIP_FILES_MAX = 64;
export const ZIP_BYTES_MAX = 16_777_216;

const SIGNATURE = { local: 0x0403_4b50, central: 0x0201_4b50, end: 0x0605_4b50 } as const;
/** 1980-01-01, 00:00: the first that the format has. */
const DATE = 0x0021;
/** 1.0: nothing but storing is needed to read it. */
const VERSION = 10;

/** In the order of `files`. Names are of one folder, ASCII, and differ from each other by more than their case. */
export function zipStored(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  assert(files.size <= ZIP_FILES_MAX, `archive of ${files.size} files`);
  const body = new Writer(4_096);
  const directory = new Writer(1_024);
  const names = new Set<string>();
  for (const [name, content] of files) {
    assert(/^[\w@.-]{1,64}$/.test(name) && !names.has(name.toLowerCase()), `name in an archive: ${name}`);
    assert(body.length + content.length <= ZIP_BYTES_MAX, "size of an archive");
    names.add(name.toLowerCase());
    const [bytes, at] = [textToBytes(name), body.length];
    const sum = crc32(content);
    u32(body, SIGNATURE.local);
    common(body, sum, content.length, bytes.length);
    body.bytes(bytes).bytes(content);
    u32(directory, SIGNATURE.central);
    u16(directory, VERSION);
    common(directory, sum, content.length, bytes.length);
    for (let field = 0; field < 3; field++) u16(directory, 0); // comment, disk, internal attributes
    u32(directory, 0);
    u32(directory, at);
    directory.bytes(bytes);
  }
  const [start, size] = [body.length, directory.length];
  body.bytes(directory.finish());
  u32(body, SIGNATURE.end);
  for (const value of [0, 0, files.size, files.size]) u16(body, value);
  u32(body, size);
  u32(body, start);
  u16(body, 0);
  return body.finish();
}

/** What the two headers of a file share. */
function common(writer: Writer, sum: number, size: number, nameBytes: number): void {
  for (const value of [VERSION, 0, 0, 0, DATE]) u16(writer, value); // flags, stored, time
  u32(writer, sum);
  u32(writer, size);
  u32(writer, size);
  u16(writer, nameBytes);
  u16(writer, 0);
}

// The format is little-endian.
const u16 = (writer: Writer, value: number): void => void writer.u8(value & 0xff).u8(value >>> 8);
function u32(writer: Writer, value: number): void {
  u16(writer, value & 0xffff);
  u16(writer, value >>> 16);
}
