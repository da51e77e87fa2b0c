/** The house rules that a program can check: layers, purity, size, names, casts. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { files, importsOf, isTest, ROOT, type SourceFile, withoutComments } from "./tree.ts";

/** Lowest first. A folder may import itself and any folder on its left, nothing else. */
const LAYERS = "lib crypto identity wire noise session link channel trust room mesh relay app endpoint".split(" ");
/** What a package may import from another, by package. */
const PACKAGES: Record<string, readonly string[]> = {
  core: [],
  sdk: ["core"],
  relay: ["core"],
  web: ["core", "sdk"],
  cli: ["core", "sdk", "relay", "web"],
  sim: ["core", "sdk", "relay"],
  bench: ["core", "sdk", "relay", "web"],
};
const AMBIENT =
  /\b(Date\.now|new Date|performance\.|setTimeout|setInterval|setImmediate|queueMicrotask|Math\.random|getRandomValues|console\.|process\.|Buffer\b|TextEncoder|TextDecoder|async |await |Promise\b|EventEmitter|EventTarget)/;
const LINES_MAX = 400;
const FORBIDDEN_NAMES = /(^|\/)(utils?|helpers?|common|types|managers?|services?|base)\.ts$/;

const sources = (): SourceFile[] => files(/^packages\/[^/]+\/(src|bin)\/.*\.(tsx?|js)$/);
const core = (): SourceFile[] => sources().filter(({ path }) => path.startsWith("packages/core/src/"));
const layerOf = (path: string): string => path.split("/")[3] ?? "";

test("core imports only downward", () => {
  for (const file of core().filter(({ path }) => LAYERS.includes(layerOf(path)))) {
    for (const target of importsOf(file)) {
      const [from, to] = [LAYERS.indexOf(layerOf(file.path)), LAYERS.indexOf(layerOf(target))];
      assert.ok(to >= 0 && to <= from, `${file.path} imports ${target}`);
    }
  }
});

test("core reaches for no clock, chance, promise or platform", () => {
  for (const { path, text } of core().filter(({ path }) => !isTest(path))) {
    assert.doesNotMatch(withoutComments(text), AMBIENT, path);
    assert.doesNotMatch(text, /from "node:/, path);
  }
});

test("core depends on noble alone", () => {
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(`${ROOT}/packages/core/package.json`, "utf8"),
  );
  for (const name of Object.keys(manifest.dependencies)) assert.match(name, /^@noble\//);
});

test("the main door of core does not lead to the pairing curve, which an app loads when it needs it", () => {
  const byPath = new Map(sources().map((file) => [file.path, file]));
  const reached = new Set(["packages/core/src/index.ts"]);
  for (const path of reached) {
    const file = byPath.get(path);
    assert.ok(file, path);
    assert.doesNotMatch(file.text, /from "@noble\/curves\/bls12-381/, path);
    for (const target of importsOf(file)) reached.add(target);
  }
  assert.ok(reached.size > 100, `only ${reached.size} files reached`);
});

test("packages import one way, through their doors", () => {
  for (const file of sources()) {
    const own = file.path.split("/")[1] ?? "";
    for (const [, name = ""] of file.text.matchAll(/from "@kith\/(\w+)/g)) {
      assert.ok(name === own ? isTest(file.path) : PACKAGES[own]?.includes(name), `${file.path} imports @kith/${name}`);
    }
    for (const target of importsOf(file))
      assert.ok(target.startsWith(`packages/${own}/`), `${file.path} reaches into ${target}`);
  }
});

test("in the app views stand on snapshots, and no feature knows another", () => {
  const folders = ["store", "ui", "feature", "app"];
  const parts = (path: string): readonly string[] => path.split("/").slice(3); // below packages/web/src
  for (const file of sources().filter(({ path }) => /^packages\/web\/src\/(store|ui|feature|app)\//.test(path))) {
    const [folder = "", feature] = parts(file.path);
    for (const target of importsOf(file)) {
      const [below = "", other] = parts(target);
      assert.ok(folders.indexOf(below) <= folders.indexOf(folder), `${file.path} imports ${target}`);
      if (below === "feature" && folder === "feature") assert.equal(other, feature, `${file.path} imports ${target}`);
    }
  }
});

test("nothing imports the index of its own package, and no cycle exists, types included", () => {
  const graph = new Map(sources().map((file) => [file.path, importsOf(file)]));
  for (const [path, targets] of graph) {
    const own = path.split("/").slice(0, 3).join("/");
    if (!isTest(path) && !path.endsWith("index.ts"))
      assert.ok(!targets.includes(`${own}/index.ts`), `${path} imports its own door`);
  }
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    assert.ok(!trail.includes(path), `cycle: ${[...trail.slice(trail.indexOf(path)), path].join(" -> ")}`);
    if (done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
});

test("no file is over 400 lines, and none is named after nothing", () => {
  for (const { path, text } of [
    ...sources(),
    ...files(/^(tools|examples)\/.*\.(ts|js)$/),
    ...files(/^spec\/.*\.md$/),
  ]) {
    assert.ok(text.split("\n").length <= LINES_MAX + 1, `${path} is over ${LINES_MAX} lines: which two things is it?`);
    assert.doesNotMatch(path, FORBIDDEN_NAMES);
  }
});

test("types are not given up outside tests", () => {
  for (const { path, text } of sources().filter(
    ({ path }) => path.endsWith(".ts") && !isTest(path) && !path.startsWith("packages/bench"),
  )) {
    assert.doesNotMatch(
      withoutComments(text),
      /\bany\b(?=[\s,;>)\]|[])(?<=[:<,|]\s*any)|as unknown as|\bas any\b/,
      path,
    );
    assert.doesNotMatch(text, /@ts-(ignore|expect-error|nocheck)|biome-ignore/, path);
    assert.doesNotMatch(text, /\b(TODO|FIXME|XXX|HACK)\b/, path);
  }
});

test("the public types of the SDK name no Buffer and no event emitter", () => {
  for (const name of [
    "api",
    "trust-api",
    "rooms-api",
    "endpoint-error",
    "observable",
    "transport",
    "storage",
    "clock",
  ]) {
    const text = withoutComments(readFileSync(`${ROOT}/packages/sdk/src/${name}.ts`, "utf8"));
    assert.doesNotMatch(text, /\b(Buffer|EventEmitter|EventTarget)\b/, name);
  }
});

test("the lockfile holds every optional platform package and names no host", () => {
  const text = readFileSync(`${ROOT}/package-lock.json`, "utf8");
  assert.doesNotMatch(text, /"resolved": *"https?:/);
  const lock: { packages: Record<string, { optionalDependencies?: Record<string, string> }> } = JSON.parse(text);
  const locked = Object.keys(lock.packages);
  for (const [path, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      assert.ok(
        locked.some((entry) => entry.endsWith(`node_modules/${name}`)),
        `${path} wants ${name}: not in the lockfile`,
      );
    }
  }
});

test("the relays of this machine are nobody's business", () => {
  for (const { path, text } of files(/\.(ts|js|json|md|sh|yml)$|^\.ci\//)) {
    if (path === "tools/tidy.test.ts") continue;
    assert.doesNotMatch(text, /(^|[^\w.-])\/(work|farm)\/[a-z.]|registry\.npmjs/m, path);
  }
});
