/**
 * Loaded before every test file: one whose tests are over, and that something they left open keeps from ending, says what
 * that is, and ends. Not at once, as `--test-force-exit` would: that cost 64 tests of 3,777 their results.
 */
import { isMainThread } from "node:worker_threads";

/** Longer than any test takes that its file only comes to name when others are over. */
const HELD_UP_MAX_MS = 300_000;

// Not in programs that tests start, which may be given the same arguments and variables.
const isTestFile =
  isMainThread && process.env["NODE_TEST_CONTEXT"] !== undefined && /\.test\.ts$/.test(process.argv[1] ?? "");

if (isTestFile) {
  const { after } = await import("node:test");
  after(() => {
    setTimeout(() => {
      const held = process.getActiveResourcesInfo().join(", ");
      process.stderr.write(`${process.argv[1]} is over, and did not end by itself: ${held}\n`);
      process.exit();
    }, HELD_UP_MAX_MS).unref();
  });
}
