/** Backups of a home in a page of Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { launchChromium, type ModulePage, serveModule } from "../testing-browser/index.ts";

declare const kith: typeof import("./index.ts");

let served: ModulePage;
let browser: Browser;
before(async () => {
  served = await serveModule(fileURLToPath(new URL("./page.fixture.ts", import.meta.url)));
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await served?.[Symbol.asyncDispose]();
});

test("[BAK-6] WebHome puts a backup back in one write: what fails midway leaves all as it was", async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(served.url);
  const seen = await page.evaluate(async () => {
    const codeOf = (error: { code?: string }): string | undefined => error.code;
    const home = await kith.openWebHome({ name: "one" });
    const { identity } = await home.create("Ada");
    const id = identity.peerId;
    for (const digit of ["a", "b", "c"]) // revoked grants: the shortest that a backup has
      await home.store?.set(`trust/revoked/${digit.repeat(32)}`, new Uint8Array(8).fill(1));
    await home.store?.set("chat/note", Uint8Array.of(7));
    const { bytes, records } = await home.backup("to paper");
    await home.store?.delete(`trust/revoked/${"b".repeat(32)}`);
    const same = await kith.openBackupFile(bytes, "to paper");
    await home.restore(same);
    const merged = (await home.store?.list(""))?.map(({ key }) => key.slice(0, 15));
    await home.close();

    const other = await kith.openWebHome({ name: "two" });
    await other.create("Ben");
    await other.store?.set("trust/contact/1", Uint8Array.of(7));
    const wrong = await kith.openBackupFile(bytes, "wrong").catch(codeOf);
    const damaged = await kith
      .openBackupFile(
        bytes.map((byte, at) => (at === 2_000 ? byte ^ 1 : byte)),
        "to paper",
      )
      .catch(codeOf);
    const nothing = await kith.openBackupFile(Uint8Array.of(0xff, 0xfe), "to paper").catch(codeOf);
    const { put } = IDBObjectStore.prototype;
    let puts = 0;
    IDBObjectStore.prototype.put = function (value: unknown, key?: IDBValidKey): IDBRequest<IDBValidKey> {
      puts++;
      if (puts > 3) throw new DOMException("the disk is full", "QuotaExceededError");
      return put.call(this, value, key);
    };
    const failed = await other.restore(await kith.openBackupFile(bytes, "to paper")).catch(codeOf);
    IDBObjectStore.prototype.put = put;
    await other.close();
    const again = await kith.openWebHome({ name: "two" });
    const { name } = await again.unlock();
    const left = (await again.store?.list(""))?.map(({ key }) => key);
    const opened = await kith.openBackupFile(bytes, "to paper");
    const { identity: now } = await again.restore(opened);
    const after = (await again.store?.list(""))?.map(({ key }) => key.slice(0, 15));
    const { counts } = opened;
    return {
      records,
      merged,
      wrong,
      damaged,
      nothing,
      failed,
      puts,
      name,
      left,
      after,
      counts,
      isSame: now.peerId === id,
    };
  });
  const revoked = ["trust/revoked/a", "trust/revoked/b", "trust/revoked/c"];
  assert.deepEqual(seen, {
    ...{ records: 3, merged: ["chat/note", "home/identity".slice(0, 15), ...revoked], isSame: true },
    ...{ wrong: "ERR_IDENTITY", damaged: "ERR_BACKUP", nothing: "ERR_BACKUP", failed: "ERR_STORAGE", puts: 4 },
    ...{ name: "Ben", left: ["home/identity", "trust/contact/1"], after: ["home/identity", ...revoked] },
    counts: { contacts: 0, cards: 0, people: 0 },
  });
});
