/** File names are labels: frozen hostile cases, and what must hold for any label. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { wallTime } from "../../lib/time.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { FILE_NAME_BYTES_MAX } from "../../wire/limits.ts";
import { foldName, NameSet, numberedName, safeFileName } from "./file-name.ts";
import { safePaths } from "./manifest.ts";

interface Vectors {
  readonly cases: readonly {
    name: string;
    label: string;
    repeat?: number;
    ending?: string;
    safe: string;
    bytes?: number;
  }[];
  readonly paths: readonly {
    name: string;
    paths: readonly (readonly [path: string, kind: "file" | "folder"])[];
    safe: string[];
  }[];
}

const file = new URL("../../../../../spec/vectors/file-names.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;

const place = (paths: readonly (readonly [string, "file" | "folder"])[]): string[] =>
  safePaths(paths.map(([path, kind]) => ({ path, kind, size: 0, mode: 0, modified: wallTime(0) }))).map((names) =>
    names.join("/"),
  );

test("[FILE-9] safeFileName makes of every hostile label in spec/vectors/file-names.json what stands there", () => {
  for (const { name, label, repeat, ending, safe, bytes } of vectors.cases) {
    const made = safeFileName(label.repeat(repeat ?? 1) + (ending ?? ""));
    if (bytes === undefined) assert.equal(made, safe, name);
    else {
      assert.ok(made.startsWith(safe) && made.endsWith(ending ?? ""), `${name}: ${made}`);
      assert.equal(textToBytes(made).length, bytes, name);
    }
  }
  assert.ok(vectors.cases.length >= 50, `${vectors.cases.length} cases`);
});

test("[FILE-10] safePaths puts every list of spec/vectors/file-names.json where it says", () => {
  for (const { name, paths, safe } of vectors.paths) assert.deepEqual(place(paths), safe, name);
  assert.ok(vectors.paths.length >= 8);
});

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom(
      "/",
      "\\",
      ".",
      " ",
      "-",
      "~",
      ":",
      "c",
      "o",
      "n",
      "\0",
      "\u202e",
      "\u0301",
      "é",
      "\ud800",
      "1",
    ),
  }),
  fc.string({ unit: "grapheme", minLength: 100, maxLength: 400 }),
);

test("[FILE-9] safeFileName gives one ordinary name for any label, and the same again for that", () => {
  fc.assert(
    fc.property(hostile, (label) => {
      const name = safeFileName(label);
      assert.doesNotMatch(name, /[/\\:*?"<>|\p{Cc}\p{Cf}\p{Cs}]/u);
      assert.doesNotMatch(name, /^[. ~-]|[. ]$/u);
      assert.doesNotMatch(name, /^(con|prn|aux|nul|com\d|lpt\d) *(\.|$)/iu);
      assert.ok(name !== "" && textToBytes(numberedName(name, 10_000)).length <= FILE_NAME_BYTES_MAX);
      assert.equal(name.normalize("NFC"), name);
      assert.equal(safeFileName(name), name);
    }),
    { numRuns: 2_000 },
  );
});

test("[FILE-10] NameSet never gives two names that some file system takes for one", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(hostile, fc.constantFrom("a", "A", "a (2)", "ﬁ", "fi", "ß", "SS", "é", "e\u0301"))),
      (labels) => {
        const names = new NameSet();
        const given = labels.map((label) => foldName(names.claim(label)));
        assert.equal(new Set(given).size, given.length);
      },
    ),
  );
});

test("NameSet numbers ten thousand equal names without delay", () => {
  const names = new NameSet();
  let last = "";
  for (let i = 0; i < 10_000; i++) last = names.claim("same.txt");
  assert.equal(last, "same (10000).txt");
});

test("safeFileName does not take long over a long label", () => {
  const label = `${"a\u0301\u0302".repeat(1_000_000)}.txt`;
  assert.ok(safeFileName(label).endsWith(".txt"));
});
