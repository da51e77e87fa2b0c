/** Two entries that are one person: what is kept of each, and who may be one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../../crypto/noble-provider.ts";
import { wallTime } from "../../lib/time.ts";
import { CARD_FIELDS_MAX, CARD_TAGS_MAX } from "../../wire/card-limits.ts";
import { type CardEntry, entryFields, NOTES_CHARS_MAX, plainEntry, searchEntries, takeCard } from "./card-entry.ts";
import { decodeCardEntry, encodeCardEntry } from "./card-entry-record.ts";
import { type CardField, type CardPhoto, cardField } from "./card-field.ts";
import { entryTwins, type MergedEntry, type MergeFault, mergeEntries } from "./card-merge.ts";
import { ADA, BEN, CARD_ID, cardFields, ENDS_AT, SIGNED_AT } from "./card-world.test.ts";
import { signCard } from "./signed-card.ts";

const NOW = wallTime(SIGNED_AT + 1_000);
const id = (number: number): string => number.toString(16).padStart(32, "0");
const field = (kind: "name" | "email" | "phone" | "note", text: string): CardField => cardField(kind, { text });
const photo = (number: number): CardPhoto => ({
  ...{ kind: "photo", hash: number.toString(16).padStart(64, "0"), bytes: 100, format: "jpeg" },
});
const ADAS = [field("name", "Ada Lovelace"), field("email", "ada@example.org")];
const signedBy = (by: typeof ADA, fields = ADAS, entry = plainEntry(id(by === ADA ? 1 : 2), [])): CardEntry =>
  takeCard(entry, entry.id, {
    card: signCard(nobleProvider, by, {
      ...{ id: CARD_ID, level: "public", revision: 1, signedAt: SIGNED_AT, endsAt: ENDS_AT, isPrivate: false, fields },
    }),
    ...{ cameBy: "nearby", receivedAt: NOW },
  });

const isMerged = (merged: MergedEntry | MergeFault): merged is MergedEntry => typeof merged === "object";
const SIGNED = [plainEntry(id(1), []), signedBy(ADA)];

/** Of chance: imported or typed, with some words of ours; the first sometimes with a signed card. */
const entryAt = (number: number, bases: readonly CardEntry[]): fc.Arbitrary<CardEntry> =>
  fc
    .record({
      ...{ base: fc.constantFrom(...bases), fields: cardFields, isTyped: fc.boolean() },
      ...{ photo: fc.option(fc.nat(3), { nil: undefined }), notes: fc.string({ maxLength: NOTES_CHARS_MAX }) },
      tags: fc.uniqueArray(fc.constantFrom(..."abcdefghijklmnopqrst"), { maxLength: CARD_TAGS_MAX }),
    })
    .map(({ base, fields, photo: at, ...words }) => {
      const typed = fields.filter(({ kind }) => kind !== "photo");
      return { ...base, id: id(number), fields: at === undefined ? typed : [...typed, photo(at)], ...words };
    });

test("[CARD-27] a merge loses nothing of either entry but a second photo, which it names; and can be kept", () => {
  let merges = 0;
  fc.assert(
    fc.property(entryAt(1, SIGNED), entryAt(2, [plainEntry(id(2), [])]), fc.boolean(), (one, two, isTurned) => {
      const [first, second] = isTurned ? [two, one] : [one, two];
      const merged = mergeEntries(first, second);
      if (!isMerged(merged)) return merged === "too-much";
      merges++;
      const { entry, dropped } = merged;
      assert.deepEqual([entry.id, entry.signer, entry.cards], [first.id, one.signer, one.cards]);
      for (const each of [...first.fields, ...second.fields]) {
        const isKept = entry.fields.some((kept) => JSON.stringify(kept) === JSON.stringify(each));
        assert.ok(isKept !== (JSON.stringify(each) === JSON.stringify(dropped)), JSON.stringify(each));
      }
      assert.ok(dropped === undefined || second.fields.includes(dropped), "the first one's stays");
      assert.equal(new Set(entry.fields.map((each) => JSON.stringify(each))).size, entry.fields.length, "each once");
      for (const { notes, tags } of [first, second]) {
        assert.ok(entry.notes.includes(notes));
        assert.ok(tags.every((tag) => entry.tags.includes(tag)));
      }
      assert.equal(entry.isTyped, first.isTyped || second.isTyped);
      assert.deepEqual(decodeCardEntry(entry.id, encodeCardEntry(entry)), entry);
      return true;
    }),
  );
  assert.ok(merges > 20, `${merges} merges`);
});

test("[CARD-27] entries of two keys, and one with itself, are not merged; nor what would not fit", () => {
  assert.equal(mergeEntries(signedBy(ADA), signedBy(BEN)), "two-keys");
  assert.equal(mergeEntries(signedBy(ADA), signedBy(ADA)), "same");
  const notes = (number: number, count: number): CardField[] =>
    Array.from({ length: count }, (_, at) => field("note", `${number} ${at}`));
  const half = plainEntry(id(1), notes(1, CARD_FIELDS_MAX / 2));
  assert.ok(isMerged(mergeEntries(half, plainEntry(id(2), notes(2, CARD_FIELDS_MAX / 2)))));
  assert.equal(mergeEntries(half, plainEntry(id(2), notes(2, CARD_FIELDS_MAX / 2 + 1))), "too-much");
  const noted = { ...plainEntry(id(2), []), notes: "x".repeat(NOTES_CHARS_MAX) };
  assert.ok(isMerged(mergeEntries(half, noted)));
  assert.equal(mergeEntries({ ...half, notes: "y" }, noted), "too-much");
});

test("[CARD-27] what is signed stands before what was typed; the other name is found as well", () => {
  const typed = plainEntry(id(3), [field("name", "Auntie"), field("phone", "112 233 445")], true);
  const merged = mergeEntries(typed, signedBy(ADA));
  assert.ok(isMerged(merged));
  const { entry } = merged;
  assert.deepEqual(entryFields(entry, NOW), [...ADAS, field("phone", "112 233 445")]);
  assert.deepEqual(searchEntries([entry], "auntie", NOW), [entry]);
  assert.deepEqual(searchEntries([entry], "lovelace", NOW), [entry]);
});

test("[CARD-27] of two photos that nobody signed the first one's is kept", () => {
  const [one, two] = [plainEntry(id(1), [photo(1)]), plainEntry(id(2), [field("name", "Ada"), photo(2)])];
  const merged = mergeEntries(one, two);
  assert.ok(isMerged(merged));
  assert.deepEqual([merged.entry.fields, merged.dropped], [[field("name", "Ada"), photo(1)], photo(2)]);
  const same = mergeEntries(one, plainEntry(id(2), [photo(1)]));
  assert.ok(isMerged(same));
  assert.deepEqual([same.entry.fields, same.dropped], [[photo(1)], undefined]);
});

test("who may be one person is told by address, number or name; of two keys nobody is", () => {
  const ada = signedBy(ADA);
  const entries = [
    ada,
    signedBy(BEN),
    plainEntry(id(3), [field("name", "ada  LOVELACE")]),
    plainEntry(id(4), [field("name", "A."), field("email", "ADA@example.org")]),
    plainEntry(id(5), [field("name", "Ada"), field("phone", "020 7946 0958")]),
  ];
  const found = (entry: CardEntry) => entryTwins(entries, entry).map((twin) => [Number(twin.entry.id), twin.hint]);
  assert.deepEqual(found(ada), [
    [4, "email"],
    [3, "name"],
  ]);
  assert.deepEqual(found(plainEntry(id(6), [field("phone", "+44 (20) 7946-0958")])), [[5, "phone"]]);
  assert.deepEqual(found(plainEntry(id(6), [field("phone", "0958")])), [], "an extension is nobody's");
});
