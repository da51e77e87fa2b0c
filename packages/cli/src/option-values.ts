/**
 * Values of options as people write them: times, sizes, counts.
 *
 * @module
 */
import { CliError, EXIT } from "./exit-code.ts";
import { safeText } from "./render/terminal-text.ts";

const TIMES: Readonly<Record<string, number>> = { ms: 1, s: 1e3, min: 6e4, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 };
const SIZES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** `90s`, `30min`, `12h`, `7d`, or plain seconds; in milliseconds. @throws {CliError} `ERR_USAGE` */
export const durationOf = (text: string): number =>
  measureOf(/^[\d.]+$/.test(text) ? `${text}s` : text, TIMES, "a time such as 30min, 12h or 7d");

/** `500MB`, `2GiB`, or plain bytes. @throws {CliError} `ERR_USAGE` */
export const sizeOf = (text: string): number =>
  measureOf(/^\d+$/.test(text) ? `${text}b` : text, SIZES, "a size such as 500MB");

/** A whole number from 1. @throws {CliError} `ERR_USAGE` */
export function wholeOf(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) throw notA(text, "a whole number from 1");
  return value;
}

function measureOf(text: string, units: Readonly<Record<string, number>>, what: string): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]+)$/.exec(text) ?? [];
  const factor = new Map(Object.entries(units)).get(unit.toLowerCase());
  if (factor === undefined) throw notA(text, what);
  return Math.round(Number(digits) * factor);
}

const notA = (text: string, what: string): CliError =>
  new CliError(EXIT.usage, "ERR_USAGE", `Cannot use ${safeText(text, 40)}: ${what} expected`);
