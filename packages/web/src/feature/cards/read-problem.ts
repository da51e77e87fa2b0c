/** Why what was read is no card, in words. */
import type { CardReading } from "@kith/sdk";
import { day } from "../../ui/day.ts";
import type { ReadWords } from "./read-words.ts";

export function problemOf(
  words: ReadWords,
  reading: Exclude<CardReading, { type: "card" | "contacts" | "kept" }>,
): string {
  switch (reading.type) {
    case "more":
      return words.more(reading.have, reading.count);
    case "foreign": {
      const { link } = reading;
      const ended = link.form === "solidarity-share" ? link.expiresAt : undefined;
      const said = words.foreign[link.form];
      return ended === undefined || ended > Date.now() ? said : `${said} ${words.foreignEnded(day(ended))}`;
    }
    case "unknown":
      return words.unknown;
    case "broken":
      return BROKEN[reading.code]?.(words) ?? words.broken;
  }
}

const BROKEN: Readonly<Record<string, (words: ReadWords) => string>> = {
  ERR_TOO_LARGE: (words) => words.tooLarge,
  ERR_EXPIRED: (words) => words.expired,
  ERR_CARD_STATE: (words) => words.used,
  ERR_CARD_UNKNOWN: (words) => words.nowhere,
  ERR_NOT_YET: (words) => words.notYet,
};
