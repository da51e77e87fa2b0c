/** The sealed store of a page, in Chromium: its three guards, and what its profile shows. Real time: it is Chromium's. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { launchChromium, type ModulePage, runSuite, serveModule } from "../testing-browser/index.ts";
import type { VaultFixture } from "./sealed-store.fixture.ts";

declare const vault: VaultFixture;

let served: ModulePage;
let browser: Browser;
before(async () => {
  served = await serveModule(fileURLToPath(new URL("./sealed-store.fixture.ts", import.meta.url)));
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await served?.[Symbol.asyncDispose]();
});

/** A page of a profile of its own. */
async function open(): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(served.url);
  return page;
}

/** Everything that any script of this origin can read of a database, as text. */
const raw = (page: Page, name: string): Promise<string> =>
  page.evaluate(
    (name) =>
      new Promise<string>((resolve) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => {
          const database = opening.result;
          const table = database.objectStoreNames[0] ?? "";
          const store = database.transaction(table).objectStore(table);
          const [keys, values] = [store.getAllKeys(), store.getAll()];
          values.onsuccess = () => {
            database.close();
            const shown = values.result.map((value) =>
              value instanceof Uint8Array ? String.fromCharCode(...value) : Object.prototype.toString.call(value),
            );
            resolve(JSON.stringify([keys.result, shown]));
          };
        };
      }),
    name,
  );

test("SealedStore over IndexedDB is a store as all others", async (t) => runSuite(t, await open()));

test("without a passphrase the browser keeps the key and gives it to nobody; nothing can be read in the database", async () => {
  const page = await open();
  await page.evaluate(async () => {
    const store = await vault.open("home");
    await store.begin(vault.browserGuard("home-key"));
    await store.set("trust/alice", new TextEncoder().encode("her number is 555"));
    await store.close();
  });
  const shown = await raw(page, "home");
  assert.match(shown, /"k\/[0-9a-f]{64}","v\/[0-9a-f]{64}","vault\/key"/);
  assert.doesNotMatch(shown, /alice|trust\/|number|555/);
  assert.match(await raw(page, "home-key"), /object CryptoKey/);
  await page.reload();
  const found = await page.evaluate(async () => {
    const store = await vault.open("home");
    const before = [store.state, store.protection];
    await store.unlock(vault.browserGuard("home-key"));
    const text = new TextDecoder().decode(await store.get("trust/alice"));
    const key = await new Promise<CryptoKey>((resolve) => {
      const opening = indexedDB.open("home-key");
      opening.onsuccess = () => {
        const asked = opening.result.transaction("keys").objectStore("keys").get("master");
        asked.onsuccess = () => resolve(asked.result);
      };
    });
    const given = await crypto.subtle.exportKey("raw", key).then(
      () => "given",
      (error: Error) => error.name,
    );
    return { before, text, given };
  });
  assert.deepEqual(found, {
    before: ["locked", "browser"],
    text: "her number is 555",
    given: "InvalidAccessError",
  });
});

test("a store whose key the browser lost says so, and makes no other", async () => {
  const page = await open();
  const told = await page.evaluate(async () => {
    const store = await vault.open("lost");
    await store.begin(vault.browserGuard("lost-key"));
    store.lock();
    await new Promise((resolve) => {
      indexedDB.deleteDatabase("lost-key").onsuccess = resolve;
    });
    return store.unlock(vault.browserGuard("lost-key")).then(
      () => "unlocked",
      (error: Error & { code?: string }) => `${error.code} ${error.message} ${store.state}`,
    );
  });
  assert.equal(told, "ERR_IDENTITY Cannot unlock: the browser has lost the key that it kept locked");
});

test("a passphrase costs what the specification says, and opens what another does not", async (t) => {
  const page = await open();
  const seen = await page.evaluate(async () => {
    const store = await vault.open("typed");
    await store.begin(vault.passphraseGuard("correct horse"));
    await store.set("a", Uint8Array.of(7));
    store.lock();
    const told = await store.unlock(vault.passphraseGuard("battery staple")).then(
      () => "unlocked",
      (error: Error & { code?: string }) => error.code,
    );
    const begun = performance.now();
    await store.unlock(vault.passphraseGuard("correct horse"));
    return { told, took: performance.now() - begun, a: [...((await store.get("a")) ?? [])] };
  });
  t.diagnostic(`unlocking took ${Math.round(seen.took)} ms`);
  assert.deepEqual({ told: seen.told, a: seen.a }, { told: "ERR_IDENTITY", a: [7] });
});

test("a passkey opens it where the authenticator gives a secret; refused, it stays shut", async () => {
  const page = await open();
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      ...{ protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasPrf: true },
      ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
  await page.evaluate(async () => {
    if (!vault.mayHavePasskeys()) throw new Error("no passkeys");
    const passkey = await vault.createPasskey("Ada");
    const store = await vault.open("touched");
    await store.begin(vault.passkeyGuard(passkey));
    await store.set("a", Uint8Array.of(7));
  });
  await page.reload();
  const unlock = (): Promise<string> =>
    page.evaluate(async () => {
      const store = await vault.open("touched");
      return store.unlock(vault.passkeyGuard()).then(
        async () => `${store.protection} ${await store.get("a")}`,
        (error: Error & { code?: string }) => `${error.code} ${store.state}`,
      );
    });
  assert.equal(await unlock(), "passkey 7");
  await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  assert.equal(await unlock(), "ERR_IDENTITY locked");
});

test("an authenticator that gives no secret is not taken for one", async () => {
  const page = await open();
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      ...{ protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
  const told = await page.evaluate(() =>
    vault.createPasskey("Ada").then(
      () => "made",
      (error: Error & { code?: string }) => `${error.code} ${error.message}`,
    ),
  );
  assert.equal(told, "ERR_IDENTITY Cannot use this passkey: it gives no secret; choose a passphrase");
});
