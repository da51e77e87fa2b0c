/**
 * Cuts a file into vCards and their properties, however it was folded: CRLF, LF or CR; a space or tab before what goes
 * on; soft line breaks of quoted-printable; base64 that is not indented; lines that nobody folded (RFC 2426, RFC 6350,
 * vCard 2.1). In one pass, in time proportional to the file.
 *
 * A vCard within a vCard, as after AGENT, is skipped. One that begins in the middle of another that did not say so ends
 * that one: it was cut off.
 *
 * @module
 */
import {
  VCARD_DEPTH_MAX,
  VCARD_PARAMETERS_MAX,
  VCARD_PROPERTIES_MAX,
  VCARD_PROPERTY_BYTES_MAX,
} from "../../wire/card-limits.ts";

export interface VcardProperty {
  /** What stands before the name and a dot, as `item1`; in capitals, as the name. Empty: none. */
  readonly group: string;
  readonly name: string;
  /** By name in capitals; bare ones of vCard 2.1 are of TYPE, or of ENCODING. Values are bytes as characters. */
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  /** Bytes as characters; nothing decoded but the folding. */
  readonly value: string;
  /** There was more than is kept of one property; `value` is cut. */
  readonly isCut: boolean;
}

export interface RawVcard {
  readonly properties: readonly VcardProperty[];
  /** It ended without END:VCARD, or had more properties than are looked at. */
  readonly isCut: boolean;
}

/** The vCards of a file, one after the other. `source`: bytes as characters. */
export function* readVcards(source: string): Generator<RawVcard> {
  let properties: VcardProperty[] | undefined;
  let depth = 0; // of vCards within the one that is read
  let isCut = false;
  for (const line of unfolded(source)) {
    const property = parseProperty(line);
    if (property === undefined) continue;
    const isVcard = property.value.trim().toUpperCase() === "VCARD";
    if (property.name === "BEGIN" && isVcard) {
      const last = properties?.at(-1);
      if (depth > 0 || (last?.name === "AGENT" && last.value.trim() === "")) {
        if (++depth > VCARD_DEPTH_MAX) return;
        continue;
      }
      if (properties !== undefined) yield { properties, isCut: true };
      [properties, isCut] = [[], false];
    } else if (property.name === "END" && isVcard) {
      if (depth > 0) depth--;
      else if (properties !== undefined) {
        yield { properties, isCut };
        properties = undefined;
      }
    } else if (depth === 0 && properties !== undefined) {
      if (properties.length < VCARD_PROPERTIES_MAX) properties.push(property);
      else isCut = true;
    }
  }
  if (properties !== undefined) yield { properties, isCut: true };
}

interface Line {
  readonly text: string;
  readonly isCut: boolean;
}

/** Logical lines. */
function* unfolded(source: string): Generator<Line> {
  let parts: string[] = [];
  let length = 0;
  let way: "plain" | "quoted" | "base64" = "plain";
  const add = (part: string): void => {
    if (length <= VCARD_PROPERTY_BYTES_MAX) parts.push(part);
    length += part.length;
  };
  for (const line of physicalLines(source)) {
    const last = parts.at(-1);
    if (way === "quoted" && last?.endsWith("=") === true) {
      parts[parts.length - 1] = last.slice(0, -1);
      add(line);
    } else if (last !== undefined && /^[ \t]/.test(line)) add(line.slice(1));
    else if (last !== undefined && way === "base64" && /^[\w+/=-]+\s*$/.test(line)) add(line);
    else if (last !== undefined && line !== "" && !PROPERTY_START.test(line)) add(`\n${line}`);
    else {
      if (parts.length > 0) yield { text: parts.join(""), isCut: length > VCARD_PROPERTY_BYTES_MAX };
      [parts, length] = [[], 0];
      if (line.trim() === "") continue;
      const head = line.slice(0, 256).split(":", 1)[0] ?? "";
      way = /QUOTED-PRINTABLE/i.test(head) ? "quoted" : /BASE64|ENCODING="?B"?(;|$)/i.test(head) ? "base64" : "plain";
      add(line);
    }
  }
  if (parts.length > 0) yield { text: parts.join(""), isCut: length > VCARD_PROPERTY_BYTES_MAX };
}

const PROPERTY_START = /^[\w.-]{1,80}[ \t]{0,2}[;:]/;

/** By any line end, also one that a program wrote twice. */
function* physicalLines(source: string): Generator<string> {
  const line = /([^\r\n]*)(?:\r{0,3}\n|\r|$)/y;
  while (line.lastIndex < source.length) yield line.exec(source)?.[1] ?? "";
}

/** Name and parameters of a property; those of real ones have a tenth. */
const HEAD_CHARS_MAX = 4_096;

/** `undefined`: no property. */
function parseProperty({ text, isCut }: Line): VcardProperty | undefined {
  const [, prefix = "", name = ""] = /^(?:([\w-]+)\.)?([\w-]+)[ \t]{0,2}(?=[;:])/.exec(text.slice(0, 100)) ?? [];
  if (name === "") return undefined;
  const start = text.search(/[;:]/);
  const end = valueStart(text, start, true) ?? valueStart(text, start, false);
  if (end === undefined || end > HEAD_CHARS_MAX) return undefined;
  const parameters = parseParameters(text.slice(start, end));
  return { group: prefix.toUpperCase(), name: name.toUpperCase(), parameters, value: text.slice(end + 1), isCut };
}

/** Where the colon before the value stands: the first that is not quoted, or just the first if quotes do not match. */
function valueStart(text: string, from: number, heedsQuotes: boolean): number | undefined {
  let isQuoted = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '"') isQuoted = heedsQuotes && !isQuoted;
    else if (text[at] === ":" && !isQuoted) return at;
  }
  return undefined;
}

function parseParameters(text: string): ReadonlyMap<string, readonly string[]> {
  const parameters = new Map<string, string[]>();
  let count = 0;
  for (const [, part = ""] of text.matchAll(/;((?:"[^"]*"|[^;"]|")*)/g)) {
    if (++count > VCARD_PARAMETERS_MAX) break;
    const equals = part.indexOf("=");
    const bare = part.trim().toUpperCase();
    const key = equals >= 0 ? part.slice(0, equals).trim().toUpperCase() : ENCODINGS.has(bare) ? "ENCODING" : "TYPE";
    const values = parameters.get(key) ?? [];
    // "home,work" in one pair of quotes is two types all the same, as Apple and Google write it.
    for (const value of part
      .slice(equals + 1)
      .replaceAll('"', "")
      .split(","))
      if (value.trim() !== "" && values.length < VCARD_PARAMETERS_MAX) values.push(value.trim());
    parameters.set(key, values);
  }
  return parameters;
}

const ENCODINGS: ReadonlySet<string> = new Set(["QUOTED-PRINTABLE", "BASE64", "B", "8BIT", "7BIT"]);
