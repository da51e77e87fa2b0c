/** Levels: what is given at one says nothing of the others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../../crypto/noble-provider.ts";
import { wallTime } from "../../lib/time.ts";
import { textToBytes } from "../../lib/utf8.ts";
import {
  CARD_FIELDS_MAX,
  CARD_FIELDS_OF_KIND_MAX,
  CARD_LABEL_BYTES_MAX,
  CARD_LINK_BYTES_MAX,
  CARD_NOTE_BYTES_MAX,
  CARD_TEXT_BYTES_MAX,
} from "../../wire/card-limits.ts";
import { CARD_LEVELS, cardFaults, cutCard, editCard, newCard, type OwnCard } from "./card.ts";
import { type CardField, type CardTextKind, cardField, fieldFault, isCardLink } from "./card-field.ts";
import { ADA, ADA_CARD, ADA_FIELDS, cardFields, ENDS_AT, level, SIGNED_AT } from "./card-world.test.ts";
import { decodeOwnCard, encodeOwnCard } from "./own-card-record.ts";
import { signCard } from "./signed-card.ts";

const signedAt = (card: OwnCard, at: (typeof CARD_LEVELS)[number]) =>
  signCard(nobleProvider, ADA, {
    ...{ id: card.id, level: at, revision: card.revisions[at], fields: cutCard(card, at) },
    ...{ signedAt: SIGNED_AT, endsAt: ENDS_AT, isPrivate: false },
  });

test("[CARD-3] a level shows its own fields and those of the levels before it", () => {
  assert.deepEqual(
    CARD_LEVELS.map((each) => cutCard(ADA_CARD, each).length),
    [3, 6, 11],
  );
  assert.deepEqual(
    cutCard(ADA_CARD, "professional").map(({ kind }) => kind),
    ["name", "title", "company", "email", "skill", "skill"],
  );
});

test("[CARD-3] what is signed at a level holds no trace of another: not a byte changes with what it does not show", () => {
  fc.assert(
    fc.property(cardFields, level, fc.nat(1_000_000), (others, at, later) => {
      const hidden = others.flatMap((field) =>
        CARD_LEVELS.slice(CARD_LEVELS.indexOf(at) + 1).map((each) => ({ level: each, field })),
      );
      const shown = ADA_FIELDS.filter((each) => CARD_LEVELS.indexOf(each.level) <= CARD_LEVELS.indexOf(at));
      const edited = editCard(ADA_CARD, [...hidden, ...shown], wallTime(SIGNED_AT + later));
      assert.deepEqual(signedAt(edited, at).bytes, signedAt(ADA_CARD, at).bytes);
    }),
    { numRuns: 60 },
  );
  const text = Buffer.from(signedAt(ADA_CARD, "public").bytes).toString("latin1");
  for (const secret of ["ada@", "7946", "Square", "Weaving", "All of me", "Tea"])
    assert.ok(!text.includes(secret), secret);
});

test("[CARD-3] a level that changed gets a revision that nobody has seen, also after a backup was restored", () => {
  const fields = ADA_FIELDS.map((each) =>
    each.field.kind === "email" ? { ...each, field: cardField("email", { text: "ada@new.example" }) } : each,
  );
  const edited = editCard(ADA_CARD, fields, SIGNED_AT);
  assert.deepEqual(edited.revisions, { public: 1_789_000_000, professional: 1_790_000_000, personal: 1_790_000_000 });
  const again = editCard(edited, ADA_FIELDS, SIGNED_AT);
  assert.equal(again.revisions.professional, 1_790_000_001, "twice in one second, or with a clock that went back");
  assert.deepEqual(editCard(again, ADA_FIELDS, ENDS_AT), again, "nothing changed");
});

test("[CARD-2] texts are cleaned, cut to their bounds, and never empty", () => {
  assert.deepEqual(cardField("name", { text: " Ada\u202e\u0000  L " }), {
    kind: "name",
    text: "Ada L",
    given: "",
    family: "",
    additional: "",
    prefix: "",
    suffix: "",
  });
  assert.equal(cardField("note", { text: "\r\n a \r\n\n\n\nb\rc\n" }).text, "a\n\nb\nc");
  const bounds: readonly (readonly [CardTextKind, string, number])[] = [
    ["title", "text", CARD_TEXT_BYTES_MAX],
    ["email", "label", CARD_LABEL_BYTES_MAX],
    ["link", "text", CARD_LINK_BYTES_MAX],
    ["note", "text", CARD_NOTE_BYTES_MAX],
    ["address", "street", CARD_TEXT_BYTES_MAX],
  ];
  for (const [kind, part, max] of bounds) {
    const cut = cardField(kind, { [part]: "x".repeat(max + 1) }) as unknown as Record<string, string>;
    assert.equal(cut[part]?.length, max, kind);
    const rest = {
      text: kind === "email" ? "a@b" : kind === "link" ? `https://x/${"x".repeat(max - 10)}` : "x".repeat(max),
    };
    const full = {
      ...cardField(kind, rest as object),
      ...(part === "text" ? {} : { [part]: "x".repeat(max) }),
    } as CardField;
    assert.equal(fieldFault(full), undefined, kind);
    const over = { ...full, [part]: `${(full as unknown as Record<string, string>)[part]}x` } as CardField;
    assert.equal(fieldFault(over), "too-long", kind);
  }
  for (const kind of ["name", "title", "address", "skill", "note"] as const)
    assert.equal(fieldFault(cardField(kind, {})), "empty");
});

test("[CARD-2] cleaning changes nothing the second time, and leaves nothing that is refused", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.constantFrom("name", "note", "address", "title"),
      (text, kind) => {
        const once = cardField(kind as "note", { text, ...(kind === "address" && { street: text, city: text }) });
        assert.ok(["empty", undefined].includes(fieldFault(once)), JSON.stringify(once));
        assert.deepEqual(cardField(kind as "note", once), once);
      },
    ),
  );
});

test("[CARD-2] links lead where they say, addresses and numbers are such", () => {
  for (const good of [
    "https://a.b/c?d#e",
    "http://localhost:8080/",
    "https://例え.jp/",
    "xmpp:ada@example.org",
    "matrix:u/ada:x.y",
  ])
    assert.ok(isCardLink(good), good);
  for (const bad of [
    "javascript:alert(1)",
    "data:text/html,x",
    "https:evil",
    "https://",
    "https:///x",
    "https://bank.com@evil.com/",
    "https://a:b@evil.com/",
    "HTTPS://A",
    "https://a b",
    "file:///etc/passwd",
    "xmpp://x",
    "vbscript:x",
    "https://?x",
  ])
    assert.ok(!isCardLink(bad), bad);
  const fault = (kind: "email" | "phone", text: string) => fieldFault(cardField(kind, { text }));
  for (const bad of ["a", "@b", "a@", "a b@c", "a@b@c", "<a@b>"])
    assert.equal(fault("email", bad), "not-an-email", bad);
  for (const bad of ["1", "call me", "javascript:1 2", "+", "abc12"])
    assert.equal(fault("phone", bad), "not-a-phone", bad);
});

test("[CARD-2] a card has a name or a company, and no more fields than a card has", () => {
  assert.deepEqual(cardFaults([cardField("title", { text: "x" })]), [{ fault: "nameless" }]);
  const name = cardField("name", { text: "x" });
  assert.deepEqual(cardFaults([name, name]), [{ fault: "too-many", kind: "name" }]);
  const skills = (count: number) => Array.from({ length: count }, (_, at) => cardField("skill", { text: `s${at}` }));
  assert.deepEqual(cardFaults([name, ...skills(CARD_FIELDS_OF_KIND_MAX)]), []);
  assert.deepEqual(cardFaults([name, ...skills(CARD_FIELDS_OF_KIND_MAX + 1)]), [{ fault: "too-many", kind: "skill" }]);
  const titles = (count: number) => Array.from({ length: count }, (_, at) => cardField("title", { text: `t${at}` }));
  const full = [name, ...titles(CARD_FIELDS_OF_KIND_MAX), ...skills(CARD_FIELDS_MAX - CARD_FIELDS_OF_KIND_MAX - 1)];
  assert.deepEqual(cardFaults(full), []);
  assert.deepEqual(cardFaults([...full, cardField("note", { text: "x" })]), [{ fault: "too-many" }]);
});

test("an own card is stored and read again, whatever it holds", () => {
  assert.deepEqual(decodeOwnCard(encodeOwnCard(ADA_CARD)), ADA_CARD);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(level, cardFields)),
      fc.uint8Array({ minLength: 8, maxLength: 8 }),
      (parts, random) => {
        const fields = parts
          .flatMap(([each, list]) => list.map((field) => ({ level: each, field })))
          .slice(0, CARD_FIELDS_MAX);
        const card = newCard({ random: () => random, label: "Work", fields, wall: SIGNED_AT });
        assert.deepEqual(decodeOwnCard(encodeOwnCard(card)), card);
      },
    ),
    { numRuns: 40 },
  );
  for (const bytes of [new Uint8Array(0), textToBytes("x"), encodeOwnCard(ADA_CARD).subarray(1)])
    assert.throws(() => decodeOwnCard(bytes), { name: "WireError" });
});
