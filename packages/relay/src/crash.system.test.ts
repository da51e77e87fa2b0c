// Real kills, many of them: minutes of processes that start, write and die.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkAfterCrash, writeUntilKilled } from "./testing/crash-writer.ts";
import { RelayGuest } from "./testing/relay-guest.ts";
import { relayProcess } from "./testing/relay-process.ts";
import { idOf } from "./testing/state-questions.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-crashes-"));
after(() => rmSync(folder, { recursive: true }));

test("[MEE-8] SIGKILL at 100 random points loses nothing that was acknowledged", { timeout: 600_000 }, async () => {
  for (let point = 0; point < 100; point++) {
    const data = join(folder, `s${point}`);
    const wait = Math.floor(Math.random() * 120); // where in a write that is, only chance can say
    const last = await writeUntilKilled(data, wait);
    checkAfterCrash(data, last);
    rmSync(data, { recursive: true });
  }
});

test("[MEE-8] [REL-14] a relay that is killed and starts again has every item that it said was kept", {
  timeout: 300_000,
}, async () => {
  const data = join(folder, "relay");
  const ben = new Uint8Array(32).fill(2);
  const kept = new Set<number>();
  const taken = new Set<number>();
  let next = 1;
  let benKey: Uint8Array | undefined;
  for (let round = 0; round < 6; round++) {
    const { child, port } = await relayProcess(data);
    const reader = await RelayGuest.login(port, ben);
    benKey = reader.key;
    const heard = new Set<number>();
    while (![...kept].every((number) => heard.has(number))) {
      const { from, id } = await reader.hear("item"); // waits for ever if one is lost
      const number = Buffer.from(id).readUInt32BE(12);
      assert.ok(!heard.has(number), `item ${number} came twice`);
      assert.ok(!taken.has(number), `item ${number} was taken before`);
      heard.add(number);
      reader.say({ type: "taken", items: [{ from, id }] });
    }
    for (const number of heard) taken.add(number);
    kept.clear();
    reader.say({ type: "ping", request: 1 });
    await reader.hear("done"); // what was said before has been heard, and is on the disk
    await reader.close();
    const sender = await RelayGuest.login(port);
    const killed = new Promise((resolve) => child.once("exit", resolve));
    setTimeout(() => child.kill("SIGKILL"), 20 + Math.random() * 60);
    try {
      for (const end = next + 40; next < end; next++) {
        const sealed = new Uint8Array(2_000).fill(next);
        sender.say({ type: "deposit", request: next, to: benKey, id: idOf(next), lifetime: 3_600, sealed });
        if ((await sender.hear("done", "failed")).type === "done") kept.add(next);
      }
      child.kill("SIGKILL");
    } catch {
      next++; // killed before it answered: kept or not
    }
    await killed;
    await sender.closed;
  }
});
