/** What code and documents cite can be found in this tree: sections, rules by id, decisions by number. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { files } from "./tree.ts";

const citing = () => files(/^(packages|tools|docs|spec|examples)\/.*\.(ts|md|json)$|^[A-Z]+\.md$/);

test("every section that is cited exists", () => {
  const sections = new Map<string, Set<string>>();
  for (const { path, text } of files(/^(spec|docs)\/[^/]*\.md$/)) {
    const numbers = [...text.matchAll(/^## (\d+)\. /gm)].map(([, number = ""]) => number);
    sections.set(path.split("/").at(-1) ?? path, new Set(numbers));
  }
  for (const { path, text } of citing()) {
    for (const [cited, file = "", number = ""] of text.matchAll(/([\w-]+\.md)`?\]?(?:\([^)\s]*\))? §(\d+)/g))
      assert.ok(sections.get(file)?.has(number), `${path} cites ${cited}`);
  }
});

test("every rule that is cited by id exists", () => {
  const rules = new Set<string>();
  for (const { text } of files(/^spec\/.*\.md$/)) {
    for (const [, id = ""] of text.matchAll(/\[([A-Z]{2,}-\d+)\]/g)) rules.add(id);
  }
  const families = [...new Set([...rules].map((id) => id.split("-")[0]))].join("|");
  for (const { path, text } of citing()) {
    for (const [id] of text.matchAll(new RegExp(`\\b(?:${families})-\\d+\\b`, "g")))
      assert.ok(rules.has(id), `${path} cites ${id}`);
  }
});

test("every decision that is cited exists, and nothing outside of this tree is cited as one", () => {
  const numbers = new Set(files(/^docs\/adr\//).map(({ path }) => Number(path.slice("docs/adr/".length).slice(0, 4))));
  for (const { path, text } of citing()) {
    for (const [cited, number = ""] of text.matchAll(/\bADR (\d+)/g))
      assert.ok(numbers.has(Number(number)), `${path} cites ${cited}`);
    if (path.startsWith("tools/")) continue;
    assert.doesNotMatch(text, /\b(DESIGN|HOUSE|MODELS) §/, path);
  }
});
