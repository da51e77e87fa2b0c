/**
 * What a browser loads before anything can be seen, gzip: the goal of the app's first load, and what else may shrink, and
 * grow by a little. Builds: a system test.
 */
import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { loadOf } from "@kith/sdk/testing/browser";
import { type AppFiles, openApp } from "./serve/app-files.ts";

const KIB = 1_024;
const APP_BYTES_MAX = 250 * KIB;
/** For people who may never come back */
const CARD_PAGE_BYTES_MAX = 60 * KIB;
/** As it was when it was last looked at, bytes, without rooms, which come when there is one. Lower it when it shrinks. */
const SDK_BYTES = 185_927;
/** All of `@kith/sdk/bare`: the goal of core and WebSocket (docs/adr/0034). */
const BARE_BYTES_MAX = 60 * KIB;
const GROWTH_MAX = 1.03;

test("the app's first load is at most 250 KiB", async (t) => {
  const files = await openApp();
  const loaded = firstLoad(files);
  assert.ok([...loaded].some((path) => path.endsWith(".css")) && [...loaded].some((path) => path.endsWith(".js")));
  const bytes = [...loaded].reduce((sum, path) => sum + gzipBytes(files.get(path)?.body), 0);
  t.diagnostic(`${(bytes / KIB).toFixed(1)} KiB in ${loaded.size} files of ${files.paths.length}`);
  assert.ok(bytes <= APP_BYTES_MAX, `${bytes} bytes are more than ${APP_BYTES_MAX}`);
});

test("the page of a link to a card is at most 60 KiB", async (t) => {
  const files = await openApp();
  const loaded = firstLoad(files, "/c");
  assert.ok([...loaded].some((path) => path.endsWith(".css")) && [...loaded].some((path) => path.endsWith(".js")));
  const bytes = [...loaded].reduce((sum, path) => sum + gzipBytes(files.get(path)?.body), 0);
  t.diagnostic(`${(bytes / KIB).toFixed(1)} KiB in ${loaded.size} files`);
  assert.ok(bytes <= CARD_PAGE_BYTES_MAX, `${bytes} bytes are more than ${CARD_PAGE_BYTES_MAX}`);
});

test("what createEndpoint of @kith/sdk/web loads first does not grow", async (t) => {
  const { first, later } = await loadOf(fileURLToPath(new URL("./testing/only-endpoint.ts", import.meta.url)));
  const [bytes, rest] = [first, later].map((scripts) => scripts.reduce((sum, script) => sum + gzipText(script), 0));
  t.diagnostic(`${((bytes ?? 0) / KIB).toFixed(1)} KiB, later ${((rest ?? 0) / KIB).toFixed(1)} KiB`);
  assert.ok(bytes !== undefined && bytes > 0 && rest !== undefined && rest > 0);
  assert.ok(bytes <= SDK_BYTES * GROWTH_MAX, `${bytes} bytes are more than ${SDK_BYTES} and 3 %`);
});

test("sessions over WebSockets, and nothing else, are at most 60 KiB", async (t) => {
  const { first, later } = await loadOf(fileURLToPath(new URL("./testing/only-sessions.ts", import.meta.url)));
  const bytes = first.reduce((sum, script) => sum + gzipText(script), 0);
  t.diagnostic(`${(bytes / KIB).toFixed(1)} KiB`);
  assert.deepEqual(later, [], "all of it is counted");
  assert.ok(bytes > 0 && bytes <= BARE_BYTES_MAX, `${bytes} bytes are more than ${BARE_BYTES_MAX}`);
});

const gzipText = (text: string): number => gzipBytes(new TextEncoder().encode(text));

const gzipBytes = (body: Uint8Array | undefined): number =>
  body === undefined ? 0 : gzipSync(body, { level: 9 }).length;

/** The page, what its tags name, and what those scripts import before they run. */
function firstLoad(files: AppFiles, page = "/"): Set<string> {
  const loaded = new Set([page]);
  for (const path of loaded) {
    const text = new TextDecoder().decode(files.get(path)?.body);
    const named = path === page ? text.matchAll(TAG) : path.endsWith(".js") ? text.matchAll(IMPORT) : [];
    for (const [, name = ""] of named) {
      const found = posix.resolve(posix.dirname(path === page ? "/page.html" : path), name);
      if (files.get(found) !== undefined) loaded.add(found);
    }
  }
  return loaded;
}

const TAG = /<(?:script|link)\b[^>]*?\b(?:src|href)="([^"]+\.(?:js|css))"/g;
const IMPORT = /\b(?:import|from)\s*"(\.[^"]+\.js)"/g;
