/** No page shows nothing, or a spinner alone: whoever waits is told for what. */
import type { Page } from "playwright-core";

/** What a person may look at without being told what it waits for. */
const WORDLESS_MS = 1_500;

/** Whoever looks at the page is told what it waits for: one that shows nothing, or a spinner alone, complains. */
export async function watchWords(page: Page): Promise<void> {
  await page.addInitScript((patience) => {
    let wordlessSince: number | undefined;
    const isWordless = (): boolean =>
      document.body !== null &&
      (document.body.innerText.trim() === "" ||
        [...document.querySelectorAll(".waiting")].some((each) => each.parentElement?.innerText.trim() === ""));
    setInterval(() => {
      if (document.visibilityState === "hidden" || !isWordless()) wordlessSince = undefined;
      else wordlessSince ??= performance.now();
      if (wordlessSince === undefined || performance.now() - wordlessSince < patience) return;
      wordlessSince = undefined;
      console.error(`No word: ${document.body.innerHTML.slice(0, 300)}`);
    }, 250);
  }, WORDLESS_MS);
}
