/** What Page says. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  page: "Shared text",
  waiting: "Fetching the text from a member …",
  past: "The text as it was",
  empty: "There was no text.",
};

const de: typeof en = {
  page: "Gemeinsamer Text",
  waiting: "Der Text kommt von einem Mitglied …",
  past: "Der Text, wie er war",
  empty: "Da war kein Text.",
};

export const useWords: () => typeof en = wordsIn({ en, de });
