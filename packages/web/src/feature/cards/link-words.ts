/** What is said on the page of a link, to somebody who may not know Kith. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  title: "Somebody gives you their card",
  what: "This page is Kith's, served by the address above. It keeps nothing, and asks no other site for anything.",
  show: "Show the card",
  kith: "If you have Kith",
  withKith: {
    asks: "Open the link there instead: Kith says whether you know the key that signed the card, and keeps it if you like. It fetches the card itself, which counts as one use.",
    taken:
      "Kith says whether you know the key that signed the card, and keeps it if you like. By the link it is fetched again, which counts as another use; the text below needs none.",
    whole: "Kith says whether you know the key that signed the card, and keeps it if you like.",
  },
  open: "Open in Kith",
  elsewhere: "For Kith on another device or address",
  card: "The card",
  notVerified: "Signed, and not verified.",
  holds: "Nothing in it was changed since it was signed, with the key below.",
  unknown:
    "Whose key that is, this page cannot say: it knows nobody. Anybody can make a key and write any name beside it.",
  shownAgain: "Whoever has the link can show it again. It says who signed, not who sent it.",
  isPrivate: "Its signer asks that you do not pass it on.",
  save: "Save as vCard",
  signedOn: "Signed",
  endsOn: "Holds until",
  linkEnds: "Link until",
  key: "Key",
  signed: "The signed card, for Kith",
  signedHow:
    "Paste it in Kith under Cards ▸ Receive: it holds the signature, and needs no other use of the link. The photo is not in it. A saved vCard holds no signature.",
  refusals: {
    empty: "This address has no link in it: what belongs behind the # is missing. Open the whole link.",
    "other-host":
      "This link was made for another address than this one. Somebody changed it, or copied it wrongly. Nothing was fetched.",
    plain: "This link was opened without https, where others could change what you see. Nothing was fetched.",
    unfit: "What came is not what this link leads to. Nothing of it is shown.",
    busy: "Too many are asking there at the moment. Try again in a minute: nothing was counted.",
    silent: "It does not answer, or says no. Try again later.",
  },
};

const de: typeof en = {
  title: "Jemand gibt dir eine Karte",
  what: "Diese Seite gehört zu Kith und kommt von der Adresse oben. Sie merkt sich nichts und fragt keine andere Site.",
  show: "Karte zeigen",
  kith: "Wenn du Kith hast",
  withKith: {
    asks: "Öffne den Link dort: Kith sagt, ob du den Schlüssel kennst, der die Karte signiert hat, und behält sie, wenn du magst. Es holt die Karte selbst, und das zählt als einmal.",
    taken:
      "Kith sagt, ob du den Schlüssel kennst, der die Karte signiert hat, und behält sie, wenn du magst. Über den Link wird sie noch einmal geholt, und das zählt wieder als einmal; der Text unten braucht das nicht.",
    whole: "Kith sagt, ob du den Schlüssel kennst, der die Karte signiert hat, und behält sie, wenn du magst.",
  },
  open: "In Kith öffnen",
  elsewhere: "Für Kith auf einem anderen Gerät oder unter einer anderen Adresse",
  card: "Die Karte",
  notVerified: "Signiert, und nicht geprüft.",
  holds: "Nichts darin wurde geändert, seit sie signiert wurde, mit dem Schlüssel unten.",
  unknown:
    "Wessen Schlüssel das ist, kann diese Seite nicht sagen: Sie kennt niemanden. Jeder kann einen Schlüssel machen und irgendeinen Namen dazuschreiben.",
  shownAgain: "Wer den Link hat, kann ihn noch einmal zeigen. Er sagt, wer signiert hat, nicht wer ihn geschickt hat.",
  isPrivate: "Wer sie signiert hat, bittet, sie nicht weiterzugeben.",
  save: "Als vCard speichern",
  signedOn: "Signiert",
  endsOn: "Gilt bis",
  linkEnds: "Link bis",
  key: "Schlüssel",
  signed: "Die signierte Karte, für Kith",
  signedHow:
    "Füge sie in Kith unter Karten ▸ Bekommen ein: Sie enthält die Unterschrift und braucht keine weitere Benutzung des Links. Das Foto ist nicht dabei. Eine gespeicherte vCard hat keine Unterschrift.",
  refusals: {
    empty: "In dieser Adresse ist kein Link: Was hinter das # gehört, fehlt. Öffne den ganzen Link.",
    "other-host":
      "Dieser Link wurde für eine andere Adresse gemacht als diese. Jemand hat ihn geändert oder falsch kopiert. Nichts wurde geholt.",
    plain: "Dieser Link wurde ohne https geöffnet: Andere könnten ändern, was du siehst. Nichts wurde geholt.",
    unfit: "Was kam, ist nicht das, wohin dieser Link führt. Nichts davon wird gezeigt.",
    busy: "Dort fragen gerade zu viele. Versuche es in einer Minute noch einmal: Nichts wurde gezählt.",
    silent: "Es antwortet nicht oder sagt Nein. Versuche es später noch einmal.",
  },
};

export const useLinkWords: () => typeof en = wordsIn({ en, de });
