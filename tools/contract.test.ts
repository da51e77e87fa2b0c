/** The rules that hold spec, vectors, numbers, errors and tests together. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as credentialRegistry from "../packages/core/src/wire/credential-registry.ts";
import * as lanRegistry from "../packages/core/src/wire/lan-registry.ts";
import * as registry from "../packages/core/src/wire/registry.ts";
import { files, isTest, ROOT } from "./tree.ts";

const tests = (): string =>
  files(/\.test\.ts$|\/testing\/.*\.ts$/)
    .map(({ text }) => text)
    .join("\n");

test("every number of the registry is unique in its table and stands in the specification", () => {
  const spec = ["SPEC", "registry-apps", "relay", "relay-meeting", "signaling", "lan", "credential"]
    .map((name) => readFileSync(`${ROOT}/spec/${name}.md`, "utf8"))
    .join("\n");
  for (const [table, numbers] of Object.entries({ ...registry, ...lanRegistry, ...credentialRegistry })) {
    if (typeof numbers === "number" || table === "PROTOCOL") continue;
    const values = Object.values(numbers);
    assert.equal(new Set(values).size, values.length, `${table} repeats a number`);
    for (const [name, value] of Object.entries(numbers)) {
      const line = new RegExp(`\\|\\s*${name}\\s*\\|\\s*0x${value.toString(16).padStart(2, "0")}\\s*\\|`);
      assert.match(spec, line, `${table}.${name}`);
    }
  }
});

test("every label is unique and stands in SPEC.md", async () => {
  const { LABEL } = await import("../packages/core/src/crypto/labels.ts");
  const spec = readFileSync(`${ROOT}/spec/SPEC.md`, "utf8");
  const labels = Object.values(LABEL);
  assert.equal(new Set(labels).size, labels.length);
  for (const label of labels) assert.ok(spec.includes(`\`${label}\``), `label ${label} is not in SPEC.md`);
  for (const [, label = ""] of spec.matchAll(/`(kith\/1 [^`]+)`/g))
    assert.ok((labels as string[]).includes(label), `label ${label} is in SPEC.md alone`);
});

test("every wire error code is produced by a test or a vector", () => {
  const source = readFileSync(`${ROOT}/packages/core/src/lib/wire-error.ts`, "utf8");
  const produced =
    tests() +
    files(/^spec\/vectors\//)
      .map(({ text }) => text)
      .join("\n");
  for (const [, code = ""] of source.matchAll(/\| "(ERR_\w+)"/g))
    assert.ok(produced.includes(code), `${code} is in no test and no vector`);
});

test("every endpoint error code is named by a test", () => {
  const source = readFileSync(`${ROOT}/packages/sdk/src/endpoint-error.ts`, "utf8");
  const all = tests();
  for (const [, code = ""] of source.matchAll(/\| "(ERR_\w+)"/g))
    assert.ok(all.includes(code), `${code} is in no test`);
});

test("every vector file is read by a test", () => {
  const all = tests();
  for (const { path } of files(/^spec\/vectors\/.*\.json$/)) {
    const name = path.slice("spec/vectors/".length);
    assert.ok(all.includes(name) || all.includes(`"${name.replace(".json", "")}"`), `${path} is read by no test`);
  }
});

test("every MUST that carries an id is named by a test", () => {
  const all = tests();
  for (const { path, text } of files(/^spec\/.*\.md$/)) {
    for (const [, id = ""] of text.matchAll(/\[([A-Z]{2,}-\d+)\]/g))
      assert.ok(all.includes(id), `${path}: [${id}] is named by no test`);
  }
});

test("every requirement R1 to R48 is named by a test, in the files that its table names", () => {
  const all = files(/\.test\.ts$/).filter(({ path }) => path.startsWith("packages/"));
  const named = new Map(
    all.map(({ path, text }) => {
      const numbers = new Set<string>();
      for (const [, name = ""] of text.matchAll(/\btest\(\s*["`]([^"`]*)/g))
        for (const [number] of (/^(?:\[?R\d+\]?[: ]*|\[[A-Z]+-\d+\] )*/.exec(name)?.[0] ?? "").matchAll(/R\d+/g))
          numbers.add(number);
      return [path.slice(path.lastIndexOf("/") + 1, -".test.ts".length), numbers];
    }),
  );
  const table = readFileSync(`${ROOT}/docs/requirements-rooms.md`, "utf8");
  for (let number = 1; number <= 48; number++) {
    const [, cells = ""] = new RegExp(`^\\| R${number} \\|[^|]*\\|[^|]*\\|(.*)\\|$`, "m").exec(table) ?? [];
    const [first = ""] = cells.split(". ");
    const places = [...first.matchAll(/`([a-z-]+)`/g)].map(([, place = ""]) => place);
    assert.ok(places.length > 0, `R${number} names no test`);
    for (const place of places) assert.ok(named.get(place)?.has(`R${number}`), `${place} has no test of R${number}`);
  }
});

test("every rule that the requirements of rooms name is in the specification", () => {
  const spec = files(/^spec\/.*\.md$/)
    .map(({ text }) => text)
    .join("\n");
  const table = readFileSync(`${ROOT}/docs/requirements-rooms.md`, "utf8");
  for (const [id] of table.matchAll(/\b[A-Z]{2,}-\d+/g))
    assert.ok(spec.includes(`[${id}]`), `${id} is in no specification`);
});

test("ADRs are at most 60 lines and numbered once", () => {
  const numbers = new Set<string>();
  for (const { path, text } of files(/^docs\/adr\/\d.*\.md$/)) {
    assert.ok(text.trimEnd().split("\n").length <= 60, `${path} is over 60 lines`);
    const number = path.slice("docs/adr/".length, "docs/adr/".length + 4);
    assert.ok(!numbers.has(number), `${path}: number ${number} is taken`);
    numbers.add(number);
  }
});

test("every relative link in a document leads to a file", () => {
  const known = new Set(files(/./).map(({ path }) => path));
  for (const { path, text } of files(/\.md$/)) {
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
      const resolved = new URL(target, `file:///${folder}`).pathname.slice(1).replace(/\/$/, "");
      assert.ok(
        known.has(resolved) || [...known].some((file) => file.startsWith(`${resolved}/`)),
        `${path} links to ${target}`,
      );
    }
  }
});

test("tests do not sleep outside the system tests", () => {
  for (const { path, text } of files(/^packages\/.*\.test\.ts$/)) {
    if (path.includes(".system.test.") || !isTest(path)) continue;
    assert.doesNotMatch(text, /timers\/promises/, path);
  }
});
