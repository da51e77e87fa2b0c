/**
 * Codes that one person tells another: six digits, or a number and two words. Shown as one reads them out,
 * and taken as people type them.
 *
 * @module
 */
import { safeText } from "./terminal-text.ts";

/** `123 456`; words as they are. */
export const shownCode = (code: string): string =>
  /^\d{6}$/.test(code) ? `${code.slice(0, 3)} ${code.slice(3)}` : safeText(code);

/** Digits without what stands between them; words with a hyphen between them, in small letters. */
export function typedCode(typed: string): string {
  const parts = typed
    .trim()
    .toLowerCase()
    .split(/[\s-]+/);
  return parts.join(parts.every((part) => /^\d*$/.test(part)) ? "" : "-");
}
