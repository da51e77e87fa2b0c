/** What the ways to add somebody say. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  addTitle: "Add somebody",
  scanTitle: "Scan a code",
  nowhere:
    "Nobody can be reached from here now: neither this network nor a relay answers. Is the node that serves Kith still there?",
  nowhereHttp:
    "Nobody can be reached from here now. If this page came under a name, open it by the address in digits that its node shows, or over https: over http, a name may lead anywhere, and nothing goes through it.",
  qr: "QR code: side by side",
  qrHow: "One shows it, the other points a camera at it. For two on the same network.",
  qrHowBoth:
    "One shows it, the other points a camera at it. It leads over the network, or the relay, which cannot read along.",
  qrHowRelay: "One shows it, the other points a camera at it. It leads through the relay, which cannot read along.",
  showQr: "Show mine",
  scanQr: "Scan theirs",
  joinCode: "Code in words: anywhere",
  makeCode: "Show a code",
  makeCodeHow: "Say it on the phone, or send it: whoever types it first meets you, once.",
  haveCode: "I was given a code",
  join: "Connect",
  asOneTime: "Answer as somebody else, for this chat alone",
  link: "Link",
  joinQr: "QR code: opens Kith with this code filled in",
  expires: (time: string) => `Good until ${time}, for one person and one try.`,
  meeting: "Proving the code …",
  consent: (name: string) => `Is this ${name}?`,
  claims: "The name is what the other side calls itself. The code was right: nobody in between knows it.",
  yes: "Yes, add",
  no: "No",
  done: (name: string) => `${name} is a contact now.`,
  ok: "OK",
  pin: "Six digits: on this network",
  pinHow: "The other one finds you under “Near you”, chooses Pair and types the digits that you show.",
  showPin: "Show six digits",
  givenPair:
    "A link brought you here: somebody showed you a QR code and waits for you. Was it handed to you in person?",
  pairNow: "Yes, pair with them",
  pairHint:
    "A QR code leads over the same network, or over the relay that it names. Where neither does: a code in words.",
  pairWith: (name: string) => `Pair with ${name}`,
  unnamed: "somebody without a name",
  nameIsClaim: "Anybody can take a name. Either way shows that it is the one beside you, and nobody in between.",
  methods: {
    pin: { name: "Type six digits", how: "Their screen shows six digits, they tell you, you type them here." },
    words: {
      name: "Compare five words",
      how: "Both screens show five words. If they are the same, nobody is in between.",
    },
  },
};

const de: typeof en = {
  addTitle: "Jemanden hinzufügen",
  scanTitle: "Code scannen",
  nowhere:
    "Von hier ist gerade niemand zu erreichen: Weder dieses Netz noch ein Relay antwortet. Läuft der Knoten noch, der Kith ausliefert?",
  nowhereHttp:
    "Von hier ist gerade niemand zu erreichen. Wenn diese Seite unter einem Namen kam, öffne sie unter der Adresse in Ziffern, die ihr Knoten zeigt, oder über https: Über http kann ein Name irgendwohin führen, und nichts geht darüber.",
  qr: "QR-Code: nebeneinander",
  qrHow: "Eine Seite zeigt ihn, die andere hält die Kamera davor. Für zwei im selben Netz.",
  qrHowBoth:
    "Eine Seite zeigt ihn, die andere hält die Kamera davor. Er führt übers Netz oder über das Relay, das nicht mitlesen kann.",
  qrHowRelay:
    "Eine Seite zeigt ihn, die andere hält die Kamera davor. Er führt über das Relay, das nicht mitlesen kann.",
  showQr: "Meinen zeigen",
  scanQr: "Anderen scannen",
  joinCode: "Code in Wörtern: überall",
  makeCode: "Code zeigen",
  makeCodeHow: "Am Telefon sagen oder schicken: Wer ihn zuerst eingibt, trifft dich, einmal.",
  haveCode: "Ich habe einen Code",
  join: "Verbinden",
  asOneTime: "Als jemand anderes antworten, nur für diesen Chat",
  link: "Link",
  joinQr: "QR-Code: öffnet Kith mit diesem Code",
  expires: (time: string) => `Gültig bis ${time}, für eine Person und einen Versuch.`,
  meeting: "Der Code wird geprüft …",
  consent: (name: string) => `Ist das ${name}?`,
  claims: "Den Namen gibt die andere Seite selbst an. Der Code stimmte: Niemand dazwischen kennt ihn.",
  yes: "Ja, hinzufügen",
  no: "Nein",
  done: (name: string) => `${name} ist jetzt ein Kontakt.`,
  ok: "OK",
  pin: "Sechs Ziffern: in diesem Netz",
  pinHow: "Die andere Seite findet dich unter „In der Nähe“, wählt Verbinden und tippt die Ziffern, die du zeigst.",
  showPin: "Sechs Ziffern zeigen",
  givenPair:
    "Ein Link hat dich hergebracht: Jemand hat dir einen QR-Code gezeigt und wartet. Wurde er dir persönlich gezeigt?",
  pairNow: "Ja, verbinden",
  pairHint:
    "Ein QR-Code führt über dasselbe Netz oder über das Relay, das er nennt. Wo beides nicht hinführt: ein Code in Wörtern.",
  pairWith: (name: string) => `Verbinden mit ${name}`,
  unnamed: "jemand ohne Namen",
  nameIsClaim: "Jeder kann sich so nennen. Beide Wege zeigen, dass es die Person neben dir ist und niemand dazwischen.",
  methods: {
    pin: {
      name: "Sechs Ziffern tippen",
      how: "Der andere Bildschirm zeigt sechs Ziffern, sie werden dir gesagt, du tippst sie hier.",
    },
    words: {
      name: "Fünf Wörter vergleichen",
      how: "Beide Bildschirme zeigen fünf Wörter. Sind sie gleich, ist niemand dazwischen.",
    },
  },
};

export const useAddWords: () => typeof en = wordsIn({ en, de });
