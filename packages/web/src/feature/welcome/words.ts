/** What the first screen says. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  title: "Kith",
  promise: "Talk, share and draw with people you know, straight from device to device. No account.",
  name: "What should others see?",
  hint: "A name of your choice. Only people you pair with, or who are near, see it.",
  begin: "Begin",
  visit: "For this visit only",
  visitHow: "Closing the page ends this identity and all that was said.",
  keep: "Keep me on this device",
  keepHow: "Your key and contacts stay here, sealed; what you say stays only where you choose so.",
  passphrase: "Passphrase (recommended)",
  passphraseHow: "Without one, whoever uses this browser profile can open it. It cannot be recovered.",
  passkey: "Open it with a passkey: finger, face, PIN or a key to touch",
  sealing: "Sealing your key …",
  restore: "I have a backup",
  onlyVisit:
    "This page came without TLS, so the browser keeps nothing safe here: your identity lasts for this visit. To stay, open it on the machine that runs Kith, or over https.",
  noStorage:
    "The browser lets this page keep nothing, as in some private windows or where a person has forbidden it: your identity lasts for this visit. To stay, allow this site to store data (the sign beside the address), or open it in a window that is not private, and load it again.",
  host: "Whoever serves this page could change it at any visit. Who must not trust that uses the kith command, or serves a copy of their own.",
};

const de: typeof en = {
  title: "Kith",
  promise: "Reden, teilen und zeichnen mit Leuten, die man kennt, direkt von Gerät zu Gerät. Ohne Konto.",
  name: "Was sollen andere sehen?",
  hint: "Ein Name nach Wahl. Ihn sehen nur Leute in der Nähe und solche, mit denen man sich verbindet.",
  begin: "Los",
  visit: "Nur für diesen Besuch",
  visitHow: "Schließt man die Seite, endet diese Identität und alles Gesagte.",
  keep: "Auf diesem Gerät behalten",
  keepHow: "Schlüssel und Kontakte bleiben versiegelt hier; Gesagtes nur, wo du es willst.",
  passphrase: "Passphrase (empfohlen)",
  passphraseHow: "Ohne sie kann es öffnen, wer dieses Browserprofil benutzt. Sie lässt sich nicht wiederherstellen.",
  passkey: "Mit einem Passkey öffnen: Finger, Gesicht, PIN oder ein Stick zum Berühren",
  sealing: "Dein Schlüssel wird versiegelt …",
  restore: "Ich habe eine Sicherung",
  onlyVisit:
    "Diese Seite kam ohne TLS, deshalb kann der Browser hier nichts sicher behalten: Die Identität gilt für diesen Besuch. Wer bleiben will, öffnet sie auf dem Rechner, der Kith ausführt, oder über https.",
  noStorage:
    "Der Browser lässt diese Seite nichts aufbewahren, wie in manchen privaten Fenstern oder wo es verboten wurde: Die Identität gilt für diesen Besuch. Wer bleiben will, erlaubt der Seite das Speichern (das Zeichen neben der Adresse) oder öffnet sie in einem nicht privaten Fenster und lädt sie neu.",
  host: "Wer diese Seite ausliefert, könnte sie bei jedem Besuch ändern. Wer dem nicht trauen darf, nimmt den Befehl kith oder liefert sich selbst eine Kopie aus.",
};

export const useWords: () => typeof en = wordsIn({ en, de });
