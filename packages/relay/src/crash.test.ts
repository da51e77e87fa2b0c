// A real kill: what a crash leaves on the disk cannot be faked. crash.system.test.ts does it a hundred times.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkAfterCrash, writeUntilKilled } from "./testing/crash-writer.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-crash-"));
after(() => rmSync(folder, { recursive: true }));

test("[MEE-8] SIGKILL during writes loses nothing that was acknowledged, and halves nothing", {
  timeout: 60_000,
}, async () => {
  for (const wait of [0, 7, 60]) {
    const data = join(folder, String(wait));
    checkAfterCrash(data, await writeUntilKilled(data, wait));
  }
});
