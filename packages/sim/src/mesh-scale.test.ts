/** Rooms of mesh machines, small and short; the large ones are `npm run sim -- --mesh 1000`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seconds } from "@kith/core";
import { drawCurves } from "./curve-drawing.ts";
import { MeshScale, SCALE_DEFAULTS } from "./mesh-scale.ts";

for (const members of [10, 60]) {
  test(`a mesh of ${members} for a minute, of whom some leave and come back`, () => {
    const report = new MeshScale({ ...SCALE_DEFAULTS, members, duration: seconds(60) }).run();
    assert.ok(report.delivered >= 0.999, `${report.delivered} delivered`);
    assert.ok(report.duplicates < 1, `${report.duplicates} in vain`);
    assert.ok(report.links.max <= 8, `${report.links.max} links`);
    assert.equal(report.misbehaved, 0);
    assert.ok(report.pairs > 500, "most were there");
  });
}

test("the same seed gives the same room, another seed another one", () => {
  const run = (seed: string) => new MeshScale({ ...SCALE_DEFAULTS, members: 10, duration: seconds(20), seed }).run();
  assert.deepEqual(run("a"), run("a"));
  assert.notDeepEqual(run("a"), run("b"));
});

test("curves are drawn within their frame", () => {
  const points = [10, 100, 1_000].map((x) => ({ x, y: x / 7 }));
  const svg = drawCurves([{ title: "bytes", lines: [{ label: "all", points }], least: 0 }]);
  const [, path = ""] = svg.match(/polyline points="([^"]+)"/) ?? [];
  for (const [x = 0, y = 0] of path.split(" ").map((pair) => pair.split(",").map(Number)))
    assert.ok(x >= 48 && x <= 246.01 && y >= 28 && y <= 164.01, `${x},${y}`);
});
