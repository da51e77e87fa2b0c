import assert from "node:assert/strict";
import { test } from "node:test";
import { pictureSize } from "./picture-size.ts";

const at = (length: number, ...parts: readonly (readonly [number, string | readonly number[]])[]): Uint8Array => {
  const bytes = new Uint8Array(length);
  for (const [place, part] of parts) bytes.set(typeof part === "string" ? Buffer.from(part, "latin1") : part, place);
  return bytes;
};

const PNG = at(24, [0, "\x89PNG\r\n\x1a\n"], [12, "IHDR"], [16, [0, 0, 1, 2, 0, 1, 0, 0]]);
const GIF = at(
  40,
  [0, "GIF89a"],
  [6, [2, 0, 3, 0, 0x80]],
  [19, [0x21, 0xf9, 1, 7, 0]],
  [24, [0x2c, 1, 0, 0, 0, 9, 0, 1, 0]],
);
const JPEG = at(30, [0, [0xff, 0xd8, 0xff, 0xe0, 0, 4, 9, 9]], [8, [0xff, 0xff, 0xc2, 0, 11, 8, 1, 0, 2, 0]]);
const VP8X = at(30, [0, "RIFF"], [8, "WEBPVP8X"], [24, [255, 255, 0, 1, 0, 0]]);
const VP8 = at(30, [0, "RIFF"], [8, "WEBPVP8 "], [26, [0x40, 0x46, 0x20, 0x03]]);
const VP8L = at(30, [0, "RIFF"], [8, "WEBPVP8L"], [20, [0x2f, 0x3f, 0x06, 0xc8, 0x00]]);

test("pictures are measured by what they begin with", () => {
  assert.deepEqual(pictureSize(PNG), { width: 258, height: 65_536 });
  assert.deepEqual(pictureSize(GIF), { width: 10, height: 3 }); // of the frame and of the screen, the larger
  assert.deepEqual(pictureSize(JPEG), { width: 512, height: 256 });
  assert.deepEqual(pictureSize(VP8X), { width: 65_536, height: 2 });
  assert.deepEqual(pictureSize(VP8), { width: 1_600, height: 800 });
  assert.deepEqual(pictureSize(VP8L), { width: 1_600, height: 801 });
});

test("what is cut off or something else has no size", () => {
  for (const whole of [PNG, GIF, JPEG, VP8X])
    for (let length = 0; length < 15; length++) assert.equal(pictureSize(whole.subarray(0, length)), undefined);
  for (const text of [
    "",
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "\0\0\0\x20ftypavif",
    "%PDF-1.7",
  ])
    assert.equal(pictureSize(Buffer.from(text)), undefined);
  assert.equal(pictureSize(at(24, [0, "\x89PNG\r\n\x1a\n"], [12, "IHDR"])), undefined); // nothing wide, nothing high
});
