/**
 * vCard 2.1, 3.0 and 4.0 as fields of a card (spec/app-card.md §6), as phones and mail programs write them. It takes what
 * it can read and a card can hold, and says what it left; nothing in a file makes it throw, fetch or run anything.
 *
 * @module
 */
import { CARD_FIELDS_MAX, VCARD_FILE_BYTES_MAX, VCARDS_MAX } from "../../wire/card-limits.ts";
import { CARD_FIELD } from "../../wire/card-registry.ts";
import { fieldsMax } from "./card.ts";
import { type CardField, cardField, fieldFault } from "./card-field.ts";
import { photoFormat } from "./card-photo.ts";
import { labelOfApple, labelOfTypes } from "./vcard-label.ts";
import { type RawVcard, readVcards, type VcardProperty } from "./vcard-reader.ts";
import {
  binaryToText,
  bytesToBinary,
  components,
  fromBase64,
  fromQuotedPrintable,
  unescapeText,
  withoutByteOrderMark,
} from "./vcard-text.ts";

/** Why something in a vCard was left. */
export type VcardLeft =
  | "not-held" //     a card has no such field
  | "unreadable" //   not what its property says
  | "charset" //      in a character set that is not known here
  | "too-long"
  | "too-many"
  | "remote"; //      a photo somewhere else: it is not fetched

export interface ImportedCard {
  /** Each can be signed; by kind. There may be neither name nor company. */
  readonly fields: readonly CardField[];
  /** As it stood there: it may be larger than a card's photo may be. */
  readonly photo: Uint8Array | undefined;
  /** What Kith wrote into its own codes; not verified. */
  readonly proof: string | undefined;
  readonly left: readonly { readonly property: string; readonly why: VcardLeft }[];
  /** It ended in the middle, or was too large. */
  readonly isCut: boolean;
}

export interface VcardImport {
  readonly cards: readonly ImportedCard[];
  /** Set if not all of the file was read. */
  readonly fault: "file-too-large" | "too-many-cards" | undefined;
}

export const KITH_PROPERTY = "X-KITH";

/** Of a pasted text, give its UTF-8. */
export function importVcards(file: Uint8Array): VcardImport {
  if (file.length > VCARD_FILE_BYTES_MAX) return { cards: [], fault: "file-too-large" };
  const cards: ImportedCard[] = [];
  for (const raw of readVcards(bytesToBinary(withoutByteOrderMark(file)))) {
    if (cards.length === VCARDS_MAX) return { cards, fault: "too-many-cards" };
    cards.push(new Import(raw).done());
  }
  return { cards, fault: undefined };
}

class Import {
  readonly #raw: RawVcard;
  readonly #fields: CardField[] = [];
  readonly #left = new Map<string, VcardLeft>();
  readonly #labels = new Map<string, string>(); // by group
  #photo: Uint8Array | undefined;
  #proof: string | undefined;

  constructor(raw: RawVcard) {
    this.#raw = raw;
    for (const property of raw.properties)
      if (property.name === "X-ABLABEL" && property.group !== "")
        this.#labels.set(property.group, labelOfApple(unescapeText(textOf(property) ?? "")));
    for (const property of raw.properties)
      if ((property.name === "N" || property.name === "FN") && textOf(property) === undefined)
        this.#leave(property.name, "charset");
    this.#takeName();
    for (const property of raw.properties) this.#take(property);
  }

  done(): ImportedCard {
    const fields = this.#fields.sort((a, b) => CARD_FIELD[a.kind] - CARD_FIELD[b.kind]);
    const left = [...this.#left].map(([property, why]) => ({ property, why }));
    return { fields, photo: this.#photo, proof: this.#proof, left, isCut: this.#raw.isCut };
  }

  /** FN and N together are one field. What nobody named is called by what else is there. */
  #takeName(): void {
    const [shown = ""] = this.#textsOf("FN").map(unescapeText);
    const [structured] = this.#textsOf("N").map(components);
    const [family = "", given = "", additional = "", prefix = "", suffix = ""] = structured ?? [];
    const isStructured = [family, given, additional, prefix, suffix].some((part) => part.trim() !== "");
    const [company = ""] = components(this.#textsOf("ORG")[0] ?? "");
    const says = (name: string, value: string): boolean =>
      this.#textsOf(name).some((text) => text.trim().toUpperCase() === value);
    const isCompany =
      says("KIND", "ORG") || says("X-ABSHOWAS", "COMPANY") || (structured !== undefined && !isStructured);
    if (isCompany && company !== "" && (shown === company || shown === "")) return;
    const spelt = [prefix, given, additional, family, suffix].filter((part) => part.trim() !== "").join(" ");
    const [other = ""] = ["NICKNAME", "EMAIL"].flatMap((name) => this.#textsOf(name).map(unescapeText));
    const text = shown.trim() !== "" ? shown : spelt !== "" ? spelt : company === "" ? other : "";
    if (text === "") return;
    this.#add("N", cardField("name", { text, family, given, additional, prefix, suffix }));
  }

  #take(property: VcardProperty): void {
    const { name } = property;
    if (IGNORED.has(name)) return;
    if (property.isCut) return this.#leave(name, "too-long");
    if (PHOTOS.has(name)) return this.#takePhoto(property);
    const text = textOf(property);
    if (text === undefined) return this.#leave(name, "charset");
    if (text.trim() === "") return;
    if (name === KITH_PROPERTY) this.#proof = text.trim();
    else if (name === "ORG") {
      const [company = "", ...units] = components(text).map((part) => part.trim());
      const parts = [company, ...units].filter((part) => part !== "");
      if (parts.length > 0)
        this.#add(name, cardField("company", { text: parts[0] ?? "", unit: parts.slice(1).join(", ") }));
    } else if (name === "ADR") this.#takeAddress(property, text);
    else if (name === "EMAIL")
      this.#add(
        name,
        cardField("email", { text: unescapeText(text).replace(/^mailto:/i, ""), label: this.#label(property) }),
      );
    else if (name === "TEL")
      this.#add(
        name,
        cardField("phone", { text: unescapeText(text).replace(/^tel:/i, ""), label: this.#label(property) }),
      );
    else if (LINKS.has(name)) this.#takeLink(property, unescapeText(text).trim());
    else if (name === "TITLE") this.#add(name, cardField("title", { text: unescapeText(text) }));
    else if (name === "ROLE") this.#takeRole(text);
    else if (name === "EXPERTISE") this.#add(name, cardField("skill", { text: unescapeText(text) }));
    else if (name === "NOTE") this.#add(name, cardField("note", { text: unescapeText(text) }));
    else this.#leave(name, "not-held");
  }

  /** A role is a title where there is none. */
  #takeRole(text: string): void {
    if (this.#textsOf("TITLE").length > 0) this.#leave("ROLE", "not-held");
    else this.#add("ROLE", cardField("title", { text: unescapeText(text) }));
  }

  #takeAddress(property: VcardProperty, text: string): void {
    const [box = "", extended = "", street = "", city = "", region = "", code = "", country = ""] = components(text);
    const lines = [box, extended, street].filter((part) => part.trim() !== "").join("\n");
    this.#add(
      "ADR",
      cardField("address", { street: lines, city, region, code, country, label: this.#label(property) }),
    );
  }

  /** Where a program says a profile without its link, there is nothing to follow. */
  #takeLink(property: VcardProperty, text: string): void {
    const service = [
      ...(property.parameters.get("X-SERVICE-TYPE") ?? []),
      ...(property.parameters.get("SERVICE-TYPE") ?? []),
    ];
    const types = property.parameters.get("TYPE") ?? [];
    const label =
      this.#labels.get(property.group) ??
      (labelOfTypes(types) || (property.name === "URL" ? "" : (service[0] ?? types[0] ?? "")));
    const isBare = /^[\w-]+(?:\.[\w-]+)+(?:[/?#:]\S*)?$/.test(text) && !text.includes(":");
    const whole = isBare ? `https://${text}` : text.replace(/^[A-Za-z]+(?=:)/, (scheme) => scheme.toLowerCase());
    this.#add(property.name, cardField("link", { text: whole, label }));
  }

  #takePhoto(property: VcardProperty): void {
    if (this.#photo !== undefined || property.name === "LOGO") return this.#leave(property.name, "not-held");
    const value = property.value.trim();
    const [, data] = /^data:[^,]{0,100};base64,(.*)$/is.exec(value) ?? [];
    if (data === undefined && /^[a-z][a-z0-9+.-]{1,20}:/i.test(value)) return this.#leave(property.name, "remote");
    const bytes = fromBase64(data ?? value);
    if (photoFormat(bytes) === undefined) return this.#leave(property.name, "unreadable");
    this.#photo = bytes;
  }

  #label(property: VcardProperty): string {
    const named = this.#labels.get(property.group);
    return named === undefined || named.trim() === "" ? labelOfTypes(property.parameters.get("TYPE") ?? []) : named;
  }

  #textsOf(name: string): readonly string[] {
    return this.#raw.properties
      .filter((each) => each.name === name && !each.isCut)
      .flatMap((each) => textOf(each) ?? []);
  }

  #add(property: string, field: CardField): void {
    const fault = fieldFault(field);
    const ofKind = this.#fields.filter(({ kind }) => kind === field.kind).length;
    if (fault === "empty") return;
    if (fault !== undefined) this.#leave(property, "unreadable");
    else if (ofKind >= fieldsMax(field.kind) || this.#fields.length >= CARD_FIELDS_MAX)
      this.#leave(property, "too-many");
    else this.#fields.push(field);
  }

  #leave(property: string, why: VcardLeft): void {
    this.#left.set(property.slice(0, 32), why);
  }
}

/** Still escaped; `undefined` in an unknown character set. */
function textOf({ parameters, value }: VcardProperty): string | undefined {
  const encoding = parameters.get("ENCODING")?.[0]?.toUpperCase();
  const [charset] = parameters.get("CHARSET") ?? [];
  if (encoding === "BASE64" || encoding === "B") return binaryToText(bytesToBinary(fromBase64(value)), charset);
  return binaryToText(encoding === "QUOTED-PRINTABLE" ? fromQuotedPrintable(value) : value, charset);
}

/** Said elsewhere, or of the file and not of the person. */
const IGNORED: ReadonlySet<string> = new Set(
  "VERSION PRODID REV UID FN N KIND X-ABLABEL X-ABSHOWAS X-ABADR SORT-STRING CLASS SOURCE NAME PROFILE CLIENTPIDMAP X-ABUID".split(
    " ",
  ),
);
const PHOTOS: ReadonlySet<string> = new Set(["PHOTO", "LOGO", "X-MS-CARDPICTURE"]);
const LINKS: ReadonlySet<string> = new Set("URL X-SOCIALPROFILE SOCIALPROFILE IMPP X-JABBER CONTACT-URI".split(" "));
