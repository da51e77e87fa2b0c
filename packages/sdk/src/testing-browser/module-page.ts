/**
 * A module of ours in a page: bundled from source, served from localhost, with nothing around it. What the module
 * puts into `globalThis` is there for the test's `page.evaluate`.
 *
 * @module
 */
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build, defaultClientConditions, type Plugin, type Rollup } from "vite";

export interface ModulePage extends AsyncDisposable {
  /** A secure context: `http://localhost:…/`. */
  readonly url: string;
}

/** `entry`: path of a TypeScript module that runs in a page. */
export async function serveModule(entry: string): Promise<ModulePage> {
  const script = await bundle(entry);
  const server = createServer((request, response) => {
    const isScript = request.url === "/module.js";
    response.writeHead(200, { "Content-Type": isScript ? "text/javascript" : "text/html; charset=utf-8" });
    response.end(isScript ? script : PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("Cannot listen");
  return {
    url: `http://localhost:${at.port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const PAGE =
  '<!doctype html><meta charset="utf-8"><title>Kith, tested</title><link rel="icon" href="data:,"><script type="module" src="/module.js"></script>';

/** One script: what a page of that module would load. */
export async function bundle(entry: string): Promise<string> {
  const [chunk] = await chunksOf(entry, false);
  if (chunk === undefined) throw new Error(`${entry} gave no script`);
  return chunk.code;
}

export interface Load {
  /** Scripts that run before the module does, minified. */
  readonly first: readonly string[];
  /** Scripts that come when something needs them. */
  readonly later: readonly string[];
}

/** What a page of that module loads, and when. */
export async function loadOf(entry: string): Promise<Load> {
  const chunks = await chunksOf(entry, true);
  const first = new Set(chunks.filter(({ isEntry }) => isEntry));
  for (const { imports } of first) for (const chunk of chunks) if (imports.includes(chunk.fileName)) first.add(chunk);
  return {
    first: [...first].map(({ code }) => code),
    later: chunks.filter((chunk) => !first.has(chunk)).map(({ code }) => code),
  };
}

async function chunksOf(entry: string, isSplit: boolean): Promise<readonly Rollup.OutputChunk[]> {
  const built = await build({
    ...{ configFile: false, logLevel: "error", resolve: { conditions: ["@kith/source", ...defaultClientConditions] } },
    plugins: [testing],
    build: {
      ...{ write: false, minify: isSplit, target: "es2023", modulePreload: false },
      rollupOptions: { input: entry, preserveEntrySignatures: "strict", output: { codeSplitting: isSplit } },
    },
  });
  const [first] = Array.isArray(built) ? built : [built];
  return first !== undefined && "output" in first ? first.output.filter((part) => part.type === "chunk") : [];
}

/** Suites that are written for `node:test` run in a page too, by twins of what they import. */
const twin = (path: string): string => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf("."));
const TWINS: Readonly<Record<string, string>> = {
  "node:test": `export { test } from ${twin(`./page-test${EXTENSION}`)}`,
  "node:assert/strict": `export { pageAssert as default } from ${twin(`./page-assert${EXTENSION}`)}`,
};
const testing: Plugin = {
  name: "twins of node:test and node:assert",
  enforce: "pre",
  resolveId: (id) => (Object.hasOwn(TWINS, id) ? `\0${id}` : null),
  load: (id) => TWINS[id.slice(1)] ?? null,
};
