/**
 * Keeps the app, so that it opens without network. Each file is held against its hash before it is kept, and nothing else is:
 * what people say and send never comes here.
 *
 * @module
 */

/** Put in when the app is built: SHA-256 of each file, hexadecimal, by path. */
declare const KITH_FILES: Readonly<Record<string, string>>;
declare const self: ServiceWorkerGlobalScope;

const NAME = `kith-app-${KITH_FILES["/index.html"]?.slice(0, 16)}`;
const BASE = new URL("./", self.location.href);
const urlOf = (path: string): string => new URL(path.slice(1), BASE).href;
const PATHS = new Map(Object.keys(KITH_FILES).map((path) => [urlOf(path), path]));

/** Every address is the app's but that of links to cards, which are for people without it. */
const pageOf = (url: string): string => urlOf(url === urlOf("/c") ? "/c.html" : "/index.html");

self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
self.addEventListener("fetch", (event) => {
  const asked = event.request.url.replace(/[?#].*$/, "");
  const url = event.request.mode === "navigate" ? pageOf(asked) : asked;
  if (event.request.method !== "GET" || !PATHS.has(url)) return;
  event.respondWith(kept(url, event.request));
});

/** All or nothing: an app of two versions is none. */
async function keepAll(): Promise<void> {
  const cache = await caches.open(NAME);
  await Promise.all([...PATHS].map(([url, path]) => keep(cache, url, KITH_FILES[path] ?? "")));
  await self.skipWaiting();
}

async function keep(cache: Cache, url: string, hash: string): Promise<void> {
  const answer = await fetch(url, { cache: "no-cache" });
  const body = await answer.clone().arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const found = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (!answer.ok || found !== hash) throw new Error(`${url} is not the file that belongs to this app`);
  await cache.put(url, answer);
}

async function forgetOthers(): Promise<void> {
  for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name);
  await self.clients.claim();
}

async function kept(url: string, request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  return (await cache.match(url)) ?? fetch(request);
}
