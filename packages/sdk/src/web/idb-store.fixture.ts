/** The suite of stores, over IndexedDB, in a page; and the store itself, as `idb`. */
import { storeSuite } from "../testing/store-suite.ts";
import { openIdbStore } from "./idb-store.ts";

let databases = 0;
storeSuite("indexeddb", () => openIdbStore(`suite-${++databases}`));

export interface IdbFixture {
  readonly openIdbStore: typeof openIdbStore;
}
const idb: IdbFixture = { openIdbStore };
Object.assign(globalThis, { idb });
