/** What is said before one is in, and after one has left. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  locked: "Locked",
  lockedHow: "Your key and all that is kept here are sealed by your passphrase.",
  lockedByPasskey:
    "Your key and all that is kept here are sealed by your passkey: a finger, a face, a PIN or a key to touch.",
  passphrase: "Passphrase",
  unlock: "Unlock",
  unlockByPasskey: "Unlock with the passkey",
  lost: "Lost it? Erase everything",
  backupHow: "With a backup of your identity you can come back after that.",
  opening: "Making the key of your passphrase, which takes some seconds …",
  later: (time: string) => `Too many wrong ones: the next try counts from ${time}.`,
  erase: "Forgot it? Erase everything",
  following: "Kith is open in another tab",
  followingHow: "One identity is in one place at a time, so that nothing is said twice.",
  take: "Use it here",
  cleared: "The browser has cleared what Kith kept here",
  clearedHow:
    "Contacts, chats and files that were on this device are gone. What was shown as arrived is at the others. As long as this page is open you are still who you were: keep that, and add your contacts again.",
  clearedGuard: "A passphrase or passkey sealed it. Until you set one again under You, the browser alone keeps it.",
  keepAgain: "Keep me here again",
  anew: "Begin as somebody new",
  veiled: "Hidden while you look elsewhere",
  erased: "Everything is erased",
  erasedHow: "This is what the browser still lists of this place:",
  nothing: "Nothing.",
  databases: "Databases",
  files: "Files",
  caches: "Caches",
  again: "Begin anew",
};

const de: typeof en = {
  locked: "Gesperrt",
  lockedHow: "Dein Schlüssel und alles Aufbewahrte sind mit deiner Passphrase versiegelt.",
  lockedByPasskey:
    "Dein Schlüssel und alles Aufbewahrte sind mit deinem Passkey versiegelt: Finger, Gesicht, PIN oder ein Stick zum Berühren.",
  passphrase: "Passphrase",
  unlock: "Entsperren",
  unlockByPasskey: "Mit dem Passkey entsperren",
  lost: "Verloren? Alles löschen",
  backupHow: "Mit einer Sicherung deiner Identität kannst du danach zurückkommen.",
  opening: "Macht aus deiner Passphrase den Schlüssel, was einige Sekunden dauert …",
  later: (time: string) => `Zu viele falsche: Der nächste Versuch zählt ab ${time}.`,
  erase: "Vergessen? Alles löschen",
  following: "Kith ist in einem anderen Tab offen",
  followingHow: "Eine Identität ist immer nur an einem Ort, damit nichts doppelt gesagt wird.",
  take: "Hier benutzen",
  cleared: "Der Browser hat gelöscht, was Kith hier aufbewahrte",
  clearedHow:
    "Kontakte, Chats und Dateien auf diesem Gerät sind weg. Was als angekommen gezeigt wurde, ist bei den anderen. Solange diese Seite offen ist, bist du noch, wer du warst: Behalte das, und füge deine Kontakte neu hinzu.",
  clearedGuard:
    "Eine Passphrase oder ein Passkey hat es versiegelt. Bis du unter „Du“ wieder etwas setzt, bewahrt es der Browser allein.",
  keepAgain: "Mich hier wieder behalten",
  anew: "Als jemand Neues beginnen",
  veiled: "Verborgen, solange du woanders bist",
  erased: "Alles ist gelöscht",
  erasedHow: "Das führt der Browser für diesen Ort noch auf:",
  nothing: "Nichts.",
  databases: "Datenbanken",
  files: "Dateien",
  caches: "Zwischenspeicher",
  again: "Neu beginnen",
};

export const useWords: () => typeof en = wordsIn({ en, de });
