import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HOSTILE_NAME } from "../testing/fake-people.ts";
import { MARKS_MAX, pad, safeJson, safeLines, safeText, truncate, widthOf } from "./terminal-text.ts";

/** Written anew, not imported: what no terminal may receive. */
const isObeyed = (point: number): boolean =>
  point < 0x20 ||
  (point >= 0x7f && point < 0xa0) ||
  [0x61c, 0x180e, 0x200b, 0x200e, 0x200f, 0xfeff].includes(point) ||
  (point >= 0x2028 && point <= 0x202e) ||
  (point >= 0x2060 && point <= 0x206f) ||
  (point >= 0xd800 && point <= 0xdfff) ||
  (point >= 0xe0000 && point <= 0xe007f);
const obeyed = (text: string): string[] =>
  [...text]
    .filter((letter) => isObeyed(letter.codePointAt(0) ?? 0))
    .map((letter) => letter.codePointAt(0)?.toString(16) ?? "");

const nasty = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc
    .array(fc.constantFrom(...HOSTILE_NAME, "\u200d", "🙂", "e\u0301", "日", "\ud800"), { maxLength: 30 })
    .map((all) => all.join("")),
);

test("whatever a peer calls itself, the terminal gets nothing that it obeys", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      assert.deepEqual(obeyed(safeText(text)), []);
      for (const line of safeLines(text)) assert.deepEqual(obeyed(line), []);
    }),
  );
});

test("a program reads the same value from JSON that a terminal can show", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const line = safeJson({ type: "x", name: text });
      assert.deepEqual(obeyed(line), []);
      assert.equal(JSON.parse(line).name, text);
    }),
  );
});

test("text is cut to the cells it may take, whole letters at a time", () => {
  fc.assert(
    fc.property(nasty, fc.integer({ min: 1, max: 40 }), (text, columns) => {
      assert.ok(widthOf(truncate(safeText(text), columns)) <= columns);
    }),
  );
  assert.equal(truncate("日本語テキスト", 7), "日本語…");
  assert.equal(truncate("👩‍👩‍👧‍👦 family", 4), "👩‍👩‍👧‍👦 …");
  assert.equal(truncate("short", 5), "short");
});

test("wide letters take two cells, accents none, colours none", () => {
  assert.equal(widthOf("abc"), 3);
  assert.equal(widthOf("日本"), 4);
  assert.equal(widthOf("🙂"), 2);
  assert.equal(widthOf("e\u0301"), 1);
  assert.equal(widthOf("\u001b[1mbold\u001b[22m"), 4);
  assert.equal(pad("日", 4), "日  ");
});

test("ordinary writing of any language stays as it is", () => {
  for (const text of ["Zoë", "Дмитрий", "محمد", "नमस्ते", "日本語", "👩‍💻 Ada", "O'Neill & Söhne"])
    assert.equal(safeText(text), text);
});

test("accents do not pile up", () => {
  assert.equal(safeText(`a${"\u0301".repeat(50)}b`), `a${"\u0301".repeat(MARKS_MAX)}b`);
});
