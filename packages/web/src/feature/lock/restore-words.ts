/** What is said to somebody with a backup. */
import type { HomeBackup } from "@kith/sdk/web";
import { wordsIn } from "../../ui/language.ts";

type Counts = HomeBackup["counts"];

const en = {
  title: "Restore a backup",
  how: "A backup has your identity, your contacts, whom you blocked, and cards. An exported identity has your key and your name alone. Chats, rooms and files are in neither.",
  choose: "Choose the file",
  paste: "Or paste the text of an exported identity",
  whole: "This is a backup of Kith.",
  noBackup: "This is no whole backup of Kith. Nothing was changed.",
  damaged: "This backup was damaged on its way, or is not whole: take another copy. Nothing was changed.",
  newer: "A newer Kith made this backup: update first. Nothing was changed.",
  passphrase: "Passphrase of the backup",
  open: "Open it",
  wrong: {
    file: "This passphrase does not open it. The file is whole. Nothing was changed here.",
    text: "This passphrase does not open it. If you are sure of the passphrase, a letter of the backup was changed: take another copy. Nothing was changed here.",
  },
  seconds: "Takes a few seconds.",
  found: "In the backup",
  made: (when: string) => `Made ${when}`,
  counts: ({ contacts, cards, people }: Counts) =>
    `Contacts: ${contacts}. Your cards: ${cards}. People whose cards you keep: ${people}.`,
  same: "This is who you are here already. There is nothing to do.",
  adds: "This is who you are here. What is missing is added; what is here stays as it is. A contact that you removed since comes back, unless you blocked it.",
  add: "Add what is missing",
  twice: "One identity belongs in one place: if it still runs elsewhere, erase it there, or both will raise an alarm.",
  replaces: (name: string, fingerprint: string) =>
    `It takes the place of ${name} (${fingerprint}). That key, its contacts, chats and files go from this device, and only a backup of it brings the key back.`,
  replacesVisit: (name: string) => `The visit as ${name} ends with it: its key, contacts and chats are gone.`,
  sure: (name: string) => `I have a backup of ${name}, or do not need it any more`,
  guard: "Passphrase for this device (recommended)",
  guardHow: "It may be the same. Without one, whoever uses this browser profile can open it.",
  restore: "Restore",
  replace: "Replace",
};

const de: typeof en = {
  title: "Sicherung einspielen",
  how: "In einer Sicherung sind deine Identität, deine Kontakte, wen du blockiert hast, und Karten. In einer exportierten Identität sind nur dein Schlüssel und dein Name. Chats, Räume und Dateien sind in keiner von beiden.",
  choose: "Datei wählen",
  paste: "Oder den Text einer exportierten Identität einfügen",
  whole: "Das ist eine Sicherung von Kith.",
  noBackup: "Das ist keine vollständige Sicherung von Kith. Es wurde nichts geändert.",
  damaged:
    "Diese Sicherung wurde unterwegs beschädigt, oder sie ist nicht vollständig: Nimm eine andere Kopie. Es wurde nichts geändert.",
  newer: "Diese Sicherung ist von einem neueren Kith: Aktualisiere zuerst. Es wurde nichts geändert.",
  passphrase: "Passphrase der Sicherung",
  open: "Öffnen",
  wrong: {
    file: "Diese Passphrase öffnet sie nicht. Die Datei ist vollständig. Hier wurde nichts geändert.",
    text: "Diese Passphrase öffnet sie nicht. Bist du ihrer sicher, dann wurde ein Zeichen der Sicherung verändert: Nimm eine andere Kopie. Hier wurde nichts geändert.",
  },
  seconds: "Dauert ein paar Sekunden.",
  found: "In der Sicherung",
  made: (when: string) => `Vom ${when}`,
  counts: ({ contacts, cards, people }: Counts) =>
    `Kontakte: ${contacts}. Eigene Karten: ${cards}. Menschen, deren Karten du hast: ${people}.`,
  same: "Das bist du hier schon. Es gibt nichts zu tun.",
  adds: "Das bist du hier. Was fehlt, kommt dazu; was hier ist, bleibt, wie es ist. Ein Kontakt, den du seither entfernt hast, kommt wieder, außer du hast ihn blockiert.",
  add: "Fehlendes hinzufügen",
  twice: "Eine Identität gehört an einen Ort: Läuft sie noch woanders, lösche sie dort, sonst schlagen beide Alarm.",
  replaces: (name: string, fingerprint: string) =>
    `Sie tritt an die Stelle von ${name} (${fingerprint}). Dieser Schlüssel, seine Kontakte, Chats und Dateien verschwinden von diesem Gerät, und nur eine Sicherung bringt den Schlüssel zurück.`,
  replacesVisit: (name: string) => `Der Besuch als ${name} endet damit: Schlüssel, Kontakte und Chats sind weg.`,
  sure: (name: string) => `Ich habe eine Sicherung von ${name}, oder brauche das nicht mehr`,
  guard: "Passphrase für dieses Gerät (empfohlen)",
  guardHow: "Es darf dieselbe sein. Ohne sie kann es öffnen, wer dieses Browserprofil benutzt.",
  restore: "Einspielen",
  replace: "Ersetzen",
};

export const useRestoreWords: () => typeof en = wordsIn({ en, de });
