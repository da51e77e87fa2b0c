/** vCards: of other programs, in the corpus; ours, there and back; hostile ones. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { textToBytes } from "../../lib/utf8.ts";
import {
  CARD_FIELDS_MAX,
  CARD_FIELDS_OF_KIND_MAX,
  VCARD_DEPTH_MAX,
  VCARD_FILE_BYTES_MAX,
  VCARD_PROPERTIES_MAX,
  VCARD_PROPERTY_BYTES_MAX,
  VCARDS_MAX,
} from "../../wire/card-limits.ts";
import { cutCard } from "./card.ts";
import { type CardField, cardField, fieldFault } from "./card-field.ts";
import { ADA_CARD, cardFields } from "./card-world.test.ts";
import { exportVcard } from "./vcard-export.ts";
import { type ImportedCard, importVcards } from "./vcard-import.ts";
import { binaryToBytes, components, fromBase64, toBase64 } from "./vcard-text.ts";

interface Case {
  readonly name: string;
  /** Lines that end in CRLF, or in `ends`; characters up to U+00FF are bytes where `isBinary`, else UTF-8. */
  readonly lines: readonly string[];
  readonly ends?: string;
  readonly isBinary?: boolean;
  readonly cards: readonly {
    readonly fields: readonly Readonly<Record<string, string>>[];
    readonly left?: readonly string[];
    readonly photo?: number;
    readonly isCut?: boolean;
  }[];
}

const { vcards }: { vcards: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../../../../../spec/vectors/vcard.json", import.meta.url), "utf8"),
);

const bytesOf = ({ lines, ends = "\r\n", isBinary }: Case): Uint8Array => {
  const text = lines.map((line) => line + ends).join("");
  return isBinary === true ? binaryToBytes(text) : textToBytes(text);
};

/** Without the texts that are empty. */
const seen = ({ fields, photo, left, isCut }: ImportedCard) => ({
  fields: fields.map((field) => Object.fromEntries(Object.entries(field).filter(([, text]) => text !== ""))),
  ...(left.length > 0 && { left: left.map(({ property, why }) => `${property} ${why}`) }),
  ...(photo !== undefined && { photo: photo.length }),
  ...(isCut && { isCut }),
});

for (const each of vcards)
  test(`[CARD-7] vCard of ${each.name}`, () => {
    const { cards, fault } = importVcards(bytesOf(each));
    assert.equal(fault, undefined);
    assert.deepEqual(cards.map(seen), each.cards);
    for (const { fields } of cards) for (const field of fields) assert.equal(fieldFault(field), undefined);
  });

const ADA_ALL = cutCard(ADA_CARD, "personal");

const only = (text: string | Uint8Array): ImportedCard => {
  const { cards } = importVcards(typeof text === "string" ? textToBytes(text) : text);
  assert.equal(cards.length, 1);
  return cards[0]!;
};

test("[CARD-8] what is exported is imported again without loss, in both versions, folded or not", () => {
  fc.assert(
    fc.property(
      cardFields,
      fc.constantFrom("3.0" as const, "4.0" as const),
      fc.boolean(),
      (fields, version, isCode) => {
        const text = exportVcard(fields, { version, isCode });
        const card = only(text);
        assert.deepEqual(card.fields, fields, text);
        assert.deepEqual([card.left, card.isCut, card.proof], [[], false, undefined]);
        if (!isCode) for (const line of text.split("\r\n")) assert.ok(textToBytes(line).length <= 75, line);
      },
    ),
    { numRuns: 300 },
  );
});

test("[CARD-8] a card of a company alone, and one whose name is its company's, stay what they are", () => {
  const company = cardField("company", { text: "Acme, Inc.", unit: "R&D; Lab" });
  const named: readonly CardField[] = [cardField("name", { text: "Acme, Inc." }), company];
  for (const version of ["3.0", "4.0"] as const)
    for (const fields of [[company], named])
      assert.deepEqual(only(exportVcard(fields, { version })).fields, fields, version);
});

test("[CARD-8] a photo and a proof are written and read", () => {
  const photo = {
    bytes: Uint8Array.of(0xff, 0xd8, 0xff, ...Array.from({ length: 300 }, (_, at) => at)),
    format: "jpeg" as const,
  };
  for (const version of ["3.0", "4.0"] as const) {
    const card = only(exportVcard(ADA_ALL, { version, photo, proof: "AbC_-9" }));
    assert.deepEqual(card.photo, photo.bytes);
    assert.equal(card.proof, "AbC_-9");
    assert.deepEqual(
      card.fields,
      ADA_ALL.filter(({ kind }) => kind !== "photo"),
    );
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => assert.deepEqual(fromBase64(toBase64(bytes)), bytes)),
  );
});

test("[CARD-8] how a card of ours looks", () => {
  assert.equal(
    exportVcard(ADA_ALL, { version: "3.0" }),
    [
      "BEGIN:VCARD",
      "VERSION:3.0",
      "N:Lovelace;Ada;;;",
      "FN:Ada Lovelace",
      "TITLE:Analyst",
      "ORG:Analytical Engines Ltd;Notes",
      "EMAIL;TYPE=INTERNET;TYPE=WORK:ada@example.org",
      "TEL;TYPE=CELL:+44 20 7946 0958",
      "ADR:;;12 St James's Square\\nAttic;London;;SW1Y 4JH;England",
      "URL;TYPE=HOME:https://ada.example.org/notes?g=1",
      "EXPERTISE:Bernoulli numbers",
      "EXPERTISE:Weaving",
      "NOTE:Tea at four.\\nNo sugar\\; ever\\, please.",
      "END:VCARD",
      "",
    ].join("\r\n"),
  );
});

test("[CARD-7] structured values are cut at semicolons that are not escaped", () => {
  for (const [text, parts] of [
    ["", [""]],
    [";", ["", ""]],
    ["a\\;b;c\\,d;\\\\;", ["a;b", "c,d", "\\", ""]],
    ["a\\", ["a\\"]],
    ["C:\\dir;x", ["C:\\dir", "x"]],
  ] as const)
    assert.deepEqual(components(text), parts, text);
});

const vcard = (...lines: readonly string[]): string =>
  ["BEGIN:VCARD", "VERSION:3.0", "FN:Ada", ...lines, "END:VCARD", ""].join("\r\n");

test("[CARD-9] files, vCards, properties and depth are bounded, at the bound and one above", () => {
  assert.equal(importVcards(new Uint8Array(VCARD_FILE_BYTES_MAX + 1)).fault, "file-too-large");
  const short = "BEGIN:VCARD\nFN:A\nEND:VCARD\n";
  assert.deepEqual(
    [VCARDS_MAX, VCARDS_MAX + 1].map((count) => importVcards(textToBytes(short.repeat(count))).fault),
    [undefined, "too-many-cards"],
  );
  const many = (count: number) => only(vcard(...Array.from({ length: count - 2 }, () => "X-A:b")));
  assert.deepEqual([many(VCARD_PROPERTIES_MAX).isCut, many(VCARD_PROPERTIES_MAX + 1).isCut], [false, true]);
  const noted = (bytes: number) => only(vcard(`NOTE:${"x".repeat(bytes - 5)}`)).left;
  assert.deepEqual(noted(VCARD_PROPERTY_BYTES_MAX), []);
  assert.deepEqual(noted(VCARD_PROPERTY_BYTES_MAX + 1), [{ property: "NOTE", why: "too-long" }]);
  const nested = (depth: number) =>
    importVcards(
      textToBytes(
        vcard("AGENT:", ...Array(depth).fill("BEGIN:VCARD"), "FN:Eve", ...Array(depth).fill("END:VCARD"), "TITLE:x"),
      ),
    ).cards;
  assert.deepEqual(
    nested(VCARD_DEPTH_MAX).map(({ fields }) => fields.length),
    [2],
  );
  assert.deepEqual(nested(VCARD_DEPTH_MAX + 1), []);
});

test("[CARD-9] more fields than a card holds are left, and it is said", () => {
  const skills = only(vcard(...Array.from({ length: 10_000 }, (_, at) => `EXPERTISE:skill ${at}`)));
  assert.equal(skills.fields.length, 1 + CARD_FIELDS_OF_KIND_MAX);
  assert.deepEqual([skills.left, skills.isCut], [[{ property: "EXPERTISE", why: "too-many" }], true]);
  const all = only(
    vcard(...["EXPERTISE", "NOTE", "TITLE"].flatMap((name) => Array.from({ length: 32 }, (_, at) => `${name}:${at}`))),
  );
  assert.equal(all.fields.length, CARD_FIELDS_MAX);
});

test("[CARD-9] nothing in a file makes the importer throw, and no field that comes out breaks the rules", () => {
  const line = fc.oneof(
    fc.constantFrom(
      "BEGIN:VCARD",
      "END:VCARD",
      "AGENT:",
      "N:;;;;",
      "N:a;b",
      "FN:",
      "item1.X-ABLabel:_$!<X>!$_",
      "item1.TEL:112",
      "PHOTO;ENCODING=b:////",
      "NOTE;ENCODING=QUOTED-PRINTABLE:=",
      "=",
      " folded",
      "\tfolded",
      'TEL;TYPE="home:112',
      "ADR:a\\",
      "URL:javascript:alert(1)",
      "X-KITH:x",
      "",
    ),
    fc.string({ unit: "binary", maxLength: 30 }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), fc.constantFrom("\r\n", "\n", "\r", "\r\r\n"), (lines, ends) => {
      for (const bytes of [textToBytes(lines.join(ends)), binaryToBytes(lines.join(ends).replace(/[^\0-\xff]/g, "ÿ"))])
        for (const { fields } of importVcards(bytes).cards)
          for (const field of fields) assert.equal(fieldFault(field), undefined);
    }),
    { numRuns: 300 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void importVcards(bytes)));
});

test("[CARD-9] time grows as the file does: four times the bytes cost less than ten times the time", () => {
  const shapes: readonly ((size: number) => string)[] = [
    (size) => "\r".repeat(size),
    (size) => vcard(`NOTE:${"\n x".repeat(size / 3)}`),
    (size) => vcard(`NOTE;${'"'.repeat(size)}`),
    (size) => vcard(`NOTE${";A=B".repeat(size / 4)}:x`),
    (size) => vcard(`NOTE;ENCODING=QUOTED-PRINTABLE:${"=\r\n".repeat(size / 3)}`),
    (size) => vcard(`N:${";".repeat(size)}`),
    (size) => vcard(`NOTE:${"\\".repeat(size)}`),
    (size) => "BEGIN:VCARD\n".repeat(size / 12),
    (size) => vcard(...Array.from({ length: size / 8 }, () => "A:")),
    (size) => vcard("NOTE:x", ...Array.from({ length: size / 8 }, () => "no-colon")),
    (size) => vcard(`FN:${"A\u030a".repeat(size / 3)}`),
    (size) => vcard(`PHOTO;ENCODING=b:${"/9j/".repeat(size / 4)}`),
  ];
  const took = (text: string): number => {
    const bytes = textToBytes(text);
    const start = process.cpuUsage();
    importVcards(bytes);
    return process.cpuUsage(start).user / 1_000;
  };
  for (const [at, shape] of shapes.entries()) {
    const best = (size: number): number => {
      const text = shape(size);
      return Math.min(...Array.from({ length: 2 }, () => took(text)));
    };
    const [small, large] = [best(60_000), best(240_000)];
    assert.ok(large < 10 * small + 100, `shape ${at}: ${small.toFixed(1)} ms, then ${large.toFixed(1)} ms`);
  }
});
