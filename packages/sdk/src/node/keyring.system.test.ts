// A real Secret Service, where Debian's gnome-keyring can be had, and a machine without one.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { whyMissing } from "../testing/net-lab.ts";

const SCRIPT = `
  import { systemKeyring } from ${JSON.stringify(new URL("./keyring.ts", import.meta.url).href)};
  const keyring = systemKeyring();
  try {
    await keyring.put("kith-test", "a secret");
    console.log(await keyring.take("kith-test"));
    await keyring.remove("kith-test");
    console.log(await keyring.take("kith-test"));
  } catch (error) {
    console.log("refused");
  }
  process.exit(0);
`;

const missing = whyMissing(["dbus-run-session", "gnome-keyring-daemon"]);
if (missing !== undefined) console.log(`keyring against a Secret Service: skipped, ${missing}`);

test("systemKeyring keeps a text in gnome-keyring, gives it back and forgets it", {
  skip: missing ?? false,
  timeout: 60_000,
}, () => {
  const home = mkdtempSync(join(tmpdir(), "kith-keyring-"));
  const shell = `printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"`;
  const node = [process.execPath, "--input-type=module", "-e", SCRIPT];
  const run = spawnSync("dbus-run-session", ["--", "sh", "-c", shell, "sh", ...node], {
    encoding: "utf8",
    timeout: 50_000,
    env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, XDG_DATA_HOME: home },
  });
  rmSync(home, { recursive: true, force: true });
  assert.equal(run.stdout, "a secret\nundefined\n", run.stderr);
});

test("systemKeyring refuses where there is no keyring", { skip: process.platform !== "linux", timeout: 60_000 }, () => {
  const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent", XDG_RUNTIME_DIR: "/nonexistent" };
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", SCRIPT], {
    encoding: "utf8",
    timeout: 50_000,
    env,
  });
  assert.equal(run.stdout, "refused\n", run.stderr);
});
