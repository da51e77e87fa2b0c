/** Signed cards: vectors both ways, damage, bounds. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../../crypto/noble-provider.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import {
  CARD_BYTES_MAX,
  CARD_LIFETIME_MAX,
  CARD_PHOTO_BYTES_MAX,
  CARD_PHOTO_PIXELS_MAX,
} from "../../wire/card-limits.ts";
import { cardField } from "./card-field.ts";
import { photoFault, photoField } from "./card-photo.ts";
import { ADA, BEN, CARD_ID, cardFields, ENDS_AT, level, SIGNED_AT } from "./card-world.test.ts";
import { type CardContent, cardOfSignature, contentFault, readCard, signatureOf, signCard } from "./signed-card.ts";

interface Case {
  readonly name: string;
  readonly bytes: string;
  readonly content?: CardContent;
  readonly error?: string;
}

const { cards }: { cards: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../../../../../spec/vectors/app-card.json", import.meta.url), "utf8"),
);

for (const { name, bytes, content, error } of cards)
  test(`[CARD-1] [CARD-2] [CARD-4] [CARD-5] card vector: ${name}`, () => {
    const read = () => readCard(nobleProvider, hexToBytes(bytes));
    if (error !== undefined) return assert.throws(read, { name: "WireError", code: error });
    const card = read();
    assert.deepEqual(card.content, content);
    assert.equal(card.signer, ADA.peerId);
    assert.equal(bytesToHex(signCard(nobleProvider, ADA, card.content).bytes), bytes);
  });

const contentOf = (over: Partial<CardContent> = {}): CardContent => ({
  ...{ id: CARD_ID, level: "public", revision: 1, signedAt: SIGNED_AT, endsAt: ENDS_AT, isPrivate: false },
  fields: [cardField("name", { text: "Ada" })],
  ...over,
});

test("[CARD-1] [CARD-4] a card survives the way there and back; no damaged one is read", () => {
  fc.assert(
    fc.property(
      cardFields,
      level,
      fc.boolean(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (fields, at, isPrivate, place, flip) => {
        const content = contentOf({ fields, level: at, isPrivate });
        fc.pre(contentFault(content) === undefined);
        const card = signCard(nobleProvider, ADA, content);
        assert.deepEqual(readCard(nobleProvider, card.bytes), card);
        assert.deepEqual(cardOfSignature(nobleProvider, ADA.peerId, signatureOf(card), content), card);
        const broken = card.bytes.slice();
        broken[place % broken.length] = (broken[place % broken.length] ?? 0) ^ flip;
        for (const bad of [broken, card.bytes.subarray(0, place % card.bytes.length)])
          assert.throws(() => readCard(nobleProvider, bad), WireError);
      },
    ),
    { numRuns: 40 },
  );
});

test("[CARD-4] a signature is of one signer and one content", () => {
  const card = signCard(nobleProvider, ADA, contentOf());
  const taken =
    (signer = ADA.peerId, over: Partial<CardContent> = {}) =>
    () =>
      cardOfSignature(nobleProvider, signer, signatureOf(card), contentOf(over));
  assert.doesNotThrow(taken());
  assert.throws(taken(BEN.peerId), { code: "ERR_CRYPTO" });
  for (const over of [
    { level: "personal" },
    { revision: 2 },
    { isPrivate: true },
    { endsAt: wallTime(ENDS_AT + 1_000) },
  ] as const)
    assert.throws(taken(ADA.peerId, over), { code: "ERR_CRYPTO" });
});

test("[CARD-5] a card of CARD_BYTES_MAX bytes is read, one of a byte more is neither made nor read", () => {
  const notes = (last: number) =>
    ["x".repeat(1_024), "x".repeat(1_024), "x".repeat(1_024), "x".repeat(last)].map((text) =>
      cardField("note", { text }),
    );
  const sized = (last: number) => contentOf({ fields: [cardField("name", { text: "A" }), ...notes(last)] });
  const spare = CARD_BYTES_MAX - signCard(nobleProvider, ADA, sized(300)).bytes.length;
  const largest = signCard(nobleProvider, ADA, sized(300 + spare));
  assert.equal(largest.bytes.length, CARD_BYTES_MAX);
  assert.equal(readCard(nobleProvider, largest.bytes).content.fields.length, 5);
  assert.equal(contentFault(sized(301 + spare)), "too-large");
  assert.throws(() => readCard(nobleProvider, new Uint8Array(CARD_BYTES_MAX + 1)), { code: "ERR_TOO_LARGE" });
  assert.throws(() => readCard(nobleProvider, new Uint8Array(10_000_000)), { code: "ERR_TOO_LARGE" });
});

test("[CARD-4] a card lasts CARD_LIFETIME_MAX at most, and longer than nothing", () => {
  const lasting = (ms: number) => contentFault(contentOf({ endsAt: wallTime(SIGNED_AT + ms) }));
  assert.deepEqual(
    [lasting(CARD_LIFETIME_MAX), lasting(CARD_LIFETIME_MAX + 1_000), lasting(0)],
    [undefined, "dates", "dates"],
  );
});

/** The first bytes of a PNG, filled up: what says its size is all that is looked at. */
const png = (width: number, height: number, length = 100): Uint8Array => {
  const bytes = new Uint8Array(length);
  bytes.set(Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1"));
  new DataView(bytes.buffer).setUint32(16, width);
  new DataView(bytes.buffer).setUint32(20, height);
  return bytes;
};

test("[CARD-6] a photo is small, of a known format, unfolds to few pixels, and is the one that was named", () => {
  const photo = photoField(nobleProvider, png(100, 100));
  assert.ok(typeof photo === "object" && photo.format === "png" && photo.bytes === 100);
  assert.equal(photoFault(nobleProvider, photo, png(100, 100)), undefined);
  assert.equal(photoFault(nobleProvider, photo, png(100, 101)), "not-this-photo");
  assert.equal(typeof photoField(nobleProvider, png(1, 1, CARD_PHOTO_BYTES_MAX)), "object");
  assert.equal(photoField(nobleProvider, png(1, 1, CARD_PHOTO_BYTES_MAX + 1)), "too-large");
  assert.equal(typeof photoField(nobleProvider, png(CARD_PHOTO_PIXELS_MAX / 2_048, 2_048)), "object");
  assert.equal(photoField(nobleProvider, png(CARD_PHOTO_PIXELS_MAX / 2_048 + 1, 2_048)), "too-many-pixels");
  for (const text of ["GIF89a\0\0\0\0\0\0\0\0\0\0\0", "<svg xmlns='x'/>", "\xff\xd8\xff", ""])
    assert.equal(photoField(nobleProvider, Buffer.from(text, "latin1")), "not-a-photo", text);
});
