/** The list of cards: merging, search, what ended. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../../crypto/noble-provider.ts";
import { wallTime } from "../../lib/time.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { CARD_TAGS_MAX, CARDS_PER_SIGNER_MAX } from "../../wire/card-limits.ts";
import { CLOCK_SKEW } from "../../wire/limits.ts";
import type { CardId } from "./card.ts";
import {
  annotate,
  type CardEntry,
  entryFields,
  entryName,
  entryOf,
  exportEntries,
  plainEntry,
  searchEntries,
  takeCard,
} from "./card-entry.ts";
import { decodeCardEntry, encodeCardEntry } from "./card-entry-record.ts";
import { type CardField, cardField } from "./card-field.ts";
import { ADA, BEN, CARD_ID, ENDS_AT, SIGNED_AT } from "./card-world.test.ts";
import { signCard } from "./signed-card.ts";
import { importVcards } from "./vcard-import.ts";

const NOW = wallTime(SIGNED_AT + 1_000);
const field = (kind: "name" | "title" | "email" | "phone" | "company", text: string): CardField =>
  cardField(kind, { text });
const kept = (fields: readonly CardField[], over: { id?: string; endsAt?: number; by?: typeof ADA } = {}) => ({
  card: signCard(nobleProvider, over.by ?? ADA, {
    id: (over.id ?? CARD_ID) as CardId,
    level: "public",
    revision: 1,
    signedAt: SIGNED_AT,
    endsAt: wallTime(over.endsAt ?? ENDS_AT),
    isPrivate: false,
    fields,
  }),
  cameBy: "nearby" as const,
  receivedAt: NOW,
});
const id = (number: number): string => number.toString(16).padStart(32, "0");

test("[CARD-18] cards are merged by key: one takes the place of its own earlier one, another stands beside it", () => {
  const one = takeCard(undefined, id(1), kept([field("name", "Ada"), field("title", "Analyst")]));
  const two = takeCard(
    one,
    id(1),
    kept([field("name", "Ada L."), field("email", "a@b.c")], { id: "1111111111111111" }),
  );
  const three = takeCard(two, id(1), kept([field("name", "Ada"), field("title", "Countess")]));
  assert.deepEqual(
    three.cards.map(({ card }) => card.content.id),
    ["1111111111111111", CARD_ID],
  );
  assert.deepEqual(entryFields(three, NOW), [
    field("name", "Ada"),
    field("title", "Countess"),
    field("email", "a@b.c"),
  ]);
  assert.equal(entryOf([plainEntry(id(2), [field("name", "Ada")]), three], ADA.peerId), three, "never by name");
  assert.throws(() => takeCard(three, id(1), kept([field("name", "Ada")], { by: BEN })), { name: "AssertionError" });
});

test("[CARD-18] of one key CARDS_PER_SIGNER_MAX cards are kept, of one more the oldest goes", () => {
  let entry: CardEntry | undefined;
  for (let number = 0; number <= CARDS_PER_SIGNER_MAX; number++) {
    if (number === CARDS_PER_SIGNER_MAX) assert.equal(entry?.cards.length, CARDS_PER_SIGNER_MAX);
    entry = takeCard(entry, id(1), kept([field("name", `${number}`)], { id: number.toString(16).padStart(16, "0") }));
  }
  const names = entry?.cards.map(({ card }) =>
    card.content.fields.map((each) => (each.kind === "name" ? each.text : "")),
  );
  assert.deepEqual(names?.flat(), ["1", "2", "3", "4", "5", "6", "7", "8"]);
});

test("[CARD-17] what a card said that ended is not said any more, and can still be looked at", () => {
  const entry = takeCard(
    plainEntry(id(1), [field("phone", "112")]),
    id(1),
    kept([field("name", "Ada"), field("email", "a@b.c")], { endsAt: SIGNED_AT + 5_000 }),
  );
  const later = wallTime(SIGNED_AT + 5_001 + CLOCK_SKEW);
  assert.deepEqual(entryFields(entry, later), [field("phone", "112")]);
  assert.equal(entryFields(entry, later, true).length, 3);
  assert.equal(entryName(entry, later), "Ada");
});

test("notes and tags are ours, cleaned and bounded", () => {
  const tags = Array.from({ length: CARD_TAGS_MAX + 1 }, (_, at) => `tag ${at}`);
  assert.equal(annotate(plainEntry(id(1), []), "x", tags).tags.length, CARD_TAGS_MAX);
  assert.deepEqual(annotate(plainEntry(id(1), []), "x", ["a\u202e", "a", ""]).tags, ["a"]);
});

test("people are found by words of what they say and what we noted, in order of their names", () => {
  const entries = [
    annotate(plainEntry(id(1), [field("name", "Zoë Québécoise"), field("company", "Acme")]), "met in Ghent", ["choir"]),
    takeCard(undefined, id(2), kept([field("name", "Ada Lovelace"), field("email", "ada@acme.example")])),
    plainEntry(id(3), [field("company", "bakery")]),
  ];
  const found = (query: string) => searchEntries(entries, query, NOW).map((entry) => entryName(entry, NOW));
  assert.deepEqual(found(""), ["Ada Lovelace", "bakery", "Zoë Québécoise"]);
  assert.deepEqual(found("ACME"), ["Ada Lovelace", "Zoë Québécoise"]);
  assert.deepEqual(found("acme ghent"), ["Zoë Québécoise"]);
  assert.deepEqual(found("choir québ"), ["Zoë Québécoise"]);
  assert.deepEqual(found("nobody"), []);
});

test("an entry is stored and read again; a vCard of all holds all", () => {
  const entry = annotate(
    takeCard(plainEntry(id(1), [field("phone", "112")]), id(1), kept([field("name", "Ada")])),
    "line\nline",
    ["x"],
  );
  assert.deepEqual(decodeCardEntry(id(1), encodeCardEntry(entry)), entry);
  assert.deepEqual(decodeCardEntry(id(2), encodeCardEntry(plainEntry(id(2), []))), plainEntry(id(2), []));
  const bytes = encodeCardEntry(entry);
  for (const bad of [bytes.subarray(1), new Uint8Array(0), Uint8Array.of(...bytes, 0)])
    assert.throws(() => decodeCardEntry(id(1), bad), { name: "WireError" });
  const { cards } = importVcards(
    textToBytes(
      exportEntries([entry, plainEntry(id(2), []), plainEntry(id(3), [field("company", "Acme")])], "3.0", NOW),
    ),
  );
  assert.deepEqual(
    cards.map(({ fields }) => fields),
    [[field("name", "Ada"), field("phone", "112")], [field("company", "Acme")]],
  );
});
