/** What axe-core finds wrong with a page, for those who cannot see it, hear it or hold a mouse. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Colours that change are looked at when they have changed. A spinner never ends. */
const SETTLED = `new Promise(requestAnimationFrame).then(() => Promise.allSettled(document.getAnimations()
  .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity).map(({ finished }) => finished)))`;

/** Runs inside the page; a text, because the page's policy lets nothing else in. */
const RUN = `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  JSON.stringify(violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => [id, String(target), failureSummary].join(" ")))))`;

/** Each violation with its rule, its place and what would mend it. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  const devtools = await page.context().newCDPSession(page);
  const evaluate = async (expression: string): Promise<unknown> => {
    const how = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await devtools.send("Runtime.evaluate", how);
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  };
  await evaluate(`${AXE};undefined`);
  await evaluate(`${SETTLED}.then(() => undefined)`);
  const found: unknown = JSON.parse(String(await evaluate(RUN)));
  await devtools.detach();
  return Array.isArray(found) ? found.map(String) : [];
}
