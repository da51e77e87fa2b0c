/** What is said where a code in words brings two together who are no contacts yet, for a card. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  making: "A code is made at your relay …",
  say: "Say it on the phone, or send it. The other one types it under Cards, Receive.",
  until: (time: string) => `For one person and one try, until ${time}.`,
  copy: "Code",
  meeting: "Proving the code …",
  waiting: (name: string) => `Waiting for ${name} to agree …`,
  coming: (name: string) => `You are contacts. ${name} comes …`,
  consent: (name: string) => `Become contacts with ${name}?`,
  claims: "The name is what the other side calls itself. The code was right: nobody in between knows it.",
  giveNext: "Then the card is offered to them, and they say whether they want it.",
  yes: "Yes, add",
  no: "No",
  stop: "Stop",
  goOn: "Go on",
  take: "I was given a code in words",
  takeHow: "Whoever gave it becomes your contact, once both of you agree, and offers you the card.",
  connect: "Connect",
  comes: (name: string) => `${name} is your contact now. Their card is offered to you in a moment …`,
  close: "Close",
};

const de: typeof en = {
  making: "Ein Code wird bei deinem Relay gemacht …",
  say: "Sag ihn am Telefon, oder schick ihn. Die andere Seite tippt ihn unter Karten, Bekommen ein.",
  until: (time) => `Für eine Person und einen Versuch, bis ${time}.`,
  copy: "Code",
  meeting: "Der Code wird geprüft …",
  waiting: (name) => `Wartet, bis ${name} zustimmt …`,
  coming: (name) => `Ihr seid Kontakte. ${name} kommt …`,
  consent: (name) => `${name} als Kontakt hinzufügen?`,
  claims: "Den Namen gibt die andere Seite selbst an. Der Code stimmte: Niemand dazwischen kennt ihn.",
  giveNext: "Dann wird ihr die Karte angeboten, und sie sagt, ob sie sie will.",
  yes: "Ja, hinzufügen",
  no: "Nein",
  stop: "Stopp",
  goOn: "Weiter",
  take: "Ich habe einen Code in Wörtern",
  takeHow: "Wer ihn dir gab, wird dein Kontakt, wenn beide zustimmen, und bietet dir die Karte an.",
  connect: "Verbinden",
  comes: (name) => `${name} ist jetzt dein Kontakt. Die Karte wird dir gleich angeboten …`,
  close: "Schließen",
};

export const useMeetingWords: () => typeof en = wordsIn({ en, de });
