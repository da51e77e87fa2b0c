/**
 * Fields of a card as vCard 3.0, which every phone reads, or 4.0 (spec/app-card.md §6). What is written here is read again
 * by `vcard-import.ts` without loss: codes that hold a signature rest on that.
 *
 * @module
 */
import { textToBytes } from "../../lib/utf8.ts";
import { type CardField, type CardPhoto, fieldTexts } from "./card-field.ts";
import { typesOfLabel } from "./vcard-label.ts";
import { escapeText, toBase64 } from "./vcard-text.ts";

export interface VcardOptions {
  readonly version: "3.0" | "4.0";
  /** The bytes of the card's photo, and their format. */
  readonly photo?: { readonly bytes: Uint8Array; readonly format: CardPhoto["format"] };
  /** A line of our own at the end, unfolded: for codes. */
  readonly proof?: string;
  /** As short as it can be: for codes. Lines are not folded, and types that say nothing are left out. */
  readonly isCode?: boolean;
}

/** One vCard with CRLF, of fields that have no fault. A photo is written if its bytes are given, not by its hash. */
export function exportVcard(fields: readonly CardField[], options: VcardOptions): string {
  const lines = ["BEGIN:VCARD", `VERSION:${options.version}`, ...nameLines(fields, options.version)];
  let groups = 0;
  for (const field of fields) {
    if (field.kind === "photo" || field.kind === "name") continue;
    const [head, value] = property(field, options);
    const label = "label" in field ? field.label : "";
    const types = typesOfLabel(label);
    if (types === undefined) {
      const group = `item${++groups}`;
      lines.push(`${group}.${head}:${value}`, `${group}.X-ABLabel:${escapeText(label)}`);
    } else lines.push(`${head}${types.map((type) => `;TYPE=${type}`).join("")}:${value}`);
  }
  if (options.photo !== undefined) lines.push(photoLine(options.photo, options.version));
  if (options.proof !== undefined) lines.push(`X-KITH:${options.proof}`);
  lines.push("END:VCARD");
  return lines.map((line) => `${options.isCode === true ? line : fold(line)}\r\n`).join("");
}

function nameLines(fields: readonly CardField[], version: VcardOptions["version"]): readonly string[] {
  const name = fields.find((field) => field.kind === "name");
  if (name === undefined) {
    const company = fields.find((field) => field.kind === "company");
    const shown = `FN:${escapeText(company?.text ?? "")}`;
    return version === "4.0" ? ["KIND:org", shown] : ["N:;;;;", shown, "X-ABShowAs:COMPANY"];
  }
  const parts = [name.family, name.given, name.additional, name.prefix, name.suffix];
  const shown = `FN:${escapeText(name.text)}`;
  if (parts.every((part) => part === "")) {
    // Version 3.0 wants N, and phones show it: the whole name stands for the family's, as the importer knows.
    return version === "4.0" ? [shown] : [`N:${escapeText(name.text)};;;;`, shown];
  }
  return [`N:${parts.map(escapeText).join(";")}`, shown];
}

function property(field: Exclude<CardField, CardPhoto>, { version, isCode }: VcardOptions): readonly [string, string] {
  const texts = fieldTexts(field);
  const [text = "", second = ""] = texts;
  switch (field.kind) {
    case "company":
      return ["ORG", [text, ...(second === "" ? [] : [second])].map(escapeText).join(";")];
    case "address":
      return ["ADR", ["", "", ...texts.slice(0, 5)].map(escapeText).join(";")];
    case "email":
      return [version === "3.0" && isCode !== true ? "EMAIL;TYPE=INTERNET" : "EMAIL", text];
    case "phone":
      return ["TEL", escapeText(text)];
    case "link":
      return ["URL", text]; // no character of a link is one that is escaped but , and ;, which a URI keeps
    case "title":
      return ["TITLE", escapeText(text)];
    case "skill":
      return ["EXPERTISE", escapeText(text)];
    default:
      return ["NOTE", escapeText(text)];
  }
}

function photoLine({ bytes, format }: NonNullable<VcardOptions["photo"]>, version: VcardOptions["version"]): string {
  const data = toBase64(bytes);
  return version === "4.0"
    ? `PHOTO:data:image/${format};base64,${data}`
    : `PHOTO;ENCODING=b;TYPE=${format.toUpperCase()}:${data}`;
}

const LINE_OCTETS_MAX = 75;

/** RFC 6350 §3.2: at most 75 octets a line, never within a character. */
function fold(line: string): string {
  if (line.length <= LINE_OCTETS_MAX / 4) return line;
  let folded = "";
  let octets = 0;
  for (const character of line) {
    const size = character.length === 1 && character < "\x80" ? 1 : textToBytes(character).length;
    if (octets + size > LINE_OCTETS_MAX) {
      folded += "\r\n ";
      octets = 1;
    }
    folded += character;
    octets += size;
  }
  return folded;
}
