/**
 * `node:test` for a page: keeps what is registered until somebody runs it.
 *
 * @module
 */

const cases = new Map<string, () => Promise<void>>();

/** What `import { test } from "node:test"` gives a page. */
export function test(name: string, run: () => Promise<void>): void {
  cases.set(name, run);
}

/** How the test that drives the page runs what the page registered: see {@link runSuite}. */
export const pageSuite = {
  names: (): readonly string[] => [...cases.keys()],
  /** What went wrong, with its stack; `undefined` if all is well. */
  run: async (name: string): Promise<string | undefined> => {
    try {
      await cases.get(name)?.();
      return cases.has(name) ? undefined : `no case ${name}`;
    } catch (error) {
      return error instanceof Error ? `${error}\n${error.stack}` : String(error);
    }
  },
};

Object.assign(globalThis, { pageSuite });
