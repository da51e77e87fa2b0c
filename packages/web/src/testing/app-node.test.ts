import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startAppNode } from "./app-node.ts";

test("a node that cannot build the app fails the test in its own words, and is gone", { timeout: 30_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-app-node-"));
  const failing = join(folder, "failing.mjs");
  await writeFile(
    failing,
    `console.error(JSON.stringify({ type: "error", code: "ERR_BUG", exit: 1, message: "\\x1b[31mCannot build:\\nthread.tsx:7: \\"what\\"?" }));`,
  );
  const silent = join(folder, "silent.mjs");
  await writeFile(silent, `console.log("no record"); setInterval(() => {}, 1_000);`);
  await assert.rejects(startAppNode(failing), /does not serve the app: Cannot build:\nthread\.tsx:7: "what"\?$/);
  await assert.rejects(startAppNode(silent), /without a word/, "and one that says something else is ended");
  await rm(folder, { recursive: true });
});
