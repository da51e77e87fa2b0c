/**
 * As much of `node:assert/strict` as the suites of `@kith/sdk/testing` use, for a page.
 *
 * @module
 */

type Expected = Readonly<Record<string, unknown>> | ((error: unknown) => boolean);

function ok(value: unknown, message = "expected a truthy value"): asserts value {
  if (!value) throw new Error(message);
}

const equal = (actual: unknown, expected: unknown, message = ""): void =>
  ok(Object.is(actual, expected), `${message} ${shown(actual)} is not ${shown(expected)}`);

const deepEqual = (actual: unknown, expected: unknown, message = ""): void =>
  ok(isDeepEqual(actual, expected), `${message} ${shown(actual)} is not like ${shown(expected)}`);

const match = (actual: string, expected: RegExp): void =>
  ok(expected.test(actual), `${shown(actual)} does not match ${expected}`);

async function rejects(promise: Promise<unknown>, expected?: Expected): Promise<void> {
  const ended = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  ok(ended, "expected a rejection");
  if (typeof expected === "function") return ok(expected(ended.error), `not the rejection: ${String(ended.error)}`);
  for (const [key, value] of Object.entries(expected ?? {})) {
    const found: unknown = Reflect.get(Object(ended.error), key);
    if (value instanceof RegExp) match(String(found), value);
    else deepEqual(found, value, `${key} of ${String(ended.error)}:`);
  }
}

/** What `import assert from "node:assert/strict"` gives a page. */
export const pageAssert: {
  readonly ok: typeof ok;
  readonly equal: typeof equal;
  readonly deepEqual: typeof deepEqual;
  readonly match: typeof match;
  readonly rejects: typeof rejects;
} = { ok, equal, deepEqual, match, rejects };

function isDeepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isDeepEqual(Reflect.get(a, key), Reflect.get(b, key)))
  );
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 200);
