/** One screen as everybody gets it: small and wide, light and dark; nothing that axe finds, nothing wider than the window. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { violationsOf } from "./axe.ts";
import { keepPicture } from "./picture.ts";

const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
] as const;

export async function inspect(page: Page, screen: string): Promise<void> {
  const before = page.viewportSize();
  for (const viewport of SIZES)
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const look = `${screen}-${viewport.width}-${colorScheme}`;
      await keepPicture(page, look);
      assert.deepEqual(await violationsOf(page), [], look);
      assert.equal(await overflow(page), 0, `${look} is wider than the window`);
    }
  if (before !== null) await page.setViewportSize(before);
}

/** Pixels by which the page, or what is beside each other in it, is wider than its place. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const places = [...document.querySelectorAll(".place, .pane, dialog")];
    return places.reduce((sum, place) => sum + place.scrollWidth - place.clientWidth, scrollWidth - clientWidth);
  });
