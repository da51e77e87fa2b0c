/** What Files says. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  files: "Files",
  offer: "Offer files",
  offerHow: "Or drop them here. Members who want one fetch it from whoever has it.",
  none: "No files yet",
  noPlace: "The browser has no place for files of this page: open it over https, or on the machine that runs Kith.",
  from: (name: string) => `from ${name}`,
  sources: (count: number) => (count === 1 ? "1 member has it" : `${count} members have it`),
  states: { offered: "offered", fetching: "fetching", have: "here", failed: "failed", gone: "gone" },
  fetch: "Fetch",
  again: "Go on",
  cancel: "Stop",
  save: "Save",
  show: "Show",
  notShown: "It cannot be shown: it is no picture, or too large.",
  rate: (rate: string) => `${rate}/s`,
  giveFile: (name: string) => `Choose ${name} again to go on giving it`,
  allow: (name: string) => `Allow ${name} again`,
  hashing: "Being prepared …",
};

const de: typeof en = {
  files: "Dateien",
  offer: "Dateien anbieten",
  offerHow: "Oder hierher ziehen. Wer eine will, holt sie von allen, die sie haben.",
  none: "Noch keine Dateien",
  noPlace:
    "Der Browser hat keinen Platz für Dateien dieser Seite: über https öffnen oder auf dem Rechner, der Kith ausführt.",
  from: (name: string) => `von ${name}`,
  sources: (count: number) => (count === 1 ? "1 Mitglied hat sie" : `${count} Mitglieder haben sie`),
  states: { offered: "angeboten", fetching: "wird geholt", have: "hier", failed: "fehlgeschlagen", gone: "weg" },
  fetch: "Holen",
  again: "Weiter",
  cancel: "Anhalten",
  save: "Speichern",
  show: "Zeigen",
  notShown: "Das lässt sich nicht zeigen: Es ist kein Bild oder zu groß.",
  rate: (rate: string) => `${rate}/s`,
  giveFile: (name: string) => `${name} erneut wählen, um sie weiter anzubieten`,
  allow: (name: string) => `${name} wieder erlauben`,
  hashing: "Wird vorbereitet …",
};

export const useWords: () => typeof en = wordsIn({ en, de });
