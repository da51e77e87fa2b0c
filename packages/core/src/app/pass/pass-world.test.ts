/** What the tests of passes share: a signer, words, and readers of ZIP and PNG that know nothing of those that write. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { crc32, inflateSync } from "node:zlib";
import type { PassWords } from "./pass-json.ts";

export const SIGNER = { passType: "pass.org.example.card", team: "ABCDE12345", organization: "Example Relay" };

export const WORDS: PassWords = {
  name: "Name",
  title: "Title",
  company: "Company",
  email: "E-mail",
  phone: "Phone",
  address: "Address",
  link: "Link",
  skill: "Skill",
  note: "Note",
  level: "Shows",
  until: "Valid until",
  description: "Contact card",
  levels: { public: "what everybody may see", professional: "what work may see", personal: "all" },
};

/** By the central directory, as programs read archives; checks that both headers say the same. */
export function filesOfZip(zip: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = zip.length - 22;
  assert.equal(view.getUint32(end, true), 0x06054b50);
  const [count, start] = [view.getUint16(end + 10, true), view.getUint32(end + 16, true)];
  assert.equal(start + view.getUint32(end + 12, true), end, "nothing between directory and end");
  const files = new Map<string, Uint8Array>();
  let at = start;
  let due = 0;
  for (let i = 0; i < count; i++) {
    assert.equal(view.getUint32(at, true), 0x02014b50);
    const [size, nameBytes, local] = [
      view.getUint32(at + 24, true),
      view.getUint16(at + 28, true),
      view.getUint32(at + 42, true),
    ];
    assert.equal(local, due, "files follow each other");
    assert.deepEqual(zip.subarray(local + 4, local + 30), zip.subarray(at + 6, at + 32), "both headers say the same");
    assert.deepEqual([view.getUint16(at + 8, true), view.getUint16(at + 10, true)], [0, 0], "stored, no flags");
    const name = Buffer.from(zip.subarray(at + 46, at + 46 + nameBytes)).toString("latin1");
    const content = zip.slice(local + 30 + nameBytes, local + 30 + nameBytes + size);
    assert.equal(crc32(content), view.getUint32(at + 16, true), name);
    files.set(name, content);
    due = local + 30 + nameBytes + size;
    at += 46 + nameBytes;
  }
  assert.deepEqual([at, due], [end, start]);
  return files;
}

export const sha1Of = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("hex");

/** One chunk of a PNG. */
export function pngChunk(name: string, data: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** A PNG of chunks, its header for a picture of `side` pixels of grey. */
export function pngOf(side: number, chunks: readonly (readonly [name: string, data: Uint8Array])[]): Uint8Array {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const parts = [["IHDR", head] as const, ...chunks, ["IEND", new Uint8Array(0)] as const];
  return new Uint8Array(
    Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...parts.map(([name, data]) => pngChunk(name, data))]),
  );
}

/** Colours of a picture with a palette of 4 bits, line by line. */
export function pixelsOfPng(png: Uint8Array): { readonly side: number; readonly pixels: readonly number[] } {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  let [at, side] = [8, 0];
  let palette = new Uint8Array(0);
  const data: Uint8Array[] = [];
  for (;;) {
    const [size, name] = [view.getUint32(at), Buffer.from(png.subarray(at + 4, at + 8)).toString("latin1")];
    const content = png.slice(at + 8, at + 8 + size);
    assert.equal(crc32(png.subarray(at + 4, at + 8 + size)), view.getUint32(at + 8 + size), name);
    if (name === "IHDR") {
      side = view.getUint32(at + 8);
      assert.deepEqual([...content.subarray(8)], [4, 3, 0, 0, 0]);
    }
    if (name === "PLTE") palette = content;
    if (name === "IDAT") data.push(content);
    at += 12 + size;
    if (name === "IEND") break;
  }
  assert.equal(at, png.length);
  const lines = inflateSync(Buffer.concat(data));
  const pixels: number[] = [];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const byte = lines[y * (1 + Math.ceil(side / 2)) + 1 + (x >> 1)] ?? 0;
      const colour = 3 * (x % 2 === 0 ? byte >> 4 : byte & 15);
      pixels.push(palette[colour] ?? -1, palette[colour + 1] ?? -1, palette[colour + 2] ?? -1);
    }
  return { side, pixels };
}
