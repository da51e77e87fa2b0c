/** The suite of stores over a sealed store over IndexedDB, in a page; and its parts, as `vault`. */
import { storeSuite } from "../testing/store-suite.ts";
import { browserGuard, passkeyGuard, passphraseGuard } from "./guard.ts";
import { openIdbStore } from "./idb-store.ts";
import { createPasskey, mayHavePasskeys } from "./passkey.ts";
import { openSealedStore, type SealedStore } from "./sealed-store.ts";

let databases = 0;
storeSuite("sealed indexeddb", async () => {
  const name = `suite-${++databases}`;
  const store = await openSealedStore(await openIdbStore(name));
  await store.begin(browserGuard(`${name}-key`));
  return store;
});

export interface VaultFixture {
  readonly open: (name: string) => Promise<SealedStore>;
  readonly browserGuard: typeof browserGuard;
  readonly passphraseGuard: typeof passphraseGuard;
  readonly passkeyGuard: typeof passkeyGuard;
  readonly createPasskey: typeof createPasskey;
  readonly mayHavePasskeys: typeof mayHavePasskeys;
}
const vault: VaultFixture = {
  open: async (name) => openSealedStore(await openIdbStore(name)),
  browserGuard,
  passphraseGuard,
  passkeyGuard,
  createPasskey,
  mayHavePasskeys,
};
Object.assign(globalThis, { vault });
