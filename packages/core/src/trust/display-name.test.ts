import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { textToBytes } from "../lib/utf8.ts";
import { NAME_BYTES_MAX } from "../wire/limits.ts";
import { cleanName, isCleanName, nameKey } from "./display-name.ts";

test("cleanName takes out what deceives a reader or drives a terminal", () => {
  assert.equal(cleanName("Ada\u001b[31m"), "Ada[31m");
  assert.equal(cleanName("ada\u202egnp.exe"), "adagnp.exe");
  assert.equal(cleanName("  Ada \n\t  Lovelace\u0000 "), "Ada Lovelace");
  assert.equal(cleanName("a\u200bd\u2066a\u00ad"), "ada");
  assert.equal(cleanName("\u{e0041}\ud800\ufeff"), "");
});

test("cleanName leaves names of all the world alone, and composes them", () => {
  for (const name of ["Ådå", "Зоя", "李小龍", "👩‍👧‍👦 family", "O'Neil-Smith"]) assert.equal(cleanName(name), name);
  assert.equal(cleanName("A\u030a"), "Å");
});

test("cleanName keeps NAME_BYTES_MAX bytes and drops one more, never half a character", () => {
  assert.equal(cleanName("x".repeat(NAME_BYTES_MAX)).length, NAME_BYTES_MAX);
  assert.equal(cleanName("x".repeat(NAME_BYTES_MAX + 1)).length, NAME_BYTES_MAX);
  assert.equal(cleanName(`x${"é".repeat(100)}`), `x${"é".repeat(63)}`);
});

test("cleanName changes nothing the second time, and is never over its limit", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const name = cleanName(text);
      assert.ok(isCleanName(name));
      assert.ok(textToBytes(name).length <= NAME_BYTES_MAX);
    }),
  );
});

test("nameKey is the same for names that look the same", () => {
  assert.equal(nameKey("ＡＤＡ  lovelace"), nameKey("Ada Lovelace"));
  assert.notEqual(nameKey("Ada"), nameKey("Bob"));
});
