/** Screenshots, for people to look at: kept where `KITH_PICTURES` says, else nowhere. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";

export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env["KITH_PICTURES"];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** On a phone and a wide screen, by day and by night. */
export async function keepPictures(page: Page, name: string): Promise<void> {
  if (!process.env["KITH_PICTURES"]) return;
  const before = page.viewportSize();
  for (const [width, height] of [[390, 844] as const, [1280, 800] as const])
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(300); // colours move there
      await keepPicture(page, `${name}-${width}-${colorScheme}`);
    }
  await page.emulateMedia({ colorScheme: "light" });
  if (before !== null) await page.setViewportSize(before);
}
