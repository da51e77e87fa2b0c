/** How the app becomes files: one bundle, split where a feature is not needed at first, its hashes in a manifest. */
import { createHash } from "node:crypto";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

const TAGS = /<(?:script|link)\b[^>]*?(?:src|href)="\.\/([^"]+\.(?:js|css))"/g;

/**
 * Scripts and styles of a page are named with their hashes: a browser runs no others. All files are named with theirs in
 * `asset-manifest.json`, for whoever wants to know what they were served (`kith verify-app`), and in the service worker.
 */
const integrity = (): Plugin => ({
  name: "kith-integrity",
  // Of the files as they were written: what comes before still changes them.
  writeBundle({ dir = "" }) {
    const place = (name: string): string => join(dir, name);
    const hash = (name: string, algorithm: string, form: "hex" | "base64"): string =>
      createHash(algorithm)
        .update(readFileSync(place(name)))
        .digest(form);
    for (const name of PAGES) {
      const named = (tag: string, path: string): string =>
        `${tag} integrity="sha384-${hash(path, "sha384", "base64")}"`;
      writeFileSync(place(name), readFileSync(place(name), "utf8").replace(TAGS, named));
    }
    const names = globSync("**/*", { cwd: dir, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
      .filter((name) => !OWN.includes(name))
      .sort();
    const files = Object.fromEntries(names.map((name) => [`/${name}`, hash(name, "sha256", "hex")]));
    const worker = readFileSync(place("sw.js"), "utf8");
    writeFileSync(place("sw.js"), `const KITH_FILES=${JSON.stringify(files)};\n${worker}`);
    const all = { ...files, "/sw.js": hash("sw.js", "sha256", "hex") };
    writeFileSync(place("asset-manifest.json"), `${JSON.stringify({ files: all }, null, 1)}\n`);
  },
});

/** The app, and the page of a link to a card. */
const PAGES: readonly string[] = ["index.html", "c.html"];
/** What is made here of all others. */
const OWN: readonly string[] = ["sw.js", "asset-manifest.json"];

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  resolve: { conditions: ["@kith/source", ...defaultClientConditions], dedupe: ["yjs"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    ...{ outDir: "dist/app", emptyOutDir: true, target: "es2023", modulePreload: { polyfill: false } },
    rolldownOptions: {
      input: { index: "index.html", c: "c.html", sw: "src/sw/sw.ts" },
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
    ...{ assetsInlineLimit: 0, chunkSizeWarningLimit: 1_000 },
  },
  plugins: [integrity()],
});
