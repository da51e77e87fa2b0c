/**
 * One field of a card: what it is, the texts it consists of, and what those may be (spec/app-card.md §2). Our person's
 * text is cleaned; a peer's that is not clean is refused.
 *
 * @module
 */
import { textToBytes } from "../../lib/utf8.ts";
import { cleanLine } from "../../trust/display-name.ts";
import {
  CARD_LABEL_BYTES_MAX,
  CARD_LINK_BYTES_MAX,
  CARD_NOTE_BYTES_MAX,
  CARD_PHOTO_BYTES_MAX,
  CARD_TEXT_BYTES_MAX,
} from "../../wire/card-limits.ts";
import type { CARD_FIELD, CARD_PHOTO } from "../../wire/card-registry.ts";

export type CardFieldKind = keyof typeof CARD_FIELD;
export type CardTextKind = Exclude<CardFieldKind, "photo">;

/** The texts of each kind, in the order in which they are encoded. Empty: not said. */
export const CARD_PARTS = {
  name: ["text", "given", "family", "additional", "prefix", "suffix"],
  title: ["text"],
  company: ["text", "unit"],
  email: ["text", "label"],
  phone: ["text", "label"],
  address: ["street", "city", "region", "code", "country", "label"],
  link: ["text", "label"],
  skill: ["text"],
  note: ["text"],
} as const;

type Texts<K extends CardTextKind> = { readonly [P in (typeof CARD_PARTS)[K][number]]: string };
export type CardText<K extends CardTextKind = CardTextKind> = { [T in K]: { readonly kind: T } & Texts<T> }[K];

/** A photo is named by its hash; its bytes travel on their own. */
export interface CardPhoto {
  readonly kind: "photo";
  /** SHA-256, 64 hexadecimal digits. */
  readonly hash: string;
  readonly bytes: number;
  readonly format: keyof typeof CARD_PHOTO;
}

export type CardField = CardText | CardPhoto;

/** What is wrong with a field. `too-long` comes of a peer alone: our own texts are cut. */
export type CardFieldFault = "empty" | "too-long" | "unclean" | "not-an-email" | "not-a-phone" | "not-a-link" | "photo";

/** A field of cleaned texts; those that are left out are empty. {@link fieldFault} says whether it can be signed. */
export function cardField<K extends CardTextKind>(kind: K, texts: Partial<Texts<K>>): CardText<K> {
  const given: Readonly<Record<string, string | undefined>> = texts;
  const field: Record<string, string> = { kind };
  for (const part of CARD_PARTS[kind]) field[part] = cleanPart(kind, part, given[part] ?? "");
  if (isBareName(field)) field["family"] = "";
  return field as CardText<K>;
}

/** A text field as somebody gave it, cleaned. */
export function cleanField(
  given: { readonly kind: CardTextKind } & Readonly<Record<string, string | undefined>>,
): CardText {
  const { kind, ...texts } = given;
  return cardField<CardTextKind>(kind, texts);
}

/** A family name that is the whole name says nothing; vCard 3.0 writes it where there is none. */
const isBareName = (field: Readonly<Record<string, string>>): boolean =>
  field["family"] !== "" &&
  field["family"] === field["text"] &&
  CARD_PARTS.name.slice(1).every((part) => part === "family" || field[part] === "");

/** The texts of a field, in the order of {@link CARD_PARTS}. */
export function fieldTexts(field: CardText): readonly string[] {
  const texts = fieldRecord(field);
  return CARD_PARTS[field.kind].map((part) => texts[part] ?? "");
}

const fieldRecord = (field: CardText): Readonly<Record<string, string>> => field;

/** The field that has `texts`, in the order of {@link CARD_PARTS}, as they are. */
export function fieldOfTexts(kind: CardTextKind, texts: readonly string[]): CardText {
  const field: Record<string, string> = { kind };
  for (const [at, part] of CARD_PARTS[kind].entries()) field[part] = texts[at] ?? "";
  return field as CardText;
}

export function fieldFault(field: CardField): CardFieldFault | undefined {
  if (field.kind === "photo") return isPhoto(field) ? undefined : "photo";
  const texts = fieldTexts(field);
  for (const [at, part] of CARD_PARTS[field.kind].entries()) {
    const text = texts[at] ?? "";
    if (textToBytes(text).length > bytesMax(field.kind, part)) return "too-long";
    if (cleanPart(field.kind, part, text) !== text) return "unclean";
  }
  if (field.kind === "name" && isBareName(fieldRecord(field))) return "unclean";
  switch (field.kind) {
    case "address":
      return texts.slice(0, -1).every((text) => text === "") ? "empty" : undefined;
    case "email":
      return isEmail(field.text) ? undefined : "not-an-email";
    case "phone":
      return isPhone(field.text) ? undefined : "not-a-phone";
    case "link":
      return isCardLink(field.text) ? undefined : "not-a-link";
    default:
      return field.text === "" ? "empty" : undefined;
  }
}

/** How an application lets people write to or visit somebody; nothing that runs. */
const LINK_SCHEMES = ["https", "http", "xmpp", "sip", "sips", "matrix"];

/** One that may be shown as a link: no credentials before its host, which only deceive. */
export function isCardLink(text: string): boolean {
  const [, scheme = "", rest = ""] = /^([a-z]+):([^\s"<>\\^`{|}]+)$/.exec(text) ?? [];
  if (!LINK_SCHEMES.includes(scheme)) return false;
  return scheme.startsWith("http") ? /^\/\/[^\s/?#@:][^\s/?#@]*(?:[/?#]|$)/.test(rest) : !rest.startsWith("/");
}

export const isEmail = (text: string): boolean => /^[^\s@"(),:;<>[\\\]]{1,64}@[^\s@"(),:;<>[\\\]]{1,190}$/.test(text);

/** As people write them, or after `tel:`: signs, digits, letters of an extension. */
export const isPhone = (text: string): boolean => /^[+*#(\d][\dA-Za-z+*#()., ;=/-]*$/.test(text) && /\d.*\d/.test(text);

const isPhoto = ({ hash, bytes, format }: CardPhoto): boolean =>
  /^[0-9a-f]{64}$/.test(hash) &&
  Number.isSafeInteger(bytes) &&
  bytes > 0 &&
  bytes <= CARD_PHOTO_BYTES_MAX &&
  (format === "jpeg" || format === "png" || format === "webp");

function bytesMax(kind: CardTextKind, part: string): number {
  if (part === "label") return CARD_LABEL_BYTES_MAX;
  return kind === "note" ? CARD_NOTE_BYTES_MAX : kind === "link" ? CARD_LINK_BYTES_MAX : CARD_TEXT_BYTES_MAX;
}

function cleanPart(kind: CardTextKind, part: string, whole: string): string {
  const max = bytesMax(kind, part);
  const text = whole.slice(0, 8 * max); // enough for what cleaning takes out, and no more work than that
  if (part === "label") return cleanLabel(text);
  if (kind !== "note" && part !== "street") return cleanLine(text, max);
  // Lines stay lines, without empty ones at the ends; two in a row at most.
  const lines = text.split(/\r\n|[\n\r]/).map((line) => cleanLine(line, max));
  const joined = lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/^\n+|\n+$/g, "");
  let kept = "";
  let bytes = 0;
  for (const character of joined) {
    bytes += textToBytes(character).length;
    if (bytes > max) break;
    kept += character;
  }
  return kept.replace(/\s+$/, "");
}

/** Without the mark that Apple puts around words of its own: a label that has it would come back from a vCard as another. */
function cleanLabel(text: string): string {
  let label = cleanLine(text, CARD_LABEL_BYTES_MAX);
  while (label.includes(APPLE_MARK)) label = cleanLine(label.replaceAll(APPLE_MARK, ""), CARD_LABEL_BYTES_MAX);
  return label;
}

const APPLE_MARK = "_$!<";
