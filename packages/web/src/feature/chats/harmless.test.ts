import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { emojiOf, harmless, harmlessLine } from "./harmless.ts";

const text = fc.string({ unit: "binary", maxLength: 300 });

test("what turns or hides text is gone, what people write stays", () => {
  const stays = ["שלום עולם", "مرحبا", "Łódź, naïve — ok?", "a\tb\nc", "👩‍👩‍👧‍👦", "नमस्ते", "می‌خواهم", "Z͑ͫa"];
  for (const each of stays) assert.equal(harmless(each), each);
  const hostile: readonly (readonly [string, string])[] = [
    ["invoice\u{202e}fdp.exe", "invoicefdp.exe"],
    ["pay\u{200b}pal", "paypal"],
    ["\u{2066}a\u{2069}\u{feff}b\u{ad}", "ab"],
    ["a\u{0}b\u{1b}[31mc\u{9b}d", "ab[31mcd"],
    ["tag\u{e0041}\u{e007f}", "tag"],
    [`H${"\u{301}".repeat(500)}`, `H${"\u{301}".repeat(8)}`],
    ["a\r\nb\rc", "a\nb\nc"],
    [`a${"\n".repeat(900)}b`, "a\n\n\nb"],
    ["\u{3164}\u{3164}", ""],
    ["a\u{200d}\u{200d}\u{200d}b", "ab"],
  ];
  for (const [said, shown] of hostile) assert.equal(harmless(said), shown);
  assert.equal(harmlessLine(" a\n\n\u{202e}b "), "a b");
});

test("a second pass changes nothing, whatever was said", () => {
  fc.assert(
    fc.property(text, (said) => assert.equal(harmless(harmless(said)), harmless(said))),
    { numRuns: 2_000 },
  );
});

test("a reaction is one emoji, or none", () => {
  assert.equal(emojiOf("👍👍"), "👍");
  assert.equal(emojiOf("  well ❤️ !"), "❤️");
  assert.equal(emojiOf("👨‍👩‍👧 family"), "👨‍👩‍👧");
  assert.equal(emojiOf("🇩🇪"), "🇩🇪");
  for (const none of ["", "abc", "<img src=x>", "\u{202e}", "7", `👍${"\u{301}".repeat(40)}`])
    assert.equal(emojiOf(none), undefined, none);
});
