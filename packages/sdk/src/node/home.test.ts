// Real folders, files and processes: locks and modes are the system's.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { defaultHome, openHome } from "./home.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-home-"));
after(() => rmSync(folder, { recursive: true }));

test("openHome makes a folder for its owner alone, with a place for everything", async () => {
  await using home = await openHome(join(folder, "deep", "new"));
  for (const path of [home.directory, home.inbox]) assert.equal(statSync(path).mode & 0o777, 0o700, path);
  assert.equal(home.store, join(folder, "deep", "new", "store.sqlite"));
});

test("openHome closes a folder that others could read", async () => {
  const open = join(folder, "open");
  await (await openHome(open)).close();
  chmodSync(open, 0o755);
  await using home = await openHome(open);
  assert.equal(statSync(home.directory).mode & 0o777, 0o700);
});

test("openHome refuses what is no folder, or cannot be made", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  await assert.rejects(openHome(file), { code: "ERR_STORAGE" });
  await assert.rejects(openHome(join(file, "below")), { code: "ERR_STORAGE" });
});

test("openHome gives a home to one at a time, in this process too, and again after close", async () => {
  const path = join(folder, "one");
  const first = await openHome(path);
  await assert.rejects(openHome(path), { code: "ERR_HOME_IN_USE" });
  await first.close();
  await first.close();
  await (await openHome(path)).close();
});

const HOLDER = `
  import { openHome } from ${JSON.stringify(new URL("./home.ts", import.meta.url).href)};
  await openHome(process.argv[1]);
  console.log("held");
  setInterval(() => {}, 1000);
`;

test("openHome: a process that was killed holds nothing", { timeout: 20_000 }, async () => {
  const path = join(folder, "killed");
  const child = spawn(process.execPath, ["--input-type=module", "-e", HOLDER, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  await assert.rejects(openHome(path), { code: "ERR_HOME_IN_USE" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  await (await openHome(path)).close();
});

test("defaultHome follows KITH_HOME, then XDG_DATA_HOME, then the home directory", {
  skip: process.platform === "win32",
}, () => {
  assert.equal(defaultHome({ KITH_HOME: "/k", XDG_DATA_HOME: "/x", HOME: "/h" }), "/k");
  assert.equal(defaultHome({ XDG_DATA_HOME: "/x", HOME: "/h" }), "/x/kith");
  assert.equal(defaultHome({ HOME: "/h" }), "/h/.local/share/kith");
});
