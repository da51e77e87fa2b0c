import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import { encode } from "uqr";
import { codesIn, isPicture } from "./picture-codes.ts";

/** Of `side` pixels, grey, one byte each; `said`: the size that its head claims. */
function png(side: number, pixel: (x: number, y: number) => boolean, said = side): Uint8Array {
  const chunk = (kind: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0]);
  head.writeUInt32BE(said, 0);
  head.writeUInt32BE(said, 4);
  const rows = Buffer.alloc(side * (side + 1));
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) rows[y * (side + 1) + 1 + x] = pixel(x, y) ? 0 : 255;
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.of())]);
}

/** A screenshot of a code, four pixels a module. */
function screenshot(text: string): Uint8Array {
  const { data, size } = encode(text, { border: 4 });
  return png(size * 4, (x, y) => data[y >> 2]?.[x >> 2] === true);
}

test("a code is read from a screenshot, and from a photo of a screen", async () => {
  assert.deepEqual(await codesIn(screenshot("kith:card/AQE")), ["kith:card/AQE"]);
  const photo = new Uint8Array(readFileSync(new URL("../testdata/photo-of-a-code.jpg", import.meta.url)));
  assert.ok(isPicture(photo));
  assert.deepEqual(await codesIn(photo), ["MECARD:N:Hopper,Grace;TEL:+15550100;EMAIL:grace@example.org;;"]);
});

test("no code, a picture cut off, one that would fill the memory: each is refused by name", async () => {
  const empty = png(64, () => false);
  for (const picture of [empty, empty.subarray(0, 60), screenshot("x").subarray(0, 200)])
    await assert.rejects(codesIn(picture), { code: "ERR_NO_CODE" });
  await assert.rejects(codesIn(png(8, () => false, 20_000)), { code: "ERR_TOO_LARGE" });
  assert.equal(isPicture(new TextEncoder().encode("BEGIN:VCARD")), false);
  assert.equal(isPicture(new TextEncoder().encode("<svg xmlns='http://www.w3.org/2000/svg'/>")), false);
});
