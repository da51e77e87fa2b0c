/** What is said about files in a chat. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  attach: "Attach a picture or file",
  voice: "Record a voice message",
  stop: "Stop recording",
  drop: "Discard it",
  recording: "Recording",
  sendVoice: "Send the recording",
  voiceName: "Voice message",
  noPlace: "The browser has no place for files of this page: open it over https, or on the machine that runs Kith.",
  noPicture: (name: string) =>
    `${name} is no picture that can be drawn anew here, so it is not sent as one: it would be sent with all that is in it.`,
  microphone: {
    denied: "The microphone is not allowed: allow it for this page in the browser's settings, then try again.",
    none: "This device has no microphone, or another program has it.",
    insecure: "Browsers give a microphone to secure pages alone: open Kith over https or on the machine that runs it.",
  },
  offers: (name: string, count: number) => (count === 1 ? `${name} offers a file` : `${name} offers ${count} files`),
  came: "Files that came",
  removeFile: (name: string) => `Remove ${name} from this device`,
  accept: "Accept",
  fetch: "Fetch",
  decline: "Decline",
  cancel: "Cancel",
  save: "Save",
  rate: (rate: string) => `${rate}/s`,
  notShown: "It is not shown: no picture, or one too large.",
  play: "Play",
  pause: "Pause",
  position: "Position",
  states: {
    offered: "offered",
    waiting: "waits",
    active: "on its way",
    done: "here",
    declined: "declined",
    cancelled: "cancelled",
    failed: "failed",
    gone: "not here any more",
  },
  arrived: "arrived",
};

const de: typeof en = {
  attach: "Bild oder Datei anhängen",
  voice: "Sprachnachricht aufnehmen",
  stop: "Aufnahme beenden",
  drop: "Verwerfen",
  recording: "Aufnahme läuft",
  sendVoice: "Aufnahme senden",
  voiceName: "Sprachnachricht",
  noPlace:
    "Der Browser hat keinen Platz für Dateien dieser Seite: über https öffnen oder auf dem Rechner, der Kith ausführt.",
  noPicture: (name: string) =>
    `${name} ist kein Bild, das hier neu gezeichnet werden kann, und wird nicht als Bild gesendet: Es ginge mit allem, was darin ist.`,
  microphone: {
    denied:
      "Das Mikrofon ist nicht erlaubt: in den Einstellungen des Browsers für diese Seite erlauben, dann noch einmal.",
    none: "Dieses Gerät hat kein Mikrofon, oder ein anderes Programm hat es.",
    insecure:
      "Browser geben nur sicheren Seiten ein Mikrofon: Kith über https öffnen oder auf dem Rechner, der es ausführt.",
  },
  offers: (name: string, count: number) =>
    count === 1 ? `${name} bietet eine Datei an` : `${name} bietet ${count} Dateien an`,
  came: "Angekommene Dateien",
  removeFile: (name: string) => `${name} von diesem Gerät entfernen`,
  accept: "Annehmen",
  fetch: "Holen",
  decline: "Ablehnen",
  cancel: "Abbrechen",
  save: "Speichern",
  rate: (rate: string) => `${rate}/s`,
  notShown: "Wird nicht gezeigt: kein Bild oder ein zu großes.",
  play: "Abspielen",
  pause: "Anhalten",
  position: "Stelle",
  states: {
    offered: "angeboten",
    waiting: "wartet",
    active: "unterwegs",
    done: "hier",
    declined: "abgelehnt",
    cancelled: "abgebrochen",
    failed: "fehlgeschlagen",
    gone: "nicht mehr hier",
  },
  arrived: "angekommen",
};

export const useAttachmentWords: () => typeof en = wordsIn({ en, de });
