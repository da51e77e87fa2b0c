// A real relay, at whose port the page of links is as the CLI puts it there.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readConfig, startRelay } from "@kith/relay";
import { openCardPage } from "@kith/web";
import { cardRoutes } from "./served-app.ts";

test("a relay without the app serves the page of links, what that loads, and nothing else of the app", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kith-card-page-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "c.html"), '<script type="module" src="./assets/c-1.js" integrity="sha384-x"></script>');
  for (const name of ["index.html", "assets/c-1.js", "assets/index-2.js"]) writeFileSync(join(folder, name), name);
  const page = openCardPage(folder);
  assert.ok(page !== undefined);
  assert.deepEqual(page.paths, ["/assets/c-1.js", "/c.html"]);
  const config = readConfig({ flags: { data: join(folder, "data"), port: "0", log: "off" } });
  const relay = await startRelay(config, { write: () => {}, routes: cardRoutes(page) });
  try {
    const at = `http://127.0.0.1:${relay.port}`;
    const shown = await fetch(`${at}/c`);
    assert.equal(shown.status, 200);
    assert.match(shown.headers.get("content-security-policy") ?? "", /; connect-src 'self'; trusted-types 'none'$/);
    assert.match(await (await fetch(`${at}/`)).text(), /^This is a Kith relay/);
    assert.deepEqual(await (await fetch(`${at}/served.json`)).json(), { app: false });
    assert.equal((await fetch(`${at}/assets/index-2.js`)).status, 404);
    assert.equal((await fetch(`${at}/shares/${"0".repeat(32)}`, { method: "POST" })).status, 404);
  } finally {
    await relay.drain();
    rmSync(folder, { recursive: true });
  }
  assert.equal(openCardPage(join(folder, "nowhere")), undefined);
});
