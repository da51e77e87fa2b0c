import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encode } from "uqr";
import { BOB, fakeTransfer } from "../testing/fake-people.ts";
import { progressLine, timeToGo } from "./progress.ts";
import { qrLines } from "./qr.ts";
import { hasUnicode, styleOf } from "./style.ts";
import { table } from "./table.ts";
import { widthOf } from "./terminal-text.ts";
import { agoInWords, bytesInWords, durationInWords, shortFingerprint } from "./units.ts";

const plain = styleOf({ color: false, unicode: true });

test("sizes are decimal, with the digits one needs", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 KB"],
    [99_940, "99.9 KB"],
    [99_960, "100 KB"],
    [999_499, "999 KB"],
    [999_600, "1.0 MB"],
    [1_073_741_824, "1.1 GB"],
    [5e15, "5000 TB"],
  ];
  for (const [bytes, words] of cases) assert.equal(bytesInWords(bytes), words);
});

test("times are told as people do", () => {
  assert.equal(durationInWords(4_400), "4 s");
  assert.equal(durationInWords(125_000), "2 min 05 s");
  assert.equal(durationInWords(3 * 3_600_000 + 12 * 60_000), "3 h 12 min");
  assert.equal(durationInWords(-5), "0 s");
  assert.equal(agoInWords(0, 5_000), "now");
  assert.equal(agoInWords(10_000, 0), "now"); // their clock is ahead
  assert.equal(agoInWords(0, 86_400_000 * 3), "3 d ago");
  assert.equal(shortFingerprint("AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-0000-1111"), "AAAA-BBBB-CCCC-DDDD");
});

test("progress shows rate and time to go, and fits the window", () => {
  const view = fakeTransfer("1", BOB, { state: "active", bytesDone: 1e6, bytesPerSecond: 5e5, names: ["holiday.mp4"] });
  assert.equal(timeToGo(view), 6_000);
  assert.match(
    progressLine(view, plain, 100),
    /^holiday\.mp4 +█████░{15} {2}25 % {2}1\.0 MB of 4\.0 MB {2}500 KB\/s {2}6 s left$/,
  );
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 200 }), fc.double({ min: 0, max: 1, noNaN: true }), (columns, share) => {
      const line = progressLine({ ...view, bytesDone: Math.floor(share * view.bytesTotal) }, plain, columns);
      assert.ok(widthOf(line) <= columns, `${line} is over ${columns}`);
    }),
  );
});

test("an empty file is 0 % until it is done", () => {
  const empty = fakeTransfer("1", BOB, { bytesTotal: 0, state: "offered" });
  assert.match(progressLine(empty, plain, 100), / 0 %/);
  assert.match(progressLine({ ...empty, state: "done" }, plain, 100), /100 %/);
});

test("tables fit the window as long as columns can give way", () => {
  const columns = [{ title: "A" }, { title: "NAME", isFlexible: true }];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ maxLength: 5 }), fc.string({ unit: "grapheme", maxLength: 60 }))),
      fc.integer({ min: 20, max: 90 }),
      (rows, width) => {
        const clean = rows.map((row) => row.map((cell) => cell.replace(/\p{C}/gu, "")));
        for (const line of table(columns, clean, { width, titlePaint: (text) => text }))
          assert.ok(widthOf(line) <= width);
      },
    ),
  );
});

test("a printed QR code has the modules of the code, dark on light", () => {
  const text = "kith:pair/AQIDBAUGBwgJCgsMDQ4PEA";
  const { data } = encode(text, { border: 2, ecc: "L" });
  for (const color of [true, false]) {
    const lines = qrLines(text, { color }).map((line) => line.replace(/\p{Cc}\[[0-9;]*m/gu, ""));
    const upper = (sign: string): boolean => sign === "▀" || sign === "█";
    const lower = (sign: string): boolean => sign === "▄" || sign === "█";
    const isInk = lines.flatMap((line) => [[...line].map(upper), [...line].map(lower)]).slice(0, data.length);
    // With colours ink is the dark module on a light ground; without, it is the light one on a dark terminal.
    assert.deepEqual(isInk, color ? data : data.map((row) => row.map((isDark) => !isDark)));
  }
});

test("signs are ASCII where the locale is", () => {
  assert.equal(hasUnicode({ LANG: "de_DE.UTF-8" }), true);
  assert.equal(hasUnicode({ LANG: "de_DE.UTF-8", LC_ALL: "C" }), false);
  assert.equal(hasUnicode({}), true);
  assert.match(JSON.stringify(styleOf({ color: false, unicode: false }).signs), /^[\x20-\x7e]*$/);
});
