/** `npm run check`: everything that needs no network namespaces, daemons or long runs. */
import { runStages, type Stage, testStage } from "./stages.ts";

export const CHECKS: readonly Stage[] = [
  { name: "format and lint", command: ["biome", "check", "--error-on-warnings", "."] },
  { name: "types", command: ["tsc", "-b", "--force"] },
  testStage("unit, vectors, properties, tidy", ["packages/*/src/**/*.test.ts", "tools/*.test.ts"], {
    concurrency: 2,
    timeoutMinutes: 5,
  }),
];

if (import.meta.main) runStages(CHECKS);
