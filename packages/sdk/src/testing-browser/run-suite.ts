/**
 * A suite of `@kith/sdk/testing` that a page's module registered, run there, each case told to `node:test` here.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import type { pageSuite as PageSuite } from "./page-test.ts";

/** What the page has. */
declare const pageSuite: typeof PageSuite;

/** Runs them one after the other; fails if there are none. */
export async function runSuite(context: TestContext, page: Page): Promise<void> {
  const names = await page.evaluate(() => pageSuite.names());
  assert.ok(names.length > 0, "the page registered no test");
  for (const name of names) {
    await context.test(name, async () => {
      const problem = await page.evaluate((name) => pageSuite.run(name), name);
      if (problem !== undefined) assert.fail(`in the page: ${problem}`);
    });
  }
}
