/**
 * MECARD as fields of a card (spec/app-card.md §7): the short form in which many printed codes hold a contact.
 *
 *     MECARD:N:Lovelace,Ada;TEL:+442079460018;EMAIL:ada@example.org;;
 *
 * As NTT DoCoMo wrote it down; `\` stands before `\`, `;`, `:`, `,` and `"` that say nothing. Nobody signs it, and nothing in
 * it makes this throw, fetch or run anything.
 *
 * @module
 */
import { CARD_FIELDS_MAX, MECARD_CHARS_MAX } from "../../wire/card-limits.ts";
import { CARD_FIELD } from "../../wire/card-registry.ts";
import { fieldsMax } from "./card.ts";
import { type CardField, cardField, fieldFault } from "./card-field.ts";
import type { ImportedCard, VcardLeft } from "./vcard-import.ts";

export const isMecard = (text: string): boolean => /^MECARD:/i.test(text);

/** Of a text that {@link isMecard}; what it cannot read or hold it leaves, and says so. */
export function importMecard(text: string): ImportedCard {
  const fields: CardField[] = [];
  const left = new Map<string, VcardLeft>();
  const isCut = text.length > MECARD_CHARS_MAX;
  const { parts, isEnded } = split(text.slice("MECARD:".length, MECARD_CHARS_MAX), ";");
  for (const part of parts) {
    if (part === "") continue;
    const [, name = "", value = ""] = /^([A-Za-z0-9-]{1,32}):(.*)$/s.exec(part) ?? [];
    const key = name.toUpperCase();
    if (key === "") left.set("MECARD", "unreadable");
    else if (!Object.hasOwn(READERS, key)) left.set(key, "not-held");
    else {
      const field = value.trim() === "" ? undefined : READERS[key]?.(value.trim());
      const fault = field === undefined ? "empty" : fieldFault(field);
      if (field === undefined || fault === "empty") continue;
      if (fault !== undefined) left.set(key, "unreadable");
      else if (fields.length >= CARD_FIELDS_MAX || countOf(fields, field) >= fieldsMax(field.kind))
        left.set(key, "too-many");
      else fields.push(field);
    }
  }
  return {
    fields: fields.sort((a, b) => CARD_FIELD[a.kind] - CARD_FIELD[b.kind]),
    left: [...left].map(([property, why]) => ({ property, why })),
    ...{ photo: undefined, proof: undefined, isCut: isCut || !isEnded },
  };
}

const countOf = (fields: readonly CardField[], { kind }: CardField): number =>
  fields.filter((each) => each.kind === kind).length;

const READERS: Readonly<Record<string, (value: string) => CardField>> = {
  N: nameOf,
  TEL: (value) => cardField("phone", { text: plain(value).replace(/^tel:/i, "") }),
  "TEL-AV": (value) => cardField("phone", { text: plain(value).replace(/^tel:/i, ""), label: "video" }),
  EMAIL: (value) => cardField("email", { text: plain(value).replace(/^mailto:/i, "") }),
  ADR: addressOf,
  URL: (value) => cardField("link", { text: linkOf(plain(value)) }),
  NOTE: (value) => cardField("note", { text: plain(value) }),
  ORG: (value) => cardField("company", { text: plain(value) }),
  TITLE: (value) => cardField("title", { text: plain(value) }),
};

/** The family's name first, after it the given one. */
function nameOf(value: string): CardField {
  const [family = "", given = "", ...more] = split(value, ",").parts.map((part) => plain(part).trim());
  const text = [given, ...more, family].filter((part) => part !== "").join(" ");
  return given === "" ? cardField("name", { text }) : cardField("name", { text, family, given });
}

/** Box, room, house, city, prefecture, code, country; programs also write a line without commas. */
function addressOf(value: string): CardField {
  const parts = split(value, ",").parts.map((part) => plain(part).trim());
  if (parts.length !== 7) return cardField("address", { street: parts.filter((part) => part !== "").join(", ") });
  const [box = "", room = "", house = "", city = "", region = "", code = "", country = ""] = parts;
  const street = [box, room, house].filter((part) => part !== "").join("\n");
  return cardField("address", { street, city, region, code, country });
}

const linkOf = (text: string): string => (/^[\w-]+(?:\.[\w-]+)+(?:[/?#]\S*)?$/.test(text) ? `https://${text}` : text);

/** At each `by` that no backslash stands before; backslashes stay. `isEnded`: nothing stands after the last one. */
function split(text: string, by: string): { readonly parts: readonly string[]; readonly isEnded: boolean } {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === by) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  const last = text.slice(from);
  return { parts: [...parts, last], isEnded: last.trim() === "" };
}

const plain = (text: string): string => text.replace(/\\(.)/gs, "$1");
