/** The home of an identity in a page of Chromium, and its tabs. Real time: it is Chromium's. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium, type ModulePage, serveModule } from "../testing-browser/index.ts";

declare const kith: typeof import("./index.ts");

let served: ModulePage;
let browser: Browser;
before(async () => {
  served = await serveModule(fileURLToPath(new URL("./page.fixture.ts", import.meta.url)));
  // A name of this machine that is no localhost: there http is no secure context.
  browser = await launchChromium({ args: ["--host-resolver-rules=MAP kith.example 127.0.0.1"] });
});
after(async () => {
  await browser?.close();
  await served?.[Symbol.asyncDispose]();
});

async function tab(context: BrowserContext, url = served.url): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

test("WebHome keeps an identity over reloads, and an endpoint of it remembers", async () => {
  const page = await tab(await browser.newContext());
  const first = await page.evaluate(async () => {
    const home = await kith.openWebHome();
    const before = [home.state, home.isKept, home.reason, home.protection];
    const { identity, name } = await home.create("Ada");
    const { store } = home;
    if (store === undefined) throw new Error("no store");
    const endpoint = await kith.createEndpoint({ name, identity, store });
    await store.set("chat/note", Uint8Array.of(7));
    await endpoint.close();
    return { before, after: [home.state, home.protection], id: identity.peerId, name, isOneTime: identity.isOneTime };
  });
  assert.deepEqual(first.before, ["empty", true, undefined, "none"]);
  assert.deepEqual(first.after, ["open", "browser"]);
  assert.deepEqual([first.name, first.isOneTime], ["Ada", false]);
  await page.reload();
  const second = await page.evaluate(async () => {
    const home = await kith.openWebHome();
    const before = home.state;
    const { identity, name } = await home.unlock();
    const endpoint = await kith.createEndpoint({ name, identity, ...(home.store && { store: home.store }) });
    const note = await home.store?.get("chat/note");
    await endpoint.close();
    home.lock();
    return { before, after: home.state, id: identity.peerId, name, note: [...(note ?? [])], store: home.store };
  });
  assert.deepEqual(second, {
    ...{ before: "locked", after: "locked", id: first.id, name: "Ada", note: [7], store: undefined },
  });
});

test("WebHome: a passphrase set later is asked from then on; the old way opens nothing", async () => {
  const page = await tab(await browser.newContext());
  const seen = await page.evaluate(async () => {
    const home = await kith.openWebHome();
    await home.create("Ada");
    await home.protect(kith.passphraseGuard("correct horse"));
    home.lock();
    const old = await home.unlock().catch((error: Error & { code?: string }) => `${error.code} ${error.message}`);
    await home.unlock(kith.passphraseGuard("correct horse"));
    return { old, protection: home.protection, name: home.self?.name };
  });
  assert.deepEqual(seen, {
    ...{ old: "ERR_IDENTITY Cannot unlock: it is kept by passphrase", protection: "passphrase", name: "Ada" },
  });
});

test("WebHome: an identity is exported as text and put into another profile, where a wrong passphrase opens nothing", async () => {
  const from = await tab(await browser.newContext());
  const kept = await from.evaluate(async () => {
    const home = await kith.openWebHome();
    const { identity } = await home.create("Ada");
    return { id: identity.peerId, text: await home.export("to paper") };
  });
  const to = await tab(await browser.newContext());
  const found = await to.evaluate(async ({ text }) => {
    const home = await kith.openWebHome();
    const wrong = await home.import(text, "to papers").catch((error: Error & { code?: string }) => error.code);
    const between = home.state;
    const { identity, name } = await home.import(text, "to paper");
    return { wrong, between, id: identity.peerId, name };
  }, kept);
  assert.deepEqual(found, { wrong: "ERR_IDENTITY", between: "empty", id: kept.id, name: "Ada" });
});

test("WebHome outlives an endpoint that closed its store: it is locked and unlocked, and the next one gets it", async () => {
  const page = await tab(await browser.newContext());
  const seen = await page.evaluate(async () => {
    const home = await kith.openWebHome();
    const { identity, name } = await home.create("Ada");
    const { store } = home;
    if (store === undefined) throw new Error("no store");
    const endpoint = await kith.createEndpoint({ name, identity, store });
    await store.set("chat/note", Uint8Array.of(7));
    await endpoint.close();
    const late = await store.set("chat/late", Uint8Array.of(8)).catch((error: { code?: string }) => error.code);
    home.lock();
    await home.unlock();
    const next = home.store;
    return { late, note: [...((await next?.get("chat/note")) ?? [])], keys: (await next?.list("chat/"))?.length };
  });
  assert.deepEqual(seen, { late: "ERR_STORAGE", note: [7], keys: 1 });
});

test("WebHome restores: who was there goes in the same write, with all it had; the way it is opened stays", async () => {
  const page = await tab(await browser.newContext());
  const seen = await page.evaluate(async () => {
    const home = await kith.openWebHome();
    const old = await home.create("Ada", kith.passphraseGuard("horse"));
    const text = await home.export("to paper");
    home.lock();
    await home.erase();
    const other = await kith.openWebHome();
    const replaced = await other.create("Ben", kith.passphraseGuard("horse"));
    await other.store?.set("trust/contact/1", Uint8Array.of(7));
    const root = await navigator.storage.getDirectory();
    await root.getDirectoryHandle("kith", { create: true });
    const wrong = await kith.openExport(text, "wrong").catch((error: { code?: string }) => error.code);
    const kept = [...((await other.store?.get("trust/contact/1")) ?? [])];
    const { identity, name } = await other.restore(await kith.openExport(text, "to paper"));
    const left = (await other.store?.list(""))?.map(({ key }) => key);
    const { files } = await kith.pageContents();
    await other.close();
    const again = await kith.openWebHome();
    const found = await again.unlock(kith.passphraseGuard("horse"));
    const gone = replaced.identity.peerId !== found.identity.peerId;
    return {
      ...{ wrong, kept, name, left, files, gone, protection: again.protection },
      same: [old.identity.peerId === identity.peerId, old.identity.peerId === found.identity.peerId],
    };
  });
  assert.deepEqual(seen, {
    ...{ wrong: "ERR_IDENTITY", kept: [7], name: "Ada", left: ["home/identity"], files: [], gone: true },
    ...{ protection: "passphrase", same: [true, true] },
  });
});

test("WebHome in an insecure context keeps nothing, says why, and gives one-time identities", async () => {
  const page = await tab(await browser.newContext(), served.url.replace("localhost", "kith.example"));
  const seen = await page.evaluate(async () => {
    const home = await kith.openWebHome();
    const { identity } = await home.create("Ada");
    const exported = await home.export("x").catch((error: Error & { code?: string }) => error.code);
    const imported = await home.import("x", "x").catch((error: Error & { code?: string }) => error.code);
    const endpoint = await kith.createEndpoint({ name: "Ada", identity });
    const { isOneTime } = endpoint;
    await endpoint.close();
    const tabs = kith.joinTabs();
    await tabs.lead();
    return {
      ...{ isSecure: isSecureContext, isKept: home.isKept, reason: home.reason, protection: home.protection },
      ...{ isOneTime, hasStore: home.store !== undefined, exported, imported, left: await kith.pageContents() },
    };
  });
  assert.deepEqual(seen, {
    ...{ isSecure: false, isKept: false, reason: "insecure-context", protection: "none", isOneTime: true },
    ...{ hasStore: false, exported: "ERR_IDENTITY", imported: "ERR_STORAGE", left: NOTHING },
  });
});

test("WebHome.erase leaves what is not its own, erasePage leaves nothing, and both show what is left", async () => {
  const page = await tab(await browser.newContext());
  const seen = await page.evaluate(async () => {
    const home = await kith.openWebHome();
    await home.create("Ada");
    localStorage.setItem("other", "1");
    sessionStorage.setItem("other", "1");
    await caches.open("other");
    const root = await navigator.storage.getDirectory();
    await root.getDirectoryHandle("kith", { create: true });
    await root.getDirectoryHandle("other", { create: true });
    await new Promise((resolve) => {
      indexedDB.open("other").onsuccess = resolve;
    });
    const before = await kith.pageContents();
    const own = await home.erase();
    const all = await kith.erasePage();
    return { before, own, all, isErased: [kith.isErased(before), kith.isErased(own), kith.isErased(all)] };
  });
  const other = { caches: ["other"], localStorage: ["other"], sessionStorage: ["other"], serviceWorkers: [] };
  assert.deepEqual(seen.before, { databases: ["kith", "kith-key", "other"], files: ["kith", "other"], ...other });
  assert.deepEqual(seen.own, { databases: ["other"], files: ["other"], ...other });
  // The page itself holds one of them open: that is seen, and not said to be gone.
  assert.deepEqual(seen.all, { ...NOTHING, databases: ["other"] });
  assert.deepEqual(seen.isErased, [false, false, false]);
  await page.reload();
  const after = await page.evaluate(async () => kith.isErased(await kith.erasePage()));
  assert.equal(after, true);
});

test("where storage is denied, what there is and its erasure are told all the same", async () => {
  const context = await browser.newContext();
  await context.addInitScript(() => {
    const deny = (): never => {
      throw new DOMException("The page may keep nothing", "SecurityError");
    };
    for (const name of ["localStorage", "sessionStorage", "caches"])
      Object.defineProperty(globalThis, name, { get: deny });
    IDBFactory.prototype.databases = deny;
    StorageManager.prototype.getDirectory = deny;
    ServiceWorkerContainer.prototype.getRegistrations = deny;
  });
  const page = await tab(context);
  const seen = await page.evaluate(async () => [await kith.pageContents(), await kith.erasePage()]);
  assert.deepEqual(seen, [NOTHING, NOTHING]);
});

test("WebHome says when the browser has taken away what was kept; who was in can be kept again, as the same", async () => {
  const page = await tab(await browser.newContext());
  const id = await page.evaluate(async () => {
    const home = await kith.openWebHome();
    const lost = new Promise((resolve) => home.lost.subscribe(() => resolve(home.lost.get())));
    Object.assign(globalThis, { home, lost });
    const { identity } = await home.create("Ada");
    return [identity.peerId, home.lost.get()];
  });
  assert.equal(id[1], undefined);
  const devtools = await page.context().newCDPSession(page);
  const { origin } = new URL(served.url);
  await devtools.send("Storage.clearDataForOrigin", { origin, storageTypes: "indexeddb" });
  const seen = await page.evaluate(async () => {
    const { home, lost } = globalThis as unknown as { home: import("./index.ts").WebHome; lost: Promise<Error> };
    const { message } = await lost;
    const next = await kith.openWebHome();
    const before = next.state;
    if (home.self === undefined) throw new Error("forgotten");
    await next.restore(home.self);
    await next.close();
    const again = await kith.openWebHome();
    const { identity, name } = await again.unlock();
    return { message, before, id: identity.peerId, name, lost: next.lost.get() };
  });
  assert.deepEqual(seen, {
    message: "Cannot use store: the browser ended it: its data was cleared, or the disk failed; reload the page",
    ...{ before: "empty", id: id[0], name: "Ada", lost: undefined },
  });
});

test("pageStorage tells what is used and what the browser promises; asking is answered", async () => {
  const context = await browser.newContext();
  const page = await tab(context);
  const seen = await page.evaluate(async () => ({ asked: await kith.persistPage(), told: await kith.pageStorage() }));
  assert.equal(seen.told.isPersistent, seen.asked);
  assert.ok(seen.told.bytesMax > 1_000_000, `${seen.told.bytesMax} bytes`);
});

test("of two tabs one leads; the other follows, and leads when the first is gone, however it went", async () => {
  const context = await browser.newContext();
  const [one, two] = [await tab(context), await tab(context)];
  const join = (page: Page): Promise<string> =>
    page.evaluate(async () => {
      const tabs = kith.joinTabs();
      Object.assign(globalThis, { tabs, led: tabs.lead() });
      while (tabs.place.get() === "asking") await new Promise((resolve) => tabs.place.subscribe(() => resolve(0)));
      return tabs.place.get();
    });
  assert.equal(await join(one), "leading");
  assert.equal(await join(two), "following");
  await one.close();
  await two.evaluate(() => (globalThis as unknown as { led: Promise<void> }).led);
  const three = await tab(context);
  assert.equal(await join(three), "following");
  await two.evaluate(async () => (globalThis as unknown as { tabs: AsyncDisposable }).tabs[Symbol.asyncDispose]());
  await three.evaluate(() => (globalThis as unknown as { led: Promise<void> }).led);
});

test("a person can say that a tab leads from now on: the other is told, and has it back afterwards", async () => {
  const context = await browser.newContext();
  const [one, two] = [await tab(context), await tab(context)];
  const join = (page: Page) =>
    page.evaluate(() => {
      const tabs = kith.joinTabs();
      const is = async (wanted: string): Promise<void> => {
        while (tabs.place.get() !== wanted) await new Promise((resolve) => tabs.place.subscribe(() => resolve(0)));
      };
      Object.assign(globalThis, { tabs, is });
    });
  const is = (page: Page, wanted: string) =>
    page.evaluate((wanted) => (globalThis as unknown as { is(wanted: string): Promise<void> }).is(wanted), wanted);
  const call = (page: Page, what: "take" | "leave") =>
    page.evaluate(async (what) => (globalThis as unknown as { tabs: import("./tabs.ts").Tabs }).tabs[what](), what);
  await join(one);
  await is(one, "leading");
  await join(two);
  await is(two, "following");
  for (const [taker, loser] of [
    [two, one],
    [one, two],
    [two, one],
  ] as const) {
    await call(taker, "take");
    await is(taker, "leading");
    await is(loser, "following");
  }
  await call(two, "leave");
  await is(one, "leading");
  const held = await one.evaluate(async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    return [held.length, pending.length];
  });
  assert.deepEqual(held, [1, 0]);
});

test("a tab that gives the lead has ended what it did before the other one leads; one that hangs is not waited for", async () => {
  const context = await browser.newContext();
  const [one, two] = [await tab(context), await tab(context)];
  const join = (page: Page, isEnding: boolean) =>
    page.evaluate(async (isEnding) => {
      const notes: string[] = [];
      const end = async (): Promise<void> => {
        if (!isEnding) await new Promise(() => {});
        await new Promise((resolve) => setTimeout(resolve, 500)); // as a store takes to close
        notes.push(`ended ${Date.now()}`);
      };
      const tabs = kith.joinTabs({ beforeGiving: end });
      const is = async (wanted: string): Promise<number> => {
        while (tabs.place.get() !== wanted) await new Promise((resolve) => tabs.place.subscribe(() => resolve(0)));
        return Date.now();
      };
      Object.assign(globalThis, { tabs, notes, is });
      while (tabs.place.get() === "asking") await new Promise((resolve) => tabs.place.subscribe(() => resolve(0)));
    }, isEnding);
  const takeLead = (page: Page): Promise<number> =>
    page.evaluate(() => {
      const { tabs, is } = globalThis as unknown as {
        tabs: import("./tabs.ts").Tabs;
        is(wanted: string): Promise<number>;
      };
      tabs.take();
      return is("leading");
    });
  const notes = (page: Page): Promise<readonly string[]> =>
    page.evaluate(() => (globalThis as unknown as { notes: string[] }).notes);
  await join(one, true);
  await join(two, false);
  const led = await takeLead(two);
  const [ended = ""] = await notes(one);
  assert.ok(Number(ended.split(" ")[1]) <= led, `${ended}, and the other one led from ${led} on`);
  await one.evaluate(() => (globalThis as unknown as { is(wanted: string): Promise<number> }).is("following"));
  await takeLead(one);
  assert.deepEqual(await notes(two), []);
});

const NOTHING = { databases: [], files: [], caches: [], localStorage: [], sessionStorage: [], serviceWorkers: [] };
