/** What History says. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  history: "Earlier versions",
  waiting: "Fetching it …",
  how: "Kept on this device alone, when nobody has edited for two minutes: 60 at most, old ones go first.",
  none: "None yet. The first one comes two minutes after somebody wrote or drew.",
  name: "Name of this version",
  keep: "Keep",
  back: "All versions",
  bringBack: "Bring it back",
  bringBackHow: "For everybody in the room. What is there now stays in this list.",
  said: {
    kept: "Kept.",
    broughtBack: "Brought back. What was there before is in the list.",
    failed: "That did not work: this device may be full, or the version is gone.",
  },
  you: "you",
  formerMember: "a former member",
  nobody: "nobody knows any more who",
  brought: (names: string) => `brought by ${names}`,
  isBroughtBack: (when: string) => `that of ${when} again`,
};

const de: typeof en = {
  history: "Frühere Stände",
  waiting: "Wird geholt …",
  how: "Nur auf diesem Gerät aufgehoben, wenn zwei Minuten lang niemand etwas geändert hat: höchstens 60, alte gehen zuerst.",
  none: "Noch keiner. Der erste kommt zwei Minuten, nachdem jemand geschrieben oder gezeichnet hat.",
  name: "Name dieses Stands",
  keep: "Aufheben",
  back: "Alle Stände",
  bringBack: "Zurückholen",
  bringBackHow: "Für alle im Raum. Was jetzt da ist, bleibt in dieser Liste.",
  said: {
    kept: "Aufgehoben.",
    broughtBack: "Zurückgeholt. Was vorher da war, steht in der Liste.",
    failed: "Das ging nicht: Vielleicht ist dieses Gerät voll, oder der Stand ist nicht mehr da.",
  },
  you: "du",
  formerMember: "ein früheres Mitglied",
  nobody: "niemand weiß mehr, wer",
  brought: (names: string) => `gebracht von ${names}`,
  isBroughtBack: (when: string) => `wieder der von ${when}`,
};

export const useWords: () => typeof en = wordsIn({ en, de });
