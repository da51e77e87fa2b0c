/**
 * What `node --test` says, for people: failures whole, which files took long, skips with their reason, and one closing
 * line `N passed, N failed, N skipped`. Only leaves of the tree of tests are counted.
 *
 * @module
 */
import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";
import { Watchdog } from "./watchdog.ts";

type TestSummary = Extract<TestEvent, { type: "test:summary" }>["data"];

const SLOW_MS = 10_000;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const isSuite = (data: { details?: { type?: string } }): boolean => data.details?.type === "suite";

/** Where the time went: a file that took longer than a person would wait. */
function* slowFile({ file, duration_ms: ms }: TestSummary): Generator<string> {
  if (file === undefined || ms < SLOW_MS) return;
  yield `${relative(process.cwd(), file)}: ${(ms / 1_000).toFixed(1)} s\n`;
}

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const skips: string[] = [];
  const watchdog = new Watchdog();
  for await (const event of events) {
    watchdog.heard(event.data !== undefined && "file" in event.data ? event.data.file : undefined);
    if (event.type === "test:pass" && !isSuite(event.data)) {
      if (event.data.skip === undefined || event.data.skip === false) counts.passed += 1;
      else {
        counts.skipped += 1;
        skips.push(`skipped: ${event.data.name}: ${event.data.skip === true ? "no reason given" : event.data.skip}\n`);
      }
    } else if (event.type === "test:fail") {
      if (!isSuite(event.data)) counts.failed += 1;
      const file = event.data.file === undefined ? "" : relative(process.cwd(), event.data.file);
      const { error } = event.data.details;
      const cause =
        error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause ?? error);
      yield `\nFAILED ${file}: ${event.data.name}\n${cause}\n`;
    } else if (event.type === "test:summary") {
      yield* slowFile(event.data);
    } else if (event.type === "test:diagnostic" && event.data.level !== "info") {
      yield `${event.data.message}\n`;
    } else if (event.type === "test:stderr" || event.type === "test:stdout") {
      yield event.data.message;
    }
  }
  watchdog.stop();
  yield* skips;
  yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
}
