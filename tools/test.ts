/**
 * `npm test`: every test. The checks first, then the tests that use this system for real (mDNS with
 * avahi, network namespaces, processes that are killed), one file at a time.
 */
import { CHECKS } from "./check.ts";
import { runStages, testStage } from "./stages.ts";

runStages([
  ...CHECKS,
  testStage("system", ["packages/*/src/**/*.system.test.ts", "tools/*.system.test.ts"], {
    concurrency: 1,
    timeoutMinutes: 15,
  }),
]);
