/** What is said to somebody who makes a backup. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  title: "Make a backup",
  how: "One file with your identity, your contacts with what you noted, whom you blocked, your cards and those that you keep. Only its passphrase opens it, and whoever has both is you.",
  not: "Not in it: chats, rooms, files and what you allowed somebody. Those you give again.",
  passphrase: "Passphrase of the backup",
  length: "At least 8 characters; better some words that you do not use elsewhere. Nobody can reset it.",
  again: "Once more",
  differ: "The two are not the same.",
  seconds: "Takes a few seconds.",
  making: "Sealing …",
  make: "Make the backup",
  made: (records: number) => `The backup is made, and sealed. Contacts, cards and other records in it: ${records}.`,
  damaged: (count: number) => `Could not be read, and is not in it: ${count}.`,
  photosLeft: (count: number) => `Photos that had no room, and are not in it: ${count}.`,
  keep: "Keep it somewhere else than on this device. To use it: “I have a backup” on the first screen, or “Restore a backup” here.",
  save: "Save the file",
};

const de: typeof en = {
  title: "Sicherung machen",
  how: "Eine Datei mit deiner Identität, deinen Kontakten und was du dir zu ihnen notiert hast, wen du blockiert hast, deinen Karten und denen, die du hast. Nur ihre Passphrase öffnet sie, und wer beides hat, ist du.",
  not: "Nicht darin: Chats, Räume, Dateien, und was du jemandem erlaubt hast. Das gibst du neu.",
  passphrase: "Passphrase der Sicherung",
  length: "Mindestens 8 Zeichen; besser einige Wörter, die du sonst nirgends benutzt. Niemand kann sie zurücksetzen.",
  again: "Noch einmal",
  differ: "Die beiden sind verschieden.",
  seconds: "Dauert ein paar Sekunden.",
  making: "Wird versiegelt …",
  make: "Sicherung machen",
  made: (records: number) =>
    `Die Sicherung ist gemacht und versiegelt. Kontakte, Karten und anderes darin: ${records}.`,
  damaged: (count: number) => `Nicht lesbar, und nicht darin: ${count}.`,
  photosLeft: (count: number) => `Fotos, für die kein Platz war, und die nicht darin sind: ${count}.`,
  keep: "Hebe sie woanders auf als auf diesem Gerät. Zum Einspielen: „Ich habe eine Sicherung“ auf der ersten Seite, oder „Sicherung einspielen“ hier.",
  save: "Datei speichern",
};

export const useBackupWords: () => typeof en = wordsIn({ en, de });
