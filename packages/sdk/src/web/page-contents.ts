/**
 * What this page's origin has on this device, and its erasure: the proof is what the browser still lists afterwards.
 *
 * @module
 */
import { deleteDB } from "idb";

/** Names of what there is. Cookies are not among them: Kith sets none. */
export interface PageContents {
  readonly databases: readonly string[];
  /** Of the private file system (OPFS), at its top. */
  readonly files: readonly string[];
  readonly caches: readonly string[];
  readonly localStorage: readonly string[];
  readonly sessionStorage: readonly string[];
  /** Scopes of service workers. */
  readonly serviceWorkers: readonly string[];
}

export interface PageStorage {
  /** The browser will not clear it by itself. */
  readonly isPersistent: boolean;
  readonly bytesUsed: number;
  readonly bytesMax: number;
}

const ERASE_TIME_MAX_MS = 5_000;

export const isErased = (contents: PageContents): boolean =>
  Object.values(contents).every((names: readonly string[]) => names.length === 0);

/** What the browser denies the page is not there for it: nothing of it is listed, and nothing thrown. */
export async function pageContents(): Promise<PageContents> {
  const databases = await orNone(() => globalThis.indexedDB?.databases?.());
  const registrations = await serviceWorkers();
  return {
    databases: databases.map(({ name }) => name ?? "").sort(),
    files: (await fileNames()).sort(),
    caches: await orNone(() => globalThis.caches?.keys()),
    localStorage: keysOf(() => globalThis.localStorage),
    sessionStorage: keysOf(() => globalThis.sessionStorage),
    serviceWorkers: registrations.map(({ scope }) => scope),
  };
}

/**
 * Erases everything of this origin, whoever put it there, and says what is left: nothing, unless another tab holds on to
 * it or the browser refuses. Close the endpoint and the home first.
 */
export async function erasePage(): Promise<PageContents> {
  const found = await pageContents();
  for (const storage of [() => globalThis.localStorage, () => globalThis.sessionStorage]) clear(storage);
  const registrations = await serviceWorkers();
  await inTime([
    ...found.databases.map((name) => deleteDB(name)),
    ...found.caches.map((name) => caches.delete(name)),
    ...found.files.map((name) => eraseFolder(name)),
    ...registrations.map((registration) => registration.unregister()),
  ]);
  return pageContents();
}

/** Erases these databases and this folder alone, and says what is left of everything. */
export async function erasePart(databases: readonly string[], folder: string): Promise<PageContents> {
  await inTime([...databases.map((name) => deleteDB(name)), eraseFolder(folder)]);
  return pageContents();
}

/** Asks the browser not to clear it by itself, which it may grant, refuse, or ask the person. */
export const persistPage = async (): Promise<boolean> => (await globalThis.navigator.storage?.persist?.()) ?? false;

export async function pageStorage(): Promise<PageStorage> {
  const { storage } = globalThis.navigator;
  const { usage = 0, quota = 0 } = (await storage?.estimate?.()) ?? {};
  return { isPersistent: (await storage?.persisted?.()) ?? false, bytesUsed: usage, bytesMax: quota };
}

/** What fails, or does not end because another tab holds on to it, is seen in what is left. */
const inTime = (work: readonly Promise<unknown>[]): Promise<unknown> =>
  Promise.race([Promise.allSettled(work), new Promise((resolve) => setTimeout(resolve, ERASE_TIME_MAX_MS))]);

const serviceWorkers = (): Promise<readonly ServiceWorkerRegistration[]> =>
  orNone(() => globalThis.navigator.serviceWorker?.getRegistrations());

/** A browser that keeps nothing for a page says so by throwing: at the name, at the call, or later. */
async function orNone<T>(ask: () => Promise<readonly T[]> | undefined): Promise<readonly T[]> {
  try {
    return (await ask()) ?? [];
  } catch {
    return [];
  }
}

function keysOf(storage: () => Storage | undefined): readonly string[] {
  try {
    return Object.keys(storage() ?? {});
  } catch {
    return [];
  }
}

function clear(storage: () => Storage | undefined): void {
  try {
    storage()?.clear();
  } catch {
    return; // denied: there is nothing of ours in it
  }
}

const fileNames = async (): Promise<string[]> => [
  ...(await orNone(async () => {
    const root = await globalThis.navigator.storage?.getDirectory?.();
    const names: string[] = [];
    if (root !== undefined) for await (const name of root.keys()) names.push(name);
    return names;
  })),
];

async function eraseFolder(name: string): Promise<void> {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(name, { recursive: true });
}
