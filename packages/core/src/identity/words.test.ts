import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { AssertionError } from "../lib/assert.ts";
import { WORDS } from "./word-list.ts";
import { bytesToWords, isOneSlip, likelyWords, randomWords, readWord, readWords } from "./words.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

// [ID-10]
test("the list has 1,024 words of three to seven letters in the order of the alphabet, and never changes", () => {
  assert.equal(WORDS.length, 1_024);
  for (const word of WORDS) assert.match(word, /^[a-z]{3,7}$/);
  assert.deepEqual([...WORDS].sort(), WORDS);
  const digest = createHash("sha256").update(WORDS.join("\n")).digest("hex");
  assert.equal(digest, "b087426de05d61746b80dfb6b6c1be7a35bcc7831fc4d3f998f2d418804b4de3");
});

// [ID-10]
test("no two words share their first four letters, and none begins another", () => {
  assert.equal(new Set(WORDS.map((word) => word.slice(0, 4))).size, 1_024);
  for (const [i, word] of WORDS.entries()) assert.ok(!WORDS[i + 1]?.startsWith(word), word);
});

// [ID-10]
test("no word is one slip of the finger from another", () => {
  for (const [i, a] of WORDS.entries()) for (const b of WORDS.slice(i + 1)) assert.ok(!isOneSlip(a, b), `${a} ${b}`);
});

test("no two words sound alike by their consonants", () => {
  const sound = (word: string): string =>
    (word[0] ?? "") +
    word
      .replace(/ph/g, "f")
      .replace(/ck|q/g, "k")
      .replace(/x/g, "ks")
      .replace(/c(?=[eiy])/g, "s")
      .replace(/c(?!h)/g, "k")
      .replace(/(.)\1+/g, "$1")
      .replace(/[aeiouyw]/g, "");
  const heard = new Map<string, string>();
  for (const word of WORDS) {
    assert.equal(heard.get(sound(word)), undefined, word);
    heard.set(sound(word), word);
  }
});

test("isOneSlip agrees with the definition", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 5 });
  const neighbours = (text: string): Set<string> => {
    const found = new Set<string>();
    for (let i = 0; i <= text.length; i++) {
      for (const letter of "abc") found.add(text.slice(0, i) + letter + text.slice(i));
      for (const letter of ["", ..."abc"])
        if (i < text.length) found.add(text.slice(0, i) + letter + text.slice(i + 1));
      if (i + 1 < text.length) found.add(text.slice(0, i) + text.charAt(i + 1) + text.charAt(i) + text.slice(i + 2));
    }
    found.delete(text);
    return found;
  };
  fc.assert(
    fc.property(word, word, (a, b) => {
      assert.equal(isOneSlip(a, b), neighbours(a).has(b));
      assert.equal(isOneSlip(a, b), isOneSlip(b, a));
    }),
    { numRuns: 3_000 },
  );
});

test("bytesToWords takes ten bits a word, the first bit highest", () => {
  assert.deepEqual(bytesToWords(Uint8Array.of(0, 0), 1), [WORDS[0]]);
  assert.deepEqual(bytesToWords(Uint8Array.of(0xff, 0xc0, 0x10, 0x05), 3), [WORDS[1_023], WORDS[1], WORDS[1]]);
  assert.throws(() => bytesToWords(new Uint8Array(6), 5), AssertionError);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 7, maxLength: 7 }), (bytes) => {
      const value = BigInt(`0x${Buffer.from(bytes).toString("hex")}`) >> 6n;
      const read = bytesToWords(bytes, 5).reduce((sum, word) => (sum << 10n) | BigInt(WORDS.indexOf(word)), 0n);
      assert.equal(read, value);
    }),
  );
});

test("randomWords draws every word for itself", () => {
  const drawn = randomWords(random, 4_000);
  assert.ok(drawn.every((word) => WORDS.includes(word)));
  assert.ok(new Set(drawn).size > 900);
});

test("readWord finds a word by itself, by its beginning, and through one slip; never a wrong one", () => {
  for (const word of WORDS) {
    assert.equal(readWord(word), word);
    assert.equal(readWord(` ${word.toUpperCase()} `), word);
    if (word.length > 4) assert.equal(readWord(word.slice(0, 4)), word);
  }
  for (const text of ["", " ", "zzzz", "a", "the", "x".repeat(1_000)]) assert.equal(readWord(text), undefined, text);
  fc.assert(
    fc.property(fc.constantFrom(...WORDS), fc.nat(6), fc.constantFrom(..."aeilnrst"), (word, at, letter) => {
      const typed = word.slice(0, at) + letter + word.slice(at);
      const read = readWord(typed);
      assert.ok(read === undefined || read === word || WORDS.includes(typed) || isOneSlip(read, typed));
    }),
  );
});

test("readWord does not guess between two words that are as near", () => {
  const near = (text: string): string[] => WORDS.filter((word) => isOneSlip(word, text));
  const between = WORDS.flatMap((word) => [...word].map((_, at) => word.slice(0, at) + word.slice(at + 1))).filter(
    (text) => near(text).length > 1 && WORDS.filter((word) => word.startsWith(text)).length !== 1,
  );
  assert.ok(between.length > 0);
  for (const text of between) assert.equal(readWord(text), undefined, `${text}: ${near(text)}`);
});

test("readWords reads what people type between words, and nothing unclear", () => {
  assert.deepEqual(readWords("acorn-Castle, tiger.  wombt"), ["acorn", "castle", "tiger", "wombat"]);
  assert.deepEqual(readWords(""), []);
  assert.equal(readWords("acorn qqqq"), undefined);
  assert.equal(readWords("acorn ".repeat(50)), undefined);
});

test("likelyWords names what may have been meant, and nothing that is far", () => {
  assert.ok(likelyWords("cayun").includes("canyon"));
  assert.deepEqual(likelyWords("can"), ["canary", "candle", "canoe"]);
  for (const text of ["", "a", "qqqq", "qxqxqx", "x".repeat(1_000)]) assert.deepEqual(likelyWords(text), [], text);
  fc.assert(
    fc.property(fc.constantFrom(...WORDS), fc.nat(6), fc.constantFrom(..."aeilnrst"), (word, at, letter) => {
      const typed = word.slice(0, at) + letter + word.slice(at);
      const likely = likelyWords(typed);
      assert.ok(likely.length >= 1 && likely.length <= 3, `${typed}: ${likely}`);
      // A word that the slip makes clear is the one that is read.
      const read = readWord(typed);
      if (read !== undefined && !WORDS.includes(typed)) assert.ok(likely.includes(read) || typed.length < 4, typed);
    }),
  );
});
