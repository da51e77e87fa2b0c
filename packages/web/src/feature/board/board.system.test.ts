/**
 * Ten thousand strokes in a real page. Says how fast it was, which depends on what else runs; asserts that all of it went on, and how
 * much was painted for it. Real time: it is Chromium's.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium, serveModule } from "@kith/sdk/testing/browser";
import type { BoardFixture } from "./board.fixture.ts";

const STROKES = 10_000;
const LOOK_MS = 3_000;

test(`a board of ${STROKES} strokes is drawn, moved and drawn on`, { timeout: 120_000 }, async (t) => {
  await using served = await serveModule(fileURLToPath(new URL("./board.fixture.ts", import.meta.url)));
  await using browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(served.url);
  const { filledMs, addedMs, panned, drawn } = await page.evaluate(
    async ([strokes, ms]) => {
      const { board } = globalThis as unknown as { board: BoardFixture };
      const filledMs = await board.fill(strokes);
      const addedMs = await board.add();
      return { filledMs, addedMs, panned: await board.pan(ms), drawn: await board.draw(ms) };
    },
    [STROKES, LOOK_MS] as const,
  );
  const rate = ({ frames }: { frames: number }): string => ((1_000 * frames) / LOOK_MS).toFixed(0);
  t.diagnostic(`first drawn in ${filledMs} ms, one more in ${addedMs} ms`);
  t.diagnostic(`panning ${rate(panned)} frames/s, longest pause ${panned.longestMs} ms`);
  t.diagnostic(`drawing ${rate(drawn)} frames/s, longest pause ${drawn.longestMs} ms`);
  assert.ok(panned.frames > 0 && drawn.frames > 0);
});

test("a board paints what is new, and what comes out is what it would be if all were painted", {
  timeout: 120_000,
}, async (t) => {
  await using served = await serveModule(fileURLToPath(new URL("./board.fixture.ts", import.meta.url)));
  await using browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: 640, height: 480 } });
  await page.goto(served.url);
  const { moves, undone } = await page.evaluate(async (strokes) => {
    const { board } = globalThis as unknown as { board: BoardFixture };
    await board.fill(strokes);
    const moves = [];
    for (const [dx, dy] of [
      [-37.4, -21.8],
      [12, 0],
      [0, 30.5],
      [-500, 90],
    ] as const)
      moves.push(await board.move(dx, dy));
    return { moves, undone: await board.undo(2_050) };
  }, STROKES);
  for (const [index, { painted, wrong }] of [...moves, undone].entries()) {
    t.diagnostic(`${index}: ${painted} painted, ${wrong} pixels wrong`);
    assert.ok(wrong < 20, `${wrong} pixels`);
  }
  const [diagonal, small] = moves;
  assert.ok(diagonal !== undefined && small !== undefined);
  assert.ok(diagonal.painted < 1_500 && small.painted < 500, "strips alone");
  assert.ok(undone.painted < 400, "one place alone");
});
