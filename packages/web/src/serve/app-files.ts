/**
 * The app as files, for whoever serves it: each with its type, its hash, and the policy that a browser is told to hold it
 * to. In a clone the app is built first where its sources are newer than what was built.
 *
 * @module
 */
import { existsSync, globSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { APP_HEADERS, CARD_PAGE_HEADERS } from "./page-headers.ts";

export interface AppFile {
  readonly body: Uint8Array;
  /** The same, compressed, where that is worth it. */
  readonly gzip: Uint8Array | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export interface AppFiles {
  /** By path, as `/`, `/c` or `/assets/index-1a2b3c.js`; `undefined`: there is none. */
  get(path: string): AppFile | undefined;
  readonly paths: readonly string[];
}

/** Of the page that shows a card by its link. */
export const CARD_PATH = "/c";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUILT = join(ROOT, "dist", "app");
/** By the paths that people see. */
const PAGES: Readonly<Record<string, string>> = { "/": "/index.html", [CARD_PATH]: "/c.html" };
const CONFIG = join(ROOT, "vite.config.ts");

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
};

/** @throws {Error} if the app was not built and cannot be built here */
export async function openApp(): Promise<AppFiles> {
  if (existsSync(CONFIG) && isStale()) await buildApp();
  return readApp(BUILT);
}

/** Builds the app into `dist/app`, which is there whole or not at all: two programs may build at once. Only in a clone. */
export async function buildApp(): Promise<void> {
  const { build } = await import("vite");
  const [fresh, old] = [`${BUILT}.${process.pid}`, `${BUILT}.old.${process.pid}`];
  await build({ configFile: CONFIG, root: ROOT, logLevel: "error", build: { outDir: fresh } });
  if (existsSync(BUILT)) renameSync(BUILT, old);
  renameSync(fresh, BUILT);
  rmSync(old, { recursive: true, force: true });
}

/** Whether something that goes into the app changed since it was built. */
function isStale(): boolean {
  const built = statSync(join(BUILT, "index.html"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = ["*.html", "vite.config.ts", "public/*", "src/**/*", "../core/src/**/*.ts", "../sdk/src/**/*.ts"];
  return globSync(sources, { cwd: ROOT }).some((path) => statSync(join(ROOT, path)).mtimeMs > built);
}

/** The page of a link to a card, and what it loads, of the app that was built last. `undefined`: none is there. */
export function openCardPage(folder: string = BUILT): AppFiles | undefined {
  try {
    const page = readFileSync(join(folder, "c.html"), "utf8");
    return readFiles(folder, ["c.html", ...Array.from(page.matchAll(LOADED), ([, name = ""]) => name)]);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined; // being built at this moment
    throw error;
  }
}

const LOADED = /\b(?:src|href)="\.\/([^"]+)"/g;

function readApp(folder: string): AppFiles {
  if (!existsSync(join(folder, "index.html"))) throw new Error(`Cannot find the app in ${folder}: npm run build`);
  return readFiles(folder, globSync("**/*", { cwd: folder }));
}

function readFiles(folder: string, names: readonly string[]): AppFiles {
  const files = new Map<string, AppFile>();
  for (const name of names) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    const place = `/${name.split(sep).join("/")}`;
    const body = readFileSync(path);
    files.set(place, { body, gzip: compressed(place, body), headers: headersOf(place) });
  }
  return { get: (path) => files.get(PAGES[path] ?? path), paths: [...files.keys()].sort() };
}

const compressed = (path: string, body: Uint8Array): Uint8Array | undefined =>
  /\.(html|js|css|json|svg|webmanifest)$/.test(path) && body.length > 1_024 ? gzipSync(body, { level: 9 }) : undefined;

const headersOf = (path: string): Readonly<Record<string, string>> => ({
  ...(path === PAGES[CARD_PATH] ? CARD_PAGE_HEADERS : APP_HEADERS),
  Vary: "Accept-Encoding",
  "Content-Type": TYPES[extname(path)] ?? "application/octet-stream",
  // The names of assets are their hashes; whatever else has a name of its own is asked for again.
  "Cache-Control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
});
