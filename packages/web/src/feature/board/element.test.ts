/** What comes from others onto a board. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type BoardElement, IMAGE_BYTES_MAX, readElement, STROKE_NUMBERS_MAX, TEXT_CHARACTERS_MAX } from "./element.ts";
import { boardSvg, extentOf } from "./export.ts";

const STROKE: BoardElement = { kind: "stroke", points: [0, 0, 0.5, 10, 10, 0.7], color: "red", size: 4 };
const LINE: BoardElement = { kind: "shape", shape: "line", x: 1, y: 2, width: -30, height: 40, color: "blue", size: 2 };
const TEXT: BoardElement = { kind: "text", x: 5, y: 6, text: "Hello", color: "ink", size: 20 };
const IMAGE: BoardElement = { kind: "image", bytes: new Uint8Array(8), x: 0, y: 0, width: 10, height: 10 };

test("readElement takes what a board writes, and leaves out what it does not know", () => {
  for (const element of [STROKE, LINE, TEXT, IMAGE])
    assert.deepEqual(readElement({ ...element, onload: "alert(1)" }), element);
});

test("readElement refuses what would cost too much or draws nothing sensible", () => {
  const bad: readonly unknown[] = [
    ...[null, undefined, 7, "stroke", [], {}, { kind: "script" }, { ...STROKE, kind: "circle" }],
    ...[
      { ...STROKE, points: [] },
      { ...STROKE, points: [1, 2] },
      { ...STROKE, points: [1, 2, Number.NaN] },
    ],
    { ...STROKE, points: new Array(STROKE_NUMBERS_MAX + 3).fill(1) },
    ...[
      { ...STROKE, size: 0 },
      { ...STROKE, size: 1e9 },
      { ...STROKE, color: "red;background:url(//x)" },
    ],
    ...[
      { ...LINE, width: Number.POSITIVE_INFINITY },
      { ...LINE, x: "1" },
      { ...LINE, shape: "star" },
    ],
    ...[
      { ...TEXT, text: "x".repeat(TEXT_CHARACTERS_MAX + 1) },
      { ...TEXT, text: 5 },
      { ...TEXT, y: 1e300 },
    ],
    ...[
      { ...IMAGE, bytes: new Uint8Array(IMAGE_BYTES_MAX + 1) },
      { ...IMAGE, bytes: "data:" },
    ],
  ];
  for (const value of bad) assert.equal(readElement(value), undefined, JSON.stringify(value)?.slice(0, 80));
  fc.assert(fc.property(fc.anything(), (value) => void readElement(value)));
});

test("a board as SVG holds words as words, and no element can leave its place", () => {
  const svg = boardSvg([STROKE, LINE, { ...TEXT, text: '</text><script>alert("1")</script>\u0000' }, IMAGE]);
  assert.ok(!svg.includes("<script") && !svg.includes("\u0000"));
  assert.match(svg, /&lt;script&gt;alert\(&quot;1&quot;\)/);
  const { width, height } = extentOf([STROKE, LINE, TEXT, IMAGE]);
  assert.ok(width >= 400 && height >= 300);
});
