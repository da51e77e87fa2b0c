/**
 * What a Wallet pass says of a card: `pass.json` of the kind *generic* (spec/app-card.md §13). It is made of a signed card of
 * one level and of nothing else, so it cannot show what that level hides.
 *
 * @module
 */
import type { WallTime } from "../../lib/time.ts";
import type { CardLevel } from "../card/card.ts";
import { type CardField, type CardPhoto, type CardText, type CardTextKind, fieldTexts } from "../card/card-field.ts";
import type { SignedCard } from "../card/signed-card.ts";
import { PASS_COLOURS } from "./mark.ts";

/** Whose certificate signs: a pass has to name it, or Wallet refuses the signature. */
export interface PassSigner {
  /** `pass.org.example.card` */
  readonly passType: string;
  /** Ten characters. */
  readonly team: string;
  readonly organization: string;
}

/** What stands over the fields, in the words of whoever will look at the pass. */
export type PassWords = Readonly<Record<CardTextKind | "level" | "until" | "description", string>> & {
  readonly levels: Readonly<Record<CardLevel, string>>;
};

interface PassField {
  readonly key: string;
  readonly label: string;
  readonly value: string;
  readonly dateStyle?: "PKDateStyleMedium";
}

export interface PassFacts {
  readonly card: SignedCard;
  readonly signer: PassSigner;
  readonly words: PassWords;
  /** Text of the code on it. */
  readonly message: string;
  readonly serial: string;
  readonly endsAt: WallTime;
}

export function passJson({ card, signer, words, message, serial, endsAt }: PassFacts): string {
  const { content } = card;
  const ends = isoTime(endsAt);
  const pass = {
    formatVersion: 1,
    passTypeIdentifier: signer.passType,
    teamIdentifier: signer.team,
    organizationName: signer.organization,
    serialNumber: serial,
    description: words.description,
    logoText: "Kith",
    ...PASS_COLOURS,
    expirationDate: ends,
    ...(content.isPrivate ? { sharingProhibited: true } : {}),
    generic: layout(content.fields, content.level, words, ends),
    barcodes: [{ format: "PKBarcodeFormatQR", message, messageEncoding: encodingOf(message) }],
  };
  return JSON.stringify(pass);
}

type Shown = Exclude<CardField, CardPhoto>;

/** Name in front; one title, company, address and number below it; everything on the back, as it is in the card. */
function layout(fields: readonly CardField[], level: CardLevel, words: PassWords, ends: string): object {
  const texts = fields.filter((field): field is Shown => field.kind !== "photo");
  const first = (kind: CardTextKind): readonly Shown[] => texts.filter((field) => field.kind === kind).slice(0, 1);
  const front = first("name").length > 0 ? first("name") : first("company");
  const below = [...first("title"), ...first("company")].filter((field) => !front.includes(field));
  const back: PassField[] = texts.map((field, at) => shownField(`back-${at}`, field, words));
  back.push({ key: "level", label: words.level, value: words.levels[level] });
  back.push({ key: "until", label: words.until, value: ends, dateStyle: "PKDateStyleMedium" });
  const named = (each: Shown): PassField => shownField(each.kind, each, words);
  return {
    primaryFields: front.map(named),
    secondaryFields: below.map(named),
    auxiliaryFields: [...first("email"), ...first("phone")].map(named),
    backFields: back,
  };
}

function shownField(key: string, field: Shown, words: PassWords): PassField {
  const label = "label" in field && field.label !== "" ? `${words[field.kind]} (${field.label})` : words[field.kind];
  return { key, label, value: textOf(field) };
}

function textOf(field: CardText): string {
  if (field.kind === "company") return field.unit === "" ? field.text : `${field.text}, ${field.unit}`;
  if (field.kind !== "address") return field.text;
  return fieldTexts(field)
    .slice(0, -1)
    .filter((line) => line !== "")
    .join("\n");
}

/** Codes of ASCII are read alike by everybody; for others the pass says what Kith's readers expect. */
const encodingOf = (message: string): string => (/^[\0-\x7f]*$/.test(message) ? "iso-8859-1" : "utf-8");

const DAY_MS = 86_400_000;

/** `2027-01-15T08:00:00Z`, of a time from 1970 to 9999. */
export function isoTime(wall: WallTime): string {
  const [day, second] = [Math.floor(wall / DAY_MS), Math.floor((wall % DAY_MS) / 1_000)];
  // The civil date of a day: years begin in March, so that the leap day is the last of one.
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - 146_097 * era;
  const leaps = Math.floor(ofEra / 1_460) - Math.floor(ofEra / 36_524) + Math.floor(ofEra / 146_096);
  const year = Math.floor((ofEra - leaps) / 365);
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const march = Math.floor((5 * ofYear + 2) / 153);
  const month = march < 10 ? march + 3 : march - 9;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const date = ofYear - Math.floor((153 * march + 2) / 5) + 1;
  const time = [second / 3_600, (second / 60) % 60, second % 60].map(two).join(":");
  return `${String(year + 400 * era + (month <= 2 ? 1 : 0)).padStart(4, "0")}-${two(month)}-${two(date)}T${time}Z`;
}
