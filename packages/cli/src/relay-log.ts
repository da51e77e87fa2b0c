/**
 * What of a relay's log somebody at a terminal wants to read, in words. The log itself is for programs: one line of
 * JSON an event (docs/relay.md).
 *
 * @module
 */
import { safeText } from "./render/terminal-text.ts";

const WORDS: Readonly<Record<string, string>> = {
  "store.failed": "The relay cannot write or read its store",
  "store.damaged": "The relay's store is damaged",
  "backup.failed": "The backup was not made",
  "tls.unusable": "The certificate cannot be used; the one before stays",
};

const DETAIL_MAX = 200;

/** @returns `undefined`: it is no trouble */
export function troubleWords(line: string): string | undefined {
  const { level, event, reason, help }: Record<string, unknown> = JSON.parse(line); // of our own relay
  if (level === "info" || typeof event !== "string") return undefined;
  const why = typeof reason === "string" ? `: ${safeText(reason, DETAIL_MAX)}` : "";
  const cure = typeof help === "string" ? `. Mend it by \`${safeText(help, DETAIL_MAX)}\`` : "";
  return `${WORDS[event] ?? safeText(event)}${why}${cure}`;
}
