/** What alarms say: what happened, and what a person does now. */
import type { Alarm } from "@kith/sdk";
import { wordsIn } from "../ui/language.ts";

interface KindWords {
  readonly title: (name: string) => string;
  readonly what: string;
  readonly todo: (name: string) => string;
  /** What they say who dismiss it. */
  readonly sure: (name: string) => string;
}

interface Words {
  readonly alarms: string;
  readonly somebody: string;
  readonly dealWith: string;
  readonly dismiss: string;
  readonly found: string;
  readonly show: (name: string) => string;
  readonly kinds: Readonly<Record<Alarm["kind"], KindWords>>;
}

const en: Words = {
  alarms: "Alarms",
  somebody: "somebody whom you know no more",
  dealWith: "I have dealt with it …",
  dismiss: "Dismiss the alarm",
  found: "The key that answered:",
  show: (name) => `See ${name}`,
  kinds: {
    "key-changed": {
      title: (name) => `Changed key: it was not ${name} who answered`,
      what: "Where this contact's key was expected, another answered. Nothing was sent to it.",
      todo: (name) =>
        `Ask ${name} in another way, by phone or in person, whether the device or Kith is new. If so: forget the contact and pair again, face to face. If not, somebody is in between: use another network.`,
      sure: (name) => `I asked ${name} in another way, and know why the key is another`,
    },
    "runs-twice": {
      title: (name) => `${name} seems to be in two places at once`,
      what: "This contact's key is used by two that know nothing of each other: a copy of it, or a theft.",
      todo: (name) => `Ask ${name} in another way whether both are theirs. Until then, say nothing here that matters.`,
      sure: (name) => `I asked ${name} in another way, and both are theirs`,
    },
    "runs-elsewhere": {
      title: () => "Your identity is used somewhere else, too",
      what: "What contacts send you goes over to another place with your key, again and again.",
      todo: () =>
        "Is Kith open with this identity in another browser or on another device? Close it there. If it is not yours, your key was copied: tell your contacts, erase everything here and begin anew.",
      sure: () => "The other place is mine, and closed now",
    },
  },
};

const de: Words = {
  alarms: "Alarme",
  somebody: "jemand, den du nicht mehr kennst",
  dealWith: "Ich habe mich darum gekümmert …",
  dismiss: "Alarm schließen",
  found: "Der Schlüssel, der antwortete:",
  show: (name) => `${name} ansehen`,
  kinds: {
    "key-changed": {
      title: (name) => `Geänderter Schlüssel: Nicht ${name} hat geantwortet`,
      what: "Wo der Schlüssel dieses Kontakts erwartet wurde, antwortete ein anderer. Ihm wurde nichts gesendet.",
      todo: (name) =>
        `Frag ${name} auf anderem Weg, am Telefon oder persönlich, ob das Gerät oder Kith neu ist. Wenn ja: den Kontakt vergessen und neu verbinden, von Angesicht zu Angesicht. Wenn nein, ist jemand dazwischen: nutze ein anderes Netz.`,
      sure: (name) => `Ich habe ${name} auf anderem Weg gefragt und weiß, warum der Schlüssel ein anderer ist`,
    },
    "runs-twice": {
      title: (name) => `${name} scheint an zwei Orten zugleich zu sein`,
      what: "Den Schlüssel dieses Kontakts benutzen zwei, die nichts voneinander wissen: eine Kopie, oder ein Diebstahl.",
      todo: (name) => `Frag ${name} auf anderem Weg, ob es beide selbst sind. Bis dahin: nichts Wichtiges hier sagen.`,
      sure: (name) => `Ich habe ${name} auf anderem Weg gefragt, es sind beide selbst`,
    },
    "runs-elsewhere": {
      title: () => "Deine Identität wird noch woanders benutzt",
      what: "Was Kontakte dir senden, geht immer wieder an einen anderen Ort mit deinem Schlüssel über.",
      todo: () =>
        "Ist Kith mit dieser Identität in einem anderen Browser oder Gerät offen? Schließ es dort. Wenn das nicht du bist, wurde dein Schlüssel kopiert: Sag es deinen Kontakten, lösche hier alles und fang neu an.",
      sure: () => "Der andere Ort ist meiner und jetzt geschlossen",
    },
  },
};

export const useAlarmWords: () => Words = wordsIn({ en, de });
