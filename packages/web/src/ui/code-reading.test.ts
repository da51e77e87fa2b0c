/** Codes in pixels: drawn by one half, found by the other, also where they are grey, grainy or out of focus. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { codePath } from "./code-drawing.ts";
import { type Pixels, readCode, readStill } from "./code-reading.ts";

const TEXT = "https://kith.example/c#AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5";
/** Whatever else runs beside the test. */
const LONG_MS = 60_000;
const SIDE = 480;

/** The path as a browser fills it: runs of modules, four pixels each, in the middle of a frame. */
function drawn(text: string, level: "M" | "H", luma: (isDark: boolean) => number): Pixels {
  const { size, path } = codePath(text, level);
  const dark = new Set<number>();
  for (const [, x = "", y = "", run = ""] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
    for (let step = 0; step < Number(run); step++) dark.add((Number(x) + step) * 1_000 + Number(y));
  const start = Math.floor((SIDE - 4 * size) / 2);
  const data = new Uint8ClampedArray(4 * SIDE * SIDE).fill(255);
  for (let at = 0; at < SIDE * SIDE; at++) {
    const [x, y] = [Math.floor(((at % SIDE) - start) / 4), Math.floor((Math.floor(at / SIDE) - start) / 4)];
    data.fill(luma(dark.has(x * 1_000 + y)), 4 * at, 4 * at + 3);
  }
  return { width: SIDE, height: SIDE, data };
}

/** The same grain at every run: numbers that look like chance. */
function grainy({ data, ...size }: Pixels, strength: number): Pixels {
  const grain = data.map((luma, at) => {
    if (at % 4 === 3) return luma;
    let value = Math.imul((at >> 2) + 1, 0x9e3779b1);
    value = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
    value ^= value >>> 13;
    return luma + strength * ((value >>> 24) / 255 - 0.5);
  });
  return { data: grain, ...size };
}

/** Each pixel becomes the average of those around it. */
function outOfFocus({ data, ...size }: Pixels, reach: number): Pixels {
  const soft = data.slice();
  for (let y = reach; y < SIDE - reach; y++)
    for (let x = reach; x < SIDE - reach; x++) {
      let sum = 0;
      for (let dy = -reach; dy <= reach; dy++)
        for (let dx = -reach; dx <= reach; dx++) sum += data[4 * ((y + dy) * SIDE + x + dx)] ?? 0;
      soft.fill(sum / (2 * reach + 1) ** 2, 4 * (y * SIDE + x), 4 * (y * SIDE + x) + 3);
    }
  return { data: soft, ...size };
}

test("a code that was drawn is read, at both levels and by both looks", () => {
  for (const level of ["M", "H"] as const) {
    const pixels = drawn(TEXT, level, (isDark) => (isDark ? 20 : 230));
    for (const look of ["as-it-is", "clearer"] as const)
      assert.equal(readCode(pixels, look, LONG_MS), TEXT, level + look);
  }
  assert.ok(codePath(TEXT, "H").size > codePath(TEXT, "M").size);
  assert.deepEqual(codePath(TEXT), codePath(TEXT, "M"));
});

test("what is grey, grainy or out of focus is read by the clearer look, which the other misses", () => {
  const grey = drawn(TEXT, "M", (isDark) => (isDark ? 100 : 150));
  const soft = outOfFocus(
    drawn(TEXT, "M", (isDark) => (isDark ? 90 : 160)),
    2,
  );
  const hard = { grey: grainy(grey, 60), "out of focus": grainy(soft, 20) };
  for (const [name, pixels] of Object.entries(hard)) {
    assert.equal(readCode(pixels, "as-it-is", LONG_MS), undefined, `${name}: the clearer look is needed`);
    assert.equal(readCode(pixels, "clearer", LONG_MS), TEXT, name);
    assert.equal(readStill(pixels, LONG_MS), TEXT, name);
  }
});

test("pictures without a code, of any size, give none", () => {
  for (const [width, height] of [
    [1, 1],
    [1, 900],
    [20, 20],
    [21, 21],
    [64, 30],
  ] as const)
    for (const value of [0, 128, 255]) {
      const pixels = { width, height, data: new Uint8ClampedArray(4 * width * height).fill(value) };
      for (const look of ["as-it-is", "clearer"] as const) assert.equal(readCode(pixels, look), undefined);
      assert.equal(readStill(pixels), undefined);
    }
});
