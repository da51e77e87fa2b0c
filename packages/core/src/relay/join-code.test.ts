import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WORDS } from "../identity/word-list.ts";
import { wallTime } from "../lib/time.ts";
import { CODES_BURNT_FOR, JOIN_CODE_CHARS_MAX } from "../wire/relay-limits.ts";
import { BURNT_CODES_KEY, BurntCodes } from "./burnt-codes.ts";
import { completeJoinCode, formatJoinCode, type JoinCode, joinCodeSecret, readJoinCode } from "./join-code.ts";

const faultsOf = (text: string) => {
  const reading = readJoinCode(text);
  assert.ok("faults" in reading, text);
  return reading.faults;
};
const codeOf = (text: string): JoinCode => {
  const reading = readJoinCode(text);
  assert.ok("code" in reading, JSON.stringify(reading));
  return reading.code;
};

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const host = fc.oneof(
  fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join(".")),
  fc.constantFrom("[::1]", "[fe80::1]", "127.0.0.1"),
);
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
const joinCode: fc.Arbitrary<JoinCode> = fc.record(
  {
    mailbox: fc.integer({ min: 1, max: 0xffff_ffff }),
    words: fc.array(fc.constantFrom(...WORDS), { minLength: 2, maxLength: 3 }),
    host: fc.option(
      fc.tuple(host, port).map(([name, at]) => (at === undefined ? name : `${name}:${at}`)),
      { nil: undefined },
    ),
  },
  { noNullPrototype: true },
);

test("[MEE-7] a join code is read as it was written, however it was typed", () => {
  const between = fc.constantFrom("-", " ", ". ", ", ", " - ", "--");
  fc.assert(
    fc.property(joinCode, between, fc.boolean(), (code, gap, isLoud) => {
      const text = formatJoinCode(code);
      assert.deepEqual(codeOf(text), code);
      const typed = ` ${code.mailbox}${gap}${code.words.join(gap)}${code.host === undefined ? "" : ` @${code.host}`} `;
      assert.deepEqual(codeOf(isLoud ? typed.toUpperCase() : typed), code);
      assert.deepEqual(
        codeOf(`${code.mailbox} ${code.words.map((word) => word.slice(0, 4)).join(" ")}`).words,
        code.words,
      );
    }),
  );
  assert.equal(joinCodeSecret(codeOf("7 acorn canyon")), "acorn-canyon");
});

test("[MEE-7] what is no code is told word by word, with what it may have been", () => {
  assert.deepEqual(faultsOf("7-acorn-cayun"), [
    { at: "word", position: 1, typed: "cayun", likely: ["cabin", "canyon"] },
  ]);
  assert.deepEqual(faultsOf("7-qqqq-xxxx"), [
    { at: "word", position: 0, typed: "qqqq", likely: [] },
    { at: "word", position: 1, typed: "xxxx", likely: [] },
  ]);
  assert.deepEqual(faultsOf("acorn-canyon"), [{ at: "mailbox", typed: "acorn" }]);
  assert.deepEqual(faultsOf("0-acorn-canyon"), [{ at: "mailbox", typed: "0" }]);
  assert.deepEqual(faultsOf("4294967296-acorn-canyon"), [{ at: "mailbox", typed: "4294967296" }]);
  assert.deepEqual(faultsOf("7"), [{ at: "count", words: 0 }]);
  assert.deepEqual(faultsOf("7-acorn"), [{ at: "count", words: 1 }]);
  assert.deepEqual(faultsOf("7-acorn-canyon-tiger-acorn").at(-1), { at: "count", words: 4 });
  assert.deepEqual(faultsOf("7-acorn-canyon@not a host"), [{ at: "host", typed: "not a host" }]);
  assert.deepEqual(faultsOf("7-acorn-canyon@"), [{ at: "host", typed: "" }]);
  assert.deepEqual(faultsOf("7".repeat(JOIN_CODE_CHARS_MAX + 1)), [{ at: "length" }]);
  assert.deepEqual(faultsOf(""), [
    { at: "mailbox", typed: "" },
    { at: "count", words: 0 },
  ]);
});

test("readJoinCode takes any text and gives a code or says what is wrong with it", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 400 }),
    fc.string({ unit: fc.constantFrom("7", "-", "acorn", "canyon", "@", ".", " ", "é", "\u0000"), maxLength: 12 }),
  );
  fc.assert(
    fc.property(text, (typed) => {
      const reading = readJoinCode(typed);
      if ("faults" in reading) return assert.ok(reading.faults.length > 0);
      assert.deepEqual(codeOf(formatJoinCode(reading.code)), reading.code);
    }),
    { numRuns: 2_000 },
  );
});

test("completeJoinCode gives what the last word may become, and keeps what stands before it", () => {
  assert.deepEqual(completeJoinCode("7-acor"), ["7-acorn"]);
  assert.deepEqual(completeJoinCode("7-acorn-cany"), ["7-acorn-canyon"]);
  assert.deepEqual(completeJoinCode("7-Acorn-CANY"), ["7-Acorn-canyon"]);
  assert.equal(completeJoinCode("7-").length, WORDS.length);
  for (const text of [
    "",
    "7",
    "x-",
    "0-e",
    "7-acrn-",
    "7-acorn-canyon-acorn-",
    "7-acorn-canyon@re",
    "7-zzz",
    "acorn-",
  ]) {
    assert.deepEqual(completeJoinCode(text), [], text);
  }
  fc.assert(
    fc.property(joinCode, fc.nat(7), ({ mailbox, words }, letters) => {
      const full = formatJoinCode({ mailbox, words, host: undefined });
      const cut = full.slice(0, full.lastIndexOf("-") + 1 + letters);
      const offered = completeJoinCode(cut);
      assert.ok(offered.includes(full));
      for (const each of offered) assert.ok(each.startsWith(cut));
    }),
  );
});

test("[MEE-7] after two codes that a wrong try ended, the next ones have three words, also after a restart", () => {
  const start = wallTime(1_800_000_000_000);
  const codes = new BurntCodes([], start);
  assert.equal(codes.words(start), 2);
  codes.burn(start);
  assert.equal(codes.words(start), 2);
  const entry = codes.burn(start);
  assert.equal(codes.words(start), 3);
  const later = wallTime(start + CODES_BURNT_FOR - 1);
  assert.equal(new BurntCodes([entry], later).words(later), 3);
  assert.equal(new BurntCodes([entry], later).words(wallTime(later + 1)), 2);
  // A clock set back does not make them shorter sooner, nor keep them long for ever.
  const back = wallTime(start - 10 * CODES_BURNT_FOR);
  assert.equal(new BurntCodes([entry], back).words(back), 3);
  assert.equal(new BurntCodes([entry], back).words(wallTime(back + CODES_BURNT_FOR)), 2);
});

test("a count of burnt codes that cannot be read makes codes longer", () => {
  const wall = wallTime(1_800_000_000_000);
  for (const value of [new Uint8Array(0), new Uint8Array(10), Uint8Array.of(1, 9)]) {
    assert.equal(new BurntCodes([{ key: BURNT_CODES_KEY, value }], wall).words(wall), 3);
  }
});

test("the count of burnt codes stays in its byte", () => {
  const wall = wallTime(1_800_000_000_000);
  const codes = new BurntCodes([], wall);
  for (let i = 0; i < 300; i++) codes.burn(wall);
  assert.equal(codes.count(wall), 255);
});
