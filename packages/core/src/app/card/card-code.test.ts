/** Codes: one text that cameras and Kith read; its size; parts of a large card. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import encodeQr from "qr";
import decodeQr from "qr/decode.js";
import { encode as encodeUqr } from "uqr";
import { nobleProvider } from "../../crypto/noble-provider.ts";
import { bytesToBase45 } from "../../lib/base45.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { textToBytes } from "../../lib/utf8.ts";
import {
  CARD_BYTES_MAX,
  CARD_CODE_CHARS_MAX,
  CARD_CODE_VERSION_MAX,
  CARD_PART_BYTES,
  CARD_PARTS_MAX,
} from "../../wire/card-limits.ts";
import { CARD_LEVELS, type CardLevel, cutCard } from "./card.ts";
import { cardCode } from "./card-code.ts";
import { type CardField, cardField } from "./card-field.ts";
import { cardFrames, decodeFrame, FRAME_PREFIX, FrameAssembler } from "./card-frames.ts";
import { contactText } from "./card-proof.ts";
import { readCardText } from "./card-text.ts";
import { ADA, ADA_CARD, CARD_ID, cardFields, ENDS_AT, level, SIGNED_AT } from "./card-world.test.ts";
import { codeSize, codeVersion } from "./code-size.ts";
import { contentFault, readCard, signCard } from "./signed-card.ts";
import { importVcards } from "./vcard-import.ts";

const signed = (fields: readonly CardField[], at: CardLevel = "public", isPrivate = false) =>
  signCard(nobleProvider, ADA, {
    id: CARD_ID,
    level: at,
    revision: 7,
    signedAt: SIGNED_AT,
    endsAt: ENDS_AT,
    isPrivate,
    fields,
  });
const adas = (at: CardLevel) => signed(cutCard(ADA_CARD, at), at);
const read = (text: string) => readCardText(nobleProvider, text);

test("[CARD-10] a code is a vCard to a camera and the signed card to Kith, the same fields to both", () => {
  fc.assert(
    fc.property(cardFields, level, fc.boolean(), (fields, at, isPrivate) => {
      const photo = { kind: "photo", hash: "cd".repeat(32), bytes: 65_536, format: "webp" } as const;
      const notes = fields.filter(({ kind }) => kind === "note");
      const whole = [...fields.filter(({ kind }) => kind !== "note"), ...(isPrivate ? [photo] : []), ...notes];
      const content = {
        id: CARD_ID,
        level: at,
        revision: 7,
        signedAt: SIGNED_AT,
        endsAt: ENDS_AT,
        isPrivate,
        fields: whole,
      };
      fc.pre(contentFault(content) === undefined);
      const card = signed(whole, at, isPrivate);
      const text = contactText(card);
      assert.deepEqual(read(text), { type: "card", card });
      assert.deepEqual(importVcards(textToBytes(text)).cards[0]?.fields, fields);
    }),
    { numRuns: 60 },
  );
});

test("[CARD-10] whatever is changed in a code, it is not signed any more, and that is said", () => {
  const text = contactText(adas("professional"));
  const changes: readonly (readonly [string, string])[] = [
    ["ada@example.org", "eve@example.org"],
    ["FN:Ada", "FN:Eve"],
    ["TITLE:Analyst\r\n", ""],
    ["END:VCARD", "TEL:+44 1\r\nEND:VCARD"],
    ["END:VCARD", "NICKNAME:Call this number: 555\r\nEND:VCARD"],
    ["VERSION:3.0", "VERSION:3.0\r\nPHOTO;VALUE=uri:https://evil.example/x.png"],
    ["X-KITH:A", "X-KITH:B"],
  ];
  for (const [from, to] of changes) {
    const changed = text.replace(from, to);
    assert.notEqual(changed, text, from);
    const result = read(changed);
    assert.ok(result.type === "contacts" && result.isChanged && result.contacts.length === 1, from);
  }
  assert.equal(read(text.replaceAll("\r\n", "\n")).type, "card", "line ends may be others");
  const plain = read(text.replace(/X-KITH:.*\r\n/, ""));
  assert.ok(plain.type === "contacts" && !plain.isChanged);
  const twice = read(text + text);
  assert.ok(
    twice.type === "contacts" && twice.contacts.length === 2,
    "two cards in one text are not one that is signed",
  );
});

test("[CARD-11] how large codes are: as an independent encoder makes them, at every version", () => {
  for (const [ecc, name] of [
    ["H", "high"],
    ["M", "medium"],
  ] as const)
    for (let version = 1; version <= CARD_CODE_VERSION_MAX; version++)
      for (const unit of ["a", "A"]) {
        const fits = (length: number) => codeVersion(unit.repeat(length), ecc);
        let most = 0;
        for (let step = 1_024; step >= 1; step /= 2) if ((fits(most + step) ?? 99) <= version) most += step;
        assert.equal(fits(most), version);
        const side = (length: number) => encodeQr(unit.repeat(length), "raw", { ecc: name, border: 1 }).length - 2;
        assert.equal(side(most), 17 + 4 * version, `${ecc} ${version} ${unit} ${most}`);
        assert.ok(side(most + 1) > 17 + 4 * version);
      }
});

test("[CARD-11] level H where the code stays small enough, else M, else several codes", () => {
  const text = (length: number) => codeSize("x".repeat(length));
  assert.deepEqual(
    [text(535), text(536), text(997), text(998)],
    [{ level: "H", version: 25 }, { level: "M", version: 18 }, { level: "M", version: 25 }, undefined],
  );
  const sizes = CARD_LEVELS.map((at) => {
    const code = cardCode(nobleProvider, adas(at));
    assert.ok(code.type === "single");
    const { frame } = code;
    const drawn = encodeUqr(frame.text, { ecc: frame.level, border: 0 });
    assert.equal(drawn.size, 17 + 4 * frame.version);
    return `${at} ${textToBytes(frame.text).length} ${frame.level}${frame.version}`;
  });
  assert.deepEqual(sizes, SIZES);
});

/** Bytes, level and version of Ada's card at each level: what a change of the format costs shows here. */
const SIZES = ["public 286 H18", "professional 367 H20", "personal 602 M19"];

const large = signed([
  cardField("name", { text: "Ada" }),
  cardField("phone", { text: "112" }),
  ...Array.from({ length: 3 }, (_, at) => cardField("note", { text: `${at}`.repeat(1_000) })),
]);

/** What a camera sees of a code: four pixels a module, in white. */
function seen(frame: { readonly text: string; readonly level: "H" | "M" }): {
  width: number;
  height: number;
  data: Uint8Array;
} {
  const rows = encodeUqr(frame.text, { ecc: frame.level, border: 4 }).data;
  const side = 4 * rows.length;
  const data = new Uint8Array(3 * side * side).fill(255);
  for (let at = 0; at < side * side; at++) {
    const [y, x] = [Math.floor(at / side / 4), Math.floor((at % side) / 4)];
    if (rows[y]?.[x] === true) data.fill(0, 3 * at, 3 * at + 3);
  }
  return { width: side, height: side, data };
}

test("[CARD-10] [CARD-12] codes that one program draws another one reads, at every level and in parts", () => {
  const zoe = signed([cardField("name", { text: "Zoë 李小龍 👩‍👧" })]);
  for (const card of [...CARD_LEVELS.map(adas), zoe]) {
    const code = cardCode(nobleProvider, card);
    assert.ok(code.type === "single");
    assert.deepEqual(read(decodeQr(seen(code.frame), { timeLimit: 10_000 })), { type: "card", card });
  }
  for (const frame of cardFrames(nobleProvider, large))
    assert.equal(decodeQr(seen(frame), { timeLimit: 10_000 }), frame.text);
});

test("[CARD-12] a large card is several codes, put together in any order, a plain contact first", () => {
  const code = cardCode(nobleProvider, large);
  assert.ok(code.type === "animated");
  const [contact, ...parts] = code.frames.map(({ text }) => text);
  const seen = read(contact ?? "");
  assert.ok(seen.type === "contacts" && !seen.isChanged);
  assert.deepEqual(seen.contacts[0]?.fields, large.content.fields.slice(0, 2));
  assert.equal(parts.length, Math.ceil(large.bytes.length / CARD_PART_BYTES));
  for (const { text, level: ecc, version } of code.frames) assert.ok(ecc === "H" && version <= 13, text);
  fc.assert(
    fc.property(fc.shuffledSubarray(parts, { minLength: parts.length }), fc.nat(parts.length - 1), (order, again) => {
      const assembler = new FrameAssembler(nobleProvider);
      const [first = "", ...rest] = [order[again] ?? "", ...order];
      const results = [first, ...rest].map((text) => assembler.handlePart(decodeFrame(text)));
      assert.deepEqual(
        results.find(({ type }) => type === "card"),
        { type: "card", card: large },
      );
      assert.ok(results.slice(0, parts.length - 1).every((each, at) => each.type === "more" && each.have <= at + 1));
    }),
    { numRuns: 20 },
  );
});

test("[CARD-12] parts of another card begin anew; parts that are no card are said to be broken", () => {
  const [mine, others] = [large, signed([cardField("name", { text: "Eve" }), ...large.content.fields.slice(2)])].map(
    (card) =>
      cardFrames(nobleProvider, card)
        .slice(1)
        .map(({ text }) => decodeFrame(text)),
  );
  const assembler = new FrameAssembler(nobleProvider);
  const all = [...mine!.slice(0, -1), ...others!.slice(0, -1), ...mine!.slice(0, -1), mine!.at(-1)!].map((part) =>
    assembler.handlePart(part),
  );
  assert.equal(all.filter(({ type }) => type === "card").length, 1);
  const forged = mine!.map((part) => ({ ...part, bytes: part.bytes.slice().fill(0) }));
  assert.deepEqual(forged.map((part) => assembler.handlePart(part)).at(-1), { type: "broken" });
  const borrowed = others!.map((part) => ({ ...part, tag: mine![0]!.tag }));
  assert.deepEqual(
    borrowed.map((part) => assembler.handlePart(part)).at(-1),
    { type: "broken" },
    "a card of another tag",
  );
  for (const part of mine!.slice(0, -1)) assembler.handlePart(part);
  assert.deepEqual(assembler.handlePart(others!.at(-1)!), { type: "more", have: 1, count: mine!.length });
  assert.equal(mine!.map((part) => assembler.handlePart(part)).at(-1)?.type, "card", "and nothing is left of it");
});

test("[CARD-12] parts out of bounds are refused", () => {
  const part = (index: number, count: number, length: number) =>
    read(FRAME_PREFIX + bytesToBase45(Uint8Array.of(1, 2, 3, 4, index, count, ...new Uint8Array(length))));
  assert.equal(part(CARD_PARTS_MAX - 1, CARD_PARTS_MAX, 1).type, "part");
  assert.deepEqual(part(0, CARD_PARTS_MAX + 1, CARD_PART_BYTES), { type: "broken", code: "ERR_LIMIT" });
  for (const [index, count, length] of [
    [1, 1, 9],
    [0, 0, 9],
    [0, 2, CARD_PART_BYTES - 1],
    [0, 1, CARD_PART_BYTES + 1],
    [0, 1, 0],
  ] as const)
    assert.deepEqual(part(index, count, length), { type: "broken", code: "ERR_VALUE" });
  assert.deepEqual(read(`${FRAME_PREFIX}A`), { type: "broken", code: "ERR_TEXT" });
  assert.deepEqual(read(FRAME_PREFIX + "0".repeat(CARD_CODE_CHARS_MAX)), { type: "broken", code: "ERR_TOO_LARGE" });
  assert.ok(CARD_PARTS_MAX * CARD_PART_BYTES >= CARD_BYTES_MAX);
});

test("[CARD-10] [CARD-12] codes are as in spec/vectors/card-codes.json", () => {
  const file = new URL("../../../../../spec/vectors/card-codes.json", import.meta.url);
  const {
    codes,
    texts,
  }: {
    codes: readonly { name: string; card: string; text?: string; frames?: readonly string[] }[];
    texts: readonly { name: string; text: string; type: string; code?: string }[];
  } = JSON.parse(readFileSync(file, "utf8"));
  for (const { name, card, text, frames } of codes) {
    const made = cardCode(nobleProvider, readCard(nobleProvider, hexToBytes(card)));
    if (text !== undefined) {
      assert.equal(made.type === "single" && made.frame.text, text, name);
      const result = read(text);
      assert.equal(result.type === "card" && bytesToHex(result.card.bytes), card, name);
    } else assert.deepEqual(made.type === "animated" && made.frames.map((frame) => frame.text), frames, name);
  }
  for (const { name, text, type, code } of texts) {
    const result = read(text);
    assert.deepEqual([result.type, result.type === "broken" ? result.code : undefined], [type, code], name);
  }
});
