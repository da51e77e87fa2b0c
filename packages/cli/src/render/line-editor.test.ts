import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LINE_CHARACTERS_MAX, LineEditor } from "./line-editor.ts";

const ESC = "\u001b";
const type = (...keys: string[]): LineEditor => {
  const editor = new LineEditor();
  for (const key of keys) editor.handleKeys(key);
  return editor;
};

test("letters go in where the cursor is", () => {
  const editor = type("helo", `${ESC}[D`, "l");
  assert.equal(editor.text, "hello");
  assert.equal(editor.before, "hell");
});

test("keys that move and delete do what fingers expect", () => {
  assert.equal(type("abc", "\u007f").text, "ab");
  assert.equal(type("abc", "\u0001", `${ESC}[3~`).text, "bc");
  assert.equal(type("abc", `${ESC}[H`, "x").text, "xabc");
  assert.equal(type("abc", "\u0001", "\u0005", "x").text, "abcx");
  assert.equal(type("one two  ", "\u0017").text, "one ");
  assert.equal(type("one two", "\u0015").text, "");
  assert.equal(type("one", `${ESC}[D`, "\u000b").text, "on");
});

test("Backspace takes a whole emoji or accented letter", () => {
  assert.equal(type("x👩‍👩‍👧‍👦", "\u007f").text, "x");
  assert.equal(type("xe\u0301", "\u007f").text, "x");
});

test("Enter gives the line and begins a new one, also in the middle of a paste", () => {
  const editor = new LineEditor();
  assert.deepEqual(editor.handleKeys("one\rtwo\nthr"), [
    ...Array.from({ length: 3 }, () => ({ type: "changed" })),
    { type: "line", text: "one" },
    ...Array.from({ length: 3 }, () => ({ type: "changed" })),
    { type: "line", text: "two" },
    ...Array.from({ length: 3 }, () => ({ type: "changed" })),
  ]);
  assert.equal(editor.text, "thr");
});

test("Ctrl-C interrupts; Ctrl-D ends only an empty line", () => {
  assert.deepEqual(new LineEditor().handleKeys("\u0003"), [{ type: "interrupt" }]);
  assert.deepEqual(new LineEditor().handleKeys("\u0004"), [{ type: "end" }]);
  assert.deepEqual(type("ab", "\u0001").handleKeys("\u0004"), [{ type: "changed" }]);
});

test("keys it does not know change nothing", () => {
  assert.equal(type("ab", `${ESC}[5~`, `${ESC}[1;5A`, `${ESC}x`, "\u0000", "\u0007").text, "ab");
});

test("a line has a bound", () => {
  const editor = type("x".repeat(LINE_CHARACTERS_MAX));
  assert.equal(editor.text.length, LINE_CHARACTERS_MAX);
  assert.deepEqual(editor.handleKeys("y"), []);
  assert.equal(editor.text.length, LINE_CHARACTERS_MAX);
});

test("no keys break it: the cursor stays inside, no control character gets in", () => {
  const key = fc.constantFrom(
    "a",
    "é",
    "🙂",
    "\u0301",
    "\u007f",
    `${ESC}[D`,
    `${ESC}[C`,
    "\u0001",
    "\u0005",
    "\u0017",
    "\u0015",
    "\u000b",
    ESC,
    "\u009b",
  );
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
      const editor = type(...keys);
      assert.ok(editor.text.startsWith(editor.before));
      assert.doesNotMatch(editor.text, /\p{Cc}/u);
    }),
  );
});
