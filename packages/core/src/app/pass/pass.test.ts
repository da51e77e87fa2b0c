/** Passes: what is in one, what is never in one, and what comes from outside. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { nobleProvider as provider } from "../../crypto/noble-provider.ts";
import { Secret } from "../../crypto/secret.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { wallTime } from "../../lib/time.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { WireError } from "../../lib/wire-error.ts";
import { PASS_PICTURE_BYTES_MAX, PASS_PICTURE_SIDE_MAX, PASS_SIGNATURE_BYTES_MAX } from "../../wire/card-limits.ts";
import { CARD_LEVELS, type CardLevel, cutCard, editCard, type LevelledField, type OwnCard } from "../card/card.ts";
import { type CardField, cardField } from "../card/card-field.ts";
import { encodeCardLink } from "../card/card-link.ts";
import { signShare } from "../card/card-share.ts";
import { readCardText } from "../card/card-text.ts";
import { ADA, ADA_CARD, BEN, cardFields, ENDS_AT, SIGNED_AT } from "../card/card-world.test.ts";
import { readCard, type SignedCard, signCard } from "../card/signed-card.ts";
import { draftPass, finishPass, PASS_FILES, type PassDraft, type PassOptions } from "./pass.ts";
import { isoTime } from "./pass-json.ts";
import { filesOfZip, pixelsOfPng, pngOf, SIGNER, sha1Of, WORDS } from "./pass-world.test.ts";

const terms = (card: OwnCard, level: CardLevel) => ({
  id: card.id,
  level,
  revision: card.revisions[level],
  signedAt: SIGNED_AT,
  endsAt: ENDS_AT,
  isPrivate: false,
  fields: cutCard(card, level),
});
const signed = (card: OwnCard, level: CardLevel): SignedCard => signCard(provider, ADA, terms(card, level));
const simple = (fields: readonly CardField[], more: { isPrivate?: boolean } = {}): SignedCard =>
  signCard(provider, ADA, { ...terms(ADA_CARD, "public"), fields, ...more });

function draft(card: SignedCard, more: Partial<PassOptions> = {}): PassDraft {
  const made = draftPass(provider, card, { signer: SIGNER, words: WORDS, ...more });
  assert.ok(typeof made !== "string", String(made));
  return made;
}
const faultOf = (card: SignedCard, more: Partial<PassOptions>) => {
  const made = draftPass(provider, card, { signer: SIGNER, words: WORDS, ...more });
  return typeof made === "string" ? made : undefined;
};
const jsonOf = ({ files }: PassDraft) => JSON.parse(Buffer.from(files.get("pass.json") ?? []).toString());

/** Of one grey pixel. */
const PIXEL = deflateSync(Uint8Array.of(0, 128));
const PICTURE = pngOf(1, [["IDAT", PIXEL]]);

test("[CARD-23] a pass says what its level shows, in the words it was given, and nothing else", () => {
  const passes = CARD_LEVELS.map((level) => jsonOf(draft(signed(ADA_CARD, level))));
  const backs = passes.map(({ generic }) => generic.backFields.map(({ value }: { value: string }) => value));
  const until = "2027-01-15T08:00:00Z";
  const open = ["Ada Lovelace", "Analyst", "Analytical Engines Ltd, Notes"];
  const work = [...open, "ada@example.org"];
  assert.deepEqual(backs[0], [...open, WORDS.levels.public, until]);
  assert.deepEqual(backs[1], [...work, "Bernoulli numbers", "Weaving", WORDS.levels.professional, until]);
  const personal = [
    ...work,
    "+44 20 7946 0958",
    "12 St James's Square\nAttic\nLondon\nSW1Y 4JH\nEngland",
    "https://ada.example.org/notes?g=1",
    "Bernoulli numbers",
    "Weaving",
    "Tea at four.\nNo sugar; ever, please.",
  ];
  assert.deepEqual(backs[2], [...personal, WORDS.levels.personal, until]);
  const { generic, barcodes, ...rest } = passes[2];
  assert.deepEqual(generic.primaryFields, [{ key: "name", label: "Name", value: "Ada Lovelace" }]);
  assert.deepEqual(
    generic.auxiliaryFields.map(({ label }: { label: string }) => label),
    ["E-mail (work)", "Phone (mobile)"],
  );
  assert.deepEqual(rest, {
    formatVersion: 1,
    passTypeIdentifier: SIGNER.passType,
    teamIdentifier: SIGNER.team,
    organizationName: SIGNER.organization,
    serialNumber: rest.serialNumber,
    description: "Contact card",
    logoText: "Kith",
    backgroundColor: "rgb(31, 95, 91)",
    foregroundColor: "rgb(247, 244, 238)",
    labelColor: "rgb(242, 184, 102)",
    expirationDate: until,
  });
  assert.equal(new Set(passes.map(({ serialNumber }) => serialNumber)).size, 3, "levels are passes of their own");
  assert.match(rest.serialNumber, /^[0-9a-f]{32}$/);
  const company = jsonOf(draft(simple([cardField("company", { text: "Engines" })], { isPrivate: true })));
  assert.deepEqual(company.generic.primaryFields[0].value, "Engines");
  assert.deepEqual([company.generic.secondaryFields, company.sharingProhibited], [[], true]);
});

test("[CARD-23] the code on a pass is the signed card of its level", () => {
  for (const level of CARD_LEVELS) {
    const card = signed(ADA_CARD, level);
    const { message, messageEncoding, format } = jsonOf(draft(card)).barcodes[0];
    assert.deepEqual([messageEncoding, format], ["iso-8859-1", "PKBarcodeFormatQR"]);
    assert.deepEqual(readCardText(provider, message), { type: "card", card });
  }
  const zoe = simple([cardField("name", { text: "Zoë 李小龍" })]);
  assert.equal(jsonOf(draft(zoe)).barcodes[0].messageEncoding, "utf-8");
});

test("[CARD-23] or a link to that card, whose end is then the pass's; a link to another is refused", () => {
  const notes = ["1", "2", "3"].map((digit) => cardField("note", { text: digit.repeat(400) }));
  const large = simple([cardField("name", { text: "Ada" }), ...notes]);
  assert.equal(faultOf(large, {}), "code-too-large");
  const endsAt = wallTime(SIGNED_AT + 86_400_000);
  const kept = encodeCardLink(
    { kind: "kept", host: "relay.example", secret: new Secret(new Uint8Array(16).fill(7)) },
    "relay.example",
  );
  const pass = jsonOf(draft(large, { link: { text: kept, endsAt } }));
  assert.deepEqual([pass.barcodes[0].message, pass.expirationDate], [kept, isoTime(endsAt)]);
  const linkOf = (card: SignedCard, identity = ADA) => {
    const share = signShare(provider, identity, card, { host: "", madeAt: SIGNED_AT, endsAt, uses: 0 });
    return { text: encodeCardLink({ kind: "whole", share }), endsAt };
  };
  const card = signed(ADA_CARD, "public");
  assert.equal(faultOf(card, { link: linkOf(card) }), undefined);
  assert.equal(faultOf(card, { link: linkOf(signed(ADA_CARD, "personal")) }), "link", "another level");
  const bens = signCard(provider, BEN, terms(ADA_CARD, "public"));
  assert.equal(faultOf(card, { link: linkOf(bens, BEN) }), "link");
  for (const text of [
    "",
    "https://evil.example/",
    "javascript:alert(1)",
    `${kept}x`.replace("https", "http"),
    "k".repeat(9_000),
  ])
    assert.equal(faultOf(card, { link: { text, endsAt } }), "link", text.slice(0, 30));
  const later = wallTime(ENDS_AT + 1);
  assert.equal(jsonOf(draft(card, { link: { text: kept, endsAt: later } })).expirationDate, isoTime(ENDS_AT));
});

test("[CARD-24] a pass is the same whatever stands at levels that it does not show", () => {
  const hidden = fc
    .tuple(cardFields, fc.constantFrom("professional", "personal"))
    .map(([fields, level]) =>
      fields
        .filter(({ kind }) => kind !== "name")
        .map((field): LevelledField => ({ level: level as CardLevel, field })),
    );
  fc.assert(
    fc.property(hidden, fc.boolean(), (more, hasPhoto) => {
      const photo = { kind: "photo", hash: "cd".repeat(32), bytes: 9, format: "png" } as const;
      const open = ADA_CARD.fields.filter(({ level }) => level === "public");
      const extra = hasPhoto ? [{ level: "personal", field: photo } as const] : [];
      const edited = editCard(ADA_CARD, [...more, ...open, ...extra], wallTime(SIGNED_AT + 1e9));
      const [one, other] = [draft(signed(ADA_CARD, "public")), draft(signed(edited, "public"))];
      assert.deepEqual(other, one);
      assert.equal(faultOf(signed(edited, "public"), { picture: PICTURE }), "no-photo");
    }),
    { numRuns: 20 },
  );
});

test("[CARD-24] a picture is in a pass only where the card shows a photo, without what is not seen of it", () => {
  const card = signed(ADA_CARD, "personal");
  const told = pngOf(1, [
    ["tEXt", textToBytes("Author\0Ada at 12 St James's Square")],
    ["eXIf", new Uint8Array(40)],
    ["IDAT", PIXEL],
    ["tIME", new Uint8Array(7)],
  ]);
  const { files } = draft(card, { picture: new Uint8Array(Buffer.concat([told, Buffer.from("and more")])) });
  for (const name of ["thumbnail.png", "thumbnail@2x.png"]) assert.deepEqual(files.get(name), PICTURE);
  assert.ok(![...draft(card).files.keys()].some((name) => name.startsWith("thumbnail")));
  for (const level of ["public", "professional"] as const)
    assert.equal(faultOf(signed(ADA_CARD, level), { picture: PICTURE }), "no-photo");
});

test("[CARD-24] a picture that is damaged, too large or something else makes no pass", () => {
  const card = signed(ADA_CARD, "personal");
  const damaged = PICTURE.slice();
  damaged[damaged.length - 20] = (damaged[damaged.length - 20] ?? 0) ^ 1;
  const noise = new Uint8Array(PASS_PICTURE_BYTES_MAX);
  const bad: Record<string, Uint8Array> = {
    empty: new Uint8Array(0),
    jpeg: Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 0),
    damaged,
    "cut off": PICTURE.subarray(0, PICTURE.length - 1),
    "without pixels": pngOf(1, []),
    "a bomb": pngOf(PASS_PICTURE_SIDE_MAX + 1, [["IDAT", PIXEL]]),
    "too many bytes": pngOf(1, [["IDAT", noise]]),
    "a chunk that must be known": pngOf(1, [
      ["CgBI", PIXEL],
      ["IDAT", PIXEL],
    ]),
    "two headers": pngOf(1, [
      ["IHDR", new Uint8Array(13)],
      ["IDAT", PIXEL],
    ]),
    "colours after pixels": pngOf(1, [
      ["IDAT", PIXEL],
      ["PLTE", new Uint8Array(3)],
    ]),
    "many chunks": pngOf(1, [
      ...Array.from({ length: 4_200 }, () => ["tEXt", new Uint8Array(0)] as const),
      ["IDAT", PIXEL],
    ]),
  };
  for (const [name, picture] of Object.entries(bad)) assert.equal(faultOf(card, { picture }), "picture", name);
  assert.equal(faultOf(card, { picture: pngOf(PASS_PICTURE_SIDE_MAX, [["IDAT", PIXEL]]) }), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(PICTURE.length), fc.nat(PICTURE.length), (bytes, from, to) => {
      const picture = Buffer.concat([PICTURE.subarray(0, from), bytes, PICTURE.subarray(to)]);
      assert.ok(["picture", undefined].includes(faultOf(card, { picture: new Uint8Array(picture) })));
    }),
  );
});

test("[CARD-23] what a signer says of itself stands in a pass only if it is what it should be", () => {
  const card = signed(ADA_CARD, "public");
  for (const change of [
    { passType: "card" },
    { passType: "pass." },
    { passType: `pass.${"x.".repeat(9)}y` },
    { passType: 'pass.x","voided":true' },
    { team: "abcde12345" },
    { team: "ABCDE1234" },
    { organization: "" },
    { organization: "Apple\u202eelppA" },
    { organization: "x".repeat(300) },
  ])
    assert.equal(faultOf(card, { signer: { ...SIGNER, ...change } }), "signer", JSON.stringify(change));
});

test("[CARD-25] the manifest names every file by SHA-1, and only names that a signer expects", () => {
  for (const level of CARD_LEVELS) {
    const made = draft(signed(ADA_CARD, level), level === "personal" ? { picture: PICTURE } : {});
    const manifest = JSON.parse(Buffer.from(made.manifest).toString());
    assert.deepEqual(Object.keys(manifest), [...made.files.keys()]);
    for (const [name, content] of made.files) {
      assert.equal(manifest[name], sha1Of(content));
      assert.ok(PASS_FILES.includes(name), name);
    }
  }
});

test("the pictures of every pass are squares of three sizes of Kith's mark, all of one colour at their corners", () => {
  const { files } = draft(signed(ADA_CARD, "public"));
  const sides = ["icon.png", "icon@2x.png", "icon@3x.png", "logo.png", "logo@2x.png", "logo@3x.png"].map((name) => {
    const { side, pixels } = pixelsOfPng(files.get(name) ?? new Uint8Array(0));
    const at = (x: number, y: number) => pixels.slice(3 * (y * side + x), 3 * (y * side + x) + 3);
    const part = (share: number) => Math.floor(share * side);
    for (const corner of [at(0, 0), at(side - 1, 0), at(0, side - 1), at(side - 1, side - 1)])
      assert.deepEqual(corner, [31, 95, 91]);
    assert.deepEqual(at(part(44 / 64), part(16 / 64)), [242, 184, 102], "the dot");
    assert.deepEqual(at(part(22 / 64), part(30 / 64)), [247, 244, 238], "the line");
    return side;
  });
  assert.deepEqual(sides, [29, 58, 87, 50, 100, 150]);
});

const { passes }: { passes: readonly PassVector[] } = JSON.parse(
  readFileSync(new URL("../../../../../spec/vectors/pass.json", import.meta.url), "utf8"),
);
interface PassVector {
  readonly level: CardLevel;
  readonly card: string;
  readonly json: string;
  readonly manifest: string;
  /** Made by OpenSSL, with a certificate of its own. */
  readonly signature: string;
  readonly sha256: string;
}

test("[CARD-23] [CARD-25] passes are as in spec/vectors/pass.json, to the byte", () => {
  assert.deepEqual(
    passes.map(({ level }) => level),
    CARD_LEVELS,
  );
  for (const vector of passes) {
    const made = draft(readCard(provider, hexToBytes(vector.card)));
    assert.equal(Buffer.from(made.files.get("pass.json") ?? []).toString(), vector.json);
    assert.equal(Buffer.from(made.manifest).toString(), vector.manifest);
    const pass = finishPass(provider, made, hexToBytes(vector.signature));
    assert.equal(bytesToHex(provider.sha256(pass)), vector.sha256);
    const files = filesOfZip(pass);
    assert.deepEqual([...files.keys()], [...made.files.keys(), "manifest.json", "signature"]);
    assert.equal(bytesToHex(files.get("signature") ?? new Uint8Array(0)), vector.signature);
  }
});

test("[CARD-25] a signature of another pass, or what is none, makes no pass", () => {
  const [mine, others] = passes.map(({ card }) => draft(readCard(provider, hexToBytes(card))));
  const signature = hexToBytes(passes[0]?.signature ?? "");
  assert.ok(mine !== undefined && others !== undefined);
  const codeOf = (made: PassDraft, bytes: Uint8Array) => {
    try {
      finishPass(provider, made, bytes);
      return "made";
    } catch (error) {
      assert.ok(error instanceof WireError);
      return error.code;
    }
  };
  assert.equal(codeOf(mine, signature), "made");
  assert.equal(codeOf(others, signature), "ERR_CRYPTO");
  assert.equal(codeOf(mine, new Uint8Array(PASS_SIGNATURE_BYTES_MAX + 1)), "ERR_TOO_LARGE");
  assert.equal(codeOf(mine, new Uint8Array(PASS_SIGNATURE_BYTES_MAX)), "ERR_VALUE");
  assert.equal(codeOf(mine, new Uint8Array(0)), "ERR_TRUNCATED");
  assert.equal(codeOf(mine, Uint8Array.of(0x30, 0x80, 0, 0)), "ERR_VALUE", "a length of no end");
  assert.equal(codeOf(mine, textToBytes("<html>busy</html>")), "ERR_VALUE");
  assert.equal(codeOf(mine, Uint8Array.from([...signature, 0])), "ERR_TRAILING");
  for (let length = 0; length < signature.length; length++)
    assert.notEqual(codeOf(mine, signature.subarray(0, length)), "made");
  fc.assert(
    fc.property(fc.nat(signature.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = signature.slice();
      changed[at] = (changed[at] ?? 0) ^ change;
      codeOf(mine, changed); // whatever comes of it: a pass whose signature Wallet refuses, or a WireError
    }),
  );
  const digest = provider.sha256(mine.manifest);
  const at = Buffer.from(signature).indexOf(digest);
  const forged = signature.slice();
  forged[at] = (forged[at] ?? 0) ^ 1;
  assert.equal(codeOf(mine, forged), "ERR_CRYPTO");
});

test("dates of passes are those of the calendar", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (second) => {
      assert.equal(isoTime(wallTime(1_000 * second + 5)), new Date(1_000 * second).toISOString().replace(".000", ""));
    }),
    { examples: [[951_782_400], [4_107_542_399], [0], [253_402_300_799], [1_709_164_800]] },
  );
});
