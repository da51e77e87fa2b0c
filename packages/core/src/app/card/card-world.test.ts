/** People and cards that the tests of cards share, and cards of chance. */
import fc from "fast-check";
import { nobleProvider } from "../../crypto/noble-provider.ts";
import { Secret } from "../../crypto/secret.ts";
import { identityFromSeed, type LocalIdentity } from "../../identity/keys.ts";
import { wallTime } from "../../lib/time.ts";
import type { CardLevel, LevelledField, OwnCard } from "./card.ts";
import { CARD_LEVELS, type CardId } from "./card.ts";
import { type CardField, type CardTextKind, cardField, fieldFault } from "./card-field.ts";

export const identityOf = (number: number): LocalIdentity =>
  identityFromSeed(nobleProvider, new Secret(new Uint8Array(32).fill(number)));

export const ADA = identityOf(1);
export const BEN = identityOf(2);
export const SIGNED_AT = wallTime(1_790_000_000_000);
export const ENDS_AT = wallTime(1_800_000_000_000);
export const CARD_ID = "0102030405060708" as CardId;

export const ADA_FIELDS: readonly LevelledField[] = [
  { level: "public", field: cardField("name", { text: "Ada Lovelace", given: "Ada", family: "Lovelace" }) },
  { level: "public", field: cardField("title", { text: "Analyst" }) },
  { level: "public", field: cardField("company", { text: "Analytical Engines Ltd", unit: "Notes" }) },
  { level: "professional", field: cardField("email", { text: "ada@example.org", label: "work" }) },
  { level: "professional", field: cardField("skill", { text: "Bernoulli numbers" }) },
  { level: "professional", field: cardField("skill", { text: "Weaving" }) },
  { level: "personal", field: cardField("phone", { text: "+44 20 7946 0958", label: "mobile" }) },
  {
    level: "personal",
    field: cardField("address", {
      street: "12 St James's Square\nAttic",
      city: "London",
      code: "SW1Y 4JH",
      country: "England",
    }),
  },
  { level: "personal", field: cardField("link", { text: "https://ada.example.org/notes?g=1", label: "home" }) },
  { level: "personal", field: { kind: "photo", hash: "ab".repeat(32), bytes: 20_480, format: "jpeg" } },
  { level: "personal", field: cardField("note", { text: "Tea at four.\nNo sugar; ever, please." }) },
];

export const ADA_CARD: OwnCard = {
  id: CARD_ID,
  label: "All of me",
  fields: ADA_FIELDS,
  revisions: { public: 1_789_000_000, professional: 1_789_000_001, personal: 1_789_000_002 },
};

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "",
    ";,:\\n\\N\\;",
    "a;b,c",
    "Zoë\\",
    "李小龍",
    "👩‍👧‍👦",
    "=3D=0A",
    "END:VCARD",
    "\tx\r\ny",
    "^n^'",
    "X".repeat(300),
  ),
);
const label = fc.oneof(
  fc.constantFrom("", "home", "work", "mobile", "work fax", "Studio", "_$!<Home>!$_", "home; main"),
  text,
);
const email = fc.constantFrom("a@b", "ada+notes@example.org", "ö@exämple.org", "x=3D@y.z", "we'll@x.y");
const phone = fc.constantFrom("+44 20 7946 0958", "112", "+1-800-FLOWERS", "(030) 123/45,6;7", "*31#0301", "#31#55 x9");
const link = fc.constantFrom(
  "https://a.example/b?c=d;e,f#g",
  "http://localhost:1/",
  "xmpp:a@b.c",
  "https://x/;\\".slice(0, 10),
);

/** Valid fields of one kind, of texts of chance. */
export function fieldOf(kind: CardTextKind): fc.Arbitrary<CardField> {
  const made = fc.record({ text, label, a: text, b: text, c: text, d: text, email, phone, link }).map((of) => {
    switch (kind) {
      case "name":
        return cardField(kind, {
          text: of.text,
          given: of.a,
          family: of.b,
          additional: of.c,
          prefix: of.d,
          suffix: of.label,
        });
      case "address":
        return cardField(kind, {
          street: of.text,
          city: of.a,
          region: of.b,
          code: of.c,
          country: of.d,
          label: of.label,
        });
      case "company":
        return cardField(kind, { text: of.text, unit: of.a });
      case "email":
        return cardField(kind, { text: of.email, label: of.label });
      case "phone":
        return cardField(kind, { text: of.phone, label: of.label });
      case "link":
        return cardField(kind, { text: of.link, label: of.label });
      default:
        return cardField(kind, { text: of.text });
    }
  });
  return made.filter((field) => fieldFault(field) === undefined);
}

const MANY: readonly CardTextKind[] = ["title", "company", "email", "phone", "address", "link", "skill", "note"];

/** Fields in the order of a card: a name, and up to four others. */
export const cardFields: fc.Arbitrary<readonly CardField[]> = fc
  .tuple(fieldOf("name"), fc.array(fc.constantFrom(...MANY).chain(fieldOf), { maxLength: 4 }))
  .map(([name, others]) => [name, ...MANY.flatMap((kind) => others.filter((each) => each.kind === kind))]);

export const level: fc.Arbitrary<CardLevel> = fc.constantFrom(...CARD_LEVELS);
