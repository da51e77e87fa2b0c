// Real files and a real kill: what a crash leaves on the disk cannot be faked.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { storeSuite } from "../testing/store-suite.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-store-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const fresh = (): string => join(folder, `${++files}.sqlite`);

storeSuite("sqlite", async () => openSqliteStore(fresh()));

test("SqliteStore finds everything again, in files of its owner alone", async () => {
  const path = fresh();
  const store = openSqliteStore(path);
  await store.set("a", Uint8Array.of(1));
  for (const file of [path, `${path}-wal`, `${path}-shm`]) assert.equal(statSync(file).mode & 0o777, 0o600, file);
  await store.close();
  await using again = openSqliteStore(path);
  assert.deepEqual(await again.get("a"), Uint8Array.of(1));
});

test("SqliteStore refuses, coded, what is no database, what a newer version made, and a folder that is not there", async () => {
  const garbage = fresh();
  writeFileSync(garbage, "this is no database, whatever its name says".repeat(100));
  assert.throws(() => openSqliteStore(garbage), { code: "ERR_STORAGE" });
  const newer = fresh();
  const database = new DatabaseSync(newer);
  database.exec("PRAGMA user_version = 2");
  database.close();
  assert.throws(() => openSqliteStore(newer), { code: "ERR_STORAGE", message: /newer version/ });
  assert.throws(() => openSqliteStore(join(folder, "none", "x")), { code: "ERR_STORAGE" });
});

test("SqliteStore tells every writer of a transaction that failed, wrote nothing of it, and goes on", async () => {
  const path = fresh();
  await using store = openSqliteStore(path);
  await store.set("a", Uint8Array.of(1));
  const limit = new DatabaseSync(path);
  limit.exec(
    "CREATE TRIGGER no_b BEFORE INSERT ON entries WHEN new.key = 'b' BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
  );
  const writes = [store.set("c", Uint8Array.of(1)), store.set("b", Uint8Array.of(1))];
  for (const write of writes) await assert.rejects(write, { code: "ERR_STORAGE" });
  limit.exec("DROP TRIGGER no_b");
  limit.close();
  assert.deepEqual(
    (await store.list("")).map(({ key }) => key),
    ["a"],
  );
  await store.set("b", Uint8Array.of(2));
  assert.deepEqual(await store.get("b"), Uint8Array.of(2));
});

/** Writes pairs for ever and prints the number of each whose promise fulfilled. */
const WRITER = `
  import { openSqliteStore } from ${JSON.stringify(new URL("./sqlite-store.ts", import.meta.url).href)};
  const store = openSqliteStore(process.argv[1]);
  for (let n = 0; ; n++) {
    const value = new Uint8Array(2000).fill(n);
    const puts = ["x", "y"].map((side) => ({ key: side + "/" + String(n).padStart(6, "0"), value }));
    await store.batch(puts, []);
    console.log(n);
  }
`;

test("SqliteStore after kill -9: all that was acknowledged is there, every batch whole", {
  timeout: 30_000,
}, async () => {
  for (const acknowledged of [1, 17, 60]) {
    const path = fresh();
    const child = spawn(process.execPath, ["--input-type=module", "-e", WRITER, path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let last = -1;
    for await (const line of createInterface(child.stdout)) {
      last = Number(line);
      if (last === acknowledged) child.kill("SIGKILL");
    }
    await using store = openSqliteStore(path);
    const numbers = async (side: string) =>
      (await store.list(`${side}/`)).map(({ key, value }) => [key.slice(2), value.length]);
    const [x, y] = [await numbers("x"), await numbers("y")];
    assert.deepEqual(x, y);
    assert.ok(x.length > last, `${x.length} batches, ${last + 1} acknowledged`);
  }
});
