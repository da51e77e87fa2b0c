/**
 * Every `ts` block of README, docs and doc comments compiles, and so do the examples; blocks that
 * say `ts run` are executed.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { files, ROOT } from "./tree.ts";

interface Block {
  readonly path: string;
  readonly line: number;
  readonly code: string;
  readonly isRun: boolean;
}

const FOLDER = join(ROOT, "tools/dist/documents");
const MINUTE_MS = 60_000;
const TSCONFIG = {
  extends: "../../../tsconfig.base.json",
  compilerOptions: {
    composite: false,
    declarationMap: false,
    sourceMap: false,
    noEmit: true,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    lib: libraryOf("packages/sdk/tsconfig.json"), // whose sources are compiled along
    types: ["node"],
  },
  include: ["*.ts", "../../../examples/*.ts", "../../../examples/web/*.ts"],
};

function libraryOf(path: string): readonly string[] {
  const { compilerOptions }: { compilerOptions: { lib: readonly string[] } } = JSON.parse(
    readFileSync(join(ROOT, path), "utf8"),
  );
  return compilerOptions.lib;
}

after(() => rmSync(FOLDER, { recursive: true, force: true }));

function blocks(): Block[] {
  const found: Block[] = [];
  for (const { path, text } of files(/\.md$|^packages\/[^/]+\/src\/.*\.ts$/)) {
    const plain = path.endsWith(".md") ? text : text.replaceAll(/^ *\* ?/gm, "");
    for (const match of plain.matchAll(/^```ts( run)?\n([\s\S]*?)^```/gm)) {
      const line = plain.slice(0, match.index).split("\n").length;
      found.push({ path, line, code: match[2] ?? "", isRun: match[1] !== undefined });
    }
  }
  return found;
}

const nameOf = ({ path, line }: Block): string => `${path.replaceAll(/[^\w]/g, "-")}-${line}.ts`;

test("code in documents and the examples compile; blocks marked run do", { timeout: 3 * MINUTE_MS }, () => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, "tsconfig.json"), JSON.stringify(TSCONFIG));
  const all = blocks();
  assert.ok(
    all.some(({ path }) => path === "README.md"),
    "the README shows code",
  );
  for (const block of all) writeFileSync(join(FOLDER, nameOf(block)), block.code);
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  const types = spawnSync(tsc, ["-p", FOLDER], { encoding: "utf8", shell: process.platform === "win32" });
  assert.equal(types.status, 0, types.stdout + types.stderr);
  for (const block of all.filter(({ isRun }) => isRun)) {
    const args = ["--conditions=@kith/source", join(FOLDER, nameOf(block))];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: MINUTE_MS });
    assert.equal(status, 0, `${block.path}:${block.line}\n${stderr}`);
  }
});

test("the README shows the example that is run", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const example = readFileSync(join(ROOT, "examples/send-a-message.ts"), "utf8");
  assert.ok(readme.includes(example.slice(example.indexOf("import"))), "README and examples/send-a-message.ts differ");
});

test("every file that docs/requirements.md names exists", () => {
  const known = files(/./).map(({ path }) => path);
  for (const [, name = ""] of readFileSync(join(ROOT, "docs/requirements.md"), "utf8").matchAll(
    /`([\w/.-]+\.(?:ts|md|json|txt))`/g,
  )) {
    assert.ok(
      known.some((path) => path === name || path === `packages/${name}` || path.endsWith(`/${name}`)),
      `docs/requirements.md names ${name}`,
    );
  }
});
