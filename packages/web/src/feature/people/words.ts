/** What the list of people says; each of its sheets has words of its own, which come with it. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  people: "People",
  add: "Add",
  cards: "Cards",
  you: "You are",
  oneTime: "Here for one visit: when this page closes, your key and your contacts are gone.",
  oneTimeHttp:
    "Here for one visit: this page came over http, and whoever is on this network may change what such a page does. So it keeps no key: when it closes, yours and your contacts are gone. Over https, or on the device that runs the node, you can stay.",
  contacts: "Contacts",
  choose: "Choose somebody to see how you know them",
  near: "Near you",
  nobody: "Nobody yet",
  why: "Why is somebody missing?",
  nobodyHow: "Whoever is on this network and runs Kith appears here. For anybody else: Add.",
  pair: "Pair",
  unnamed: "Somebody without a name",
  isHere: "here",
  details: "Details",
  blocked: "Blocked",
  since: (day: string) => `since ${day}`,
  unblock: "Unblock",
  verifiedBy: {
    qr: "verified by QR code",
    pin: "verified by code",
    code: "verified by join code",
    words: "verified by five words",
    "first-use": "not verified: trusted at first use",
    pinned: "verified: key given",
  },
};

const de: typeof en = {
  people: "Leute",
  add: "Hinzufügen",
  cards: "Karten",
  you: "Du bist",
  oneTime: "Hier für einen Besuch: Wenn diese Seite schließt, sind dein Schlüssel und deine Kontakte weg.",
  oneTimeHttp:
    "Hier für einen Besuch: Diese Seite kam über http, und wer in diesem Netz ist, kann ändern, was so eine Seite tut. Darum behält sie keinen Schlüssel: Wenn sie schließt, sind deiner und deine Kontakte weg. Über https, oder auf dem Gerät des Knotens, kannst du bleiben.",
  contacts: "Kontakte",
  choose: "Wähle jemanden, um zu sehen, woher ihr euch kennt",
  near: "In der Nähe",
  nobody: "Noch niemand",
  why: "Warum fehlt jemand?",
  nobodyHow: "Wer in diesem Netz ist und Kith nutzt, erscheint hier. Für alle anderen: Hinzufügen.",
  pair: "Verbinden",
  unnamed: "Jemand ohne Namen",
  isHere: "da",
  details: "Einzelheiten",
  blocked: "Blockiert",
  since: (day: string) => `seit ${day}`,
  unblock: "Nicht mehr blockieren",
  verifiedBy: {
    qr: "geprüft per QR-Code",
    pin: "geprüft per Code",
    code: "geprüft per Verbindungscode",
    words: "geprüft per fünf Wörtern",
    "first-use": "nicht geprüft: beim ersten Mal vertraut",
    pinned: "geprüft: Schlüssel vorgegeben",
  },
};

export const useWords: () => typeof en = wordsIn({ en, de });
