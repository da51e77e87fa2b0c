/** MECARD of printed codes, and what only looks like it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../../crypto/noble-provider.ts";
import { MECARD_CHARS_MAX } from "../../wire/card-limits.ts";
import { fieldFault } from "./card-field.ts";
import { readCardText } from "./card-text.ts";
import { importMecard } from "./mecard-import.ts";
import type { ImportedCard } from "./vcard-import.ts";

interface Vector {
  readonly name: string;
  readonly text: string;
  readonly fields: readonly Readonly<Record<string, string>>[];
  readonly left: readonly Readonly<Record<string, string>>[];
  readonly isCut: boolean;
}
const { mecards }: { readonly mecards: readonly Vector[] } = JSON.parse(
  readFileSync(new URL("../../../../../spec/vectors/mecard.json", import.meta.url), "utf8"),
);

/** Texts that are empty are left out. */
const said = ({ fields }: ImportedCard): readonly object[] =>
  fields.map((field) => Object.fromEntries(Object.entries(field).filter(([, text]) => text !== "")));

for (const { name, text, fields, left, isCut } of mecards)
  test(`[CARD-28] MECARD: ${name}`, () => {
    const read = readCardText(nobleProvider, text);
    assert.ok(read.type === "contacts" && !read.isChanged, "nobody signed it");
    const [contact, ...others] = read.contacts;
    assert.ok(contact);
    assert.equal(others.length, 0);
    assert.deepEqual([said(contact), contact.left, contact.isCut], [fields, left, isCut]);
    assert.deepEqual([contact.photo, contact.proof], [undefined, undefined]);
  });

test("[CARD-28] a MECARD of MECARD_CHARS_MAX is read to its end, of one more what fits, which is said", () => {
  const filled = (length: number): string => {
    const [head, tail] = ["MECARD:N:Ada;X:", ";;"];
    return head + "x".repeat(length - head.length - tail.length) + tail;
  };
  assert.equal(importMecard(filled(MECARD_CHARS_MAX)).isCut, false);
  const longer = importMecard(filled(MECARD_CHARS_MAX + 1));
  assert.deepEqual([longer.isCut, longer.fields.length], [true, 1]);
});

test("[CARD-28] whatever stands in a MECARD, what comes out is fit for a card, and nothing of it is taken as signed", () => {
  const piece = fc.constantFrom(
    ...["N:", "TEL:", "EMAIL:", "URL:", "ADR:", "NOTE:", "X-KITH:", "__proto__:", "constructor:", ";", ",", "\\", ":"],
    ...[
      "javascript:alert(1)",
      "https://a.example",
      "\u202e",
      "\u0000",
      "a@b.c",
      "112",
      "BEGIN:VCARD\n",
      "MECARD:",
      "é光",
    ],
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 200 }), (pieces) => {
      const read = readCardText(nobleProvider, `MECARD:${pieces.join("")}`);
      assert.ok(read.type === "contacts");
      const [contact] = read.contacts;
      assert.ok(contact !== undefined && contact.proof === undefined);
      for (const field of contact.fields) assert.equal(fieldFault(field), undefined);
      assert.ok(contact.fields.filter(({ kind }) => kind === "name").length <= 1);
    }),
  );
});
