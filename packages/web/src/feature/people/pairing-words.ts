/** What a pairing that goes on says. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  qrTitle: "Show this code",
  pinTitle: "Show these digits",
  pairingWith: (name: string) => `Pairing with ${name}`,
  unnamed: "somebody without a name",
  failedTitle: "That did not work",
  waitingForThem: "Waiting for the other person …",
  qr: "QR code for the other person's camera",
  qrHow:
    "The other one scans it with the camera, or opens the link. It is for one person: whoever has it can claim to be the one beside you.",
  link: "Link",
  goodUntil: (time: string) => `Good until ${time}.`,
  showPin: "Tell the other person these digits",
  enterPin: "Type the digits that the other screen shows",
  triesLeft: (count: number) => (count === 1 ? "One try left" : `${count} tries left`),
  compare: "Are these five words the same on both screens?",
  compareHow: "Read them to each other. If they differ, somebody is in between.",
  same: "They are the same",
  differ: "They differ",
  consent: (name: string) => `Is this ${name}?`,
  claims: {
    known: "The name is what the other side calls itself. The code was right: nobody in between knows it.",
    unproven: "The name is what the other side calls itself. Nothing was compared: it is not verified.",
    words: "The name is what the other side calls itself. You said that the words are the same: nobody is in between.",
  },
  yes: "Yes, add",
  no: "No",
  done: (name: string) => `${name} is a contact now.`,
  gone: "The time is over, or the code was used.",
  ok: "OK",
  failed: {
    "wrong-code": "It was another code. It is used up for both: make a new one.",
    expired: "The code is too old: make a new one.",
    denied: "One of the two said no.",
    cancelled: "Cancelled.",
    mismatch:
      "The two sides do not match: somebody may be in between. Nothing was told to it. Try again on another network.",
    blocked: "One of the two has blocked the other.",
    protocol: "The other side did something that is not understood.",
    paused: "Too many tries in a short time: wait half a minute, then try again.",
    unreachable: "It does not answer.",
    "key-changed": "Changed key: another key answered than the one that is known. Nothing was told to it.",
  },
};

const de: typeof en = {
  qrTitle: "Diesen Code zeigen",
  pinTitle: "Diese Ziffern zeigen",
  pairingWith: (name: string) => `Verbinden mit ${name}`,
  unnamed: "jemand ohne Namen",
  failedTitle: "Das hat nicht geklappt",
  waitingForThem: "Warte auf die andere Person …",
  qr: "QR-Code für die Kamera der anderen Person",
  qrHow:
    "Die andere Seite scannt ihn mit der Kamera oder öffnet den Link. Er ist für eine Person: Wer ihn hat, kann sich als die Person neben dir ausgeben.",
  link: "Link",
  goodUntil: (time: string) => `Gültig bis ${time}.`,
  showPin: "Sag der anderen Person diese Ziffern",
  enterPin: "Gib die Ziffern ein, die der andere Bildschirm zeigt",
  triesLeft: (count: number) => (count === 1 ? "Noch ein Versuch" : `Noch ${count} Versuche`),
  compare: "Sind diese fünf Wörter auf beiden Bildschirmen gleich?",
  compareHow: "Lest sie einander vor. Sind sie verschieden, ist jemand dazwischen.",
  same: "Sie sind gleich",
  differ: "Sie sind verschieden",
  consent: (name: string) => `Ist das ${name}?`,
  claims: {
    known: "Den Namen gibt die andere Seite selbst an. Der Code stimmte: Niemand dazwischen kennt ihn.",
    unproven: "Den Namen gibt die andere Seite selbst an. Nichts wurde verglichen: Sie ist nicht geprüft.",
    words: "Den Namen gibt die andere Seite selbst an. Du sagst, die Wörter sind gleich: Niemand ist dazwischen.",
  },
  yes: "Ja, hinzufügen",
  no: "Nein",
  done: (name: string) => `${name} ist jetzt ein Kontakt.`,
  gone: "Die Zeit ist um, oder der Code wurde benutzt.",
  ok: "OK",
  failed: {
    "wrong-code": "Es war ein anderer Code. Er ist für beide verbraucht: bitte einen neuen machen.",
    expired: "Der Code ist zu alt: bitte einen neuen machen.",
    denied: "Eine der beiden Seiten hat abgelehnt.",
    cancelled: "Abgebrochen.",
    mismatch:
      "Die beiden Seiten passen nicht zueinander: Vielleicht ist jemand dazwischen. Ihm wurde nichts gesagt. Versucht es in einem anderen Netz.",
    blocked: "Eine Seite hat die andere blockiert.",
    protocol: "Die andere Seite tat etwas Unverständliches.",
    paused: "Zu viele Versuche in kurzer Zeit: warte eine halbe Minute und versuch es noch einmal.",
    unreachable: "Keine Antwort.",
    "key-changed": "Geänderter Schlüssel: Es antwortete ein anderer als der bekannte. Ihm wurde nichts gesagt.",
  },
};

export const usePairingWords: () => typeof en = wordsIn({ en, de });
