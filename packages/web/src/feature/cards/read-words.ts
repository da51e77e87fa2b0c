/** What is said where somebody takes in a card: by camera, picture, text or file. */
import { wordsIn } from "../../ui/language.ts";
import { LINK } from "./link-fault-words.ts";

const en = {
  ...LINK.en,
  title: "Receive a card",
  fromPicture: "Picture of a code",
  fromFile: "vCard file",
  paste: "Link or text",
  pasteHint: "A link to a card, or the text of a vCard.",
  read: "Read it",
  back: "Back",
  more: (have: number, count: number) => `${have} of ${count} parts seen: keep the code before the camera.`,
  noCode: "There is no QR code in that picture, or it is too small or blurred.",
  unknown: "That is no card, and no link to one.",
  fetch: "Fetch it",
  foreign: {
    "solidarity-share":
      "That is a link of the app Solidarity. It names a card and not where it is, and what its signature is over is written down nowhere: no other app can follow it. Ask for a code, a vCard, or a card from Kith.",
    "solidarity-site":
      "That is a link of the app Solidarity's site. It holds a card that nobody signed: whoever made the link could say anything. Kith does not open it. Ask for a vCard, or a card from Kith.",
  },
  foreignEnded: (day: string) => `It also ended on ${day}.`,
  contactsTitle: "Contacts in it",
  unsigned: "Nobody signed this. Whoever made it could write anything.",
  changed:
    "It says that it is signed, and what it says now is not what was signed: somebody or some program changed it. Take it for what anybody could have written.",
  all: "All of them",
  saveThese: (count: number) => (count === 1 ? "Save" : `Save ${count}`),
  none: "There is nothing in it that a card can hold.",
};

const de: typeof en = {
  ...LINK.de,
  title: "Karte bekommen",
  fromPicture: "Bild eines Codes",
  fromFile: "vCard-Datei",
  paste: "Link oder Text",
  pasteHint: "Ein Link zu einer Karte, oder der Text einer vCard.",
  read: "Lesen",
  back: "Zurück",
  more: (have, count) => `${have} von ${count} Teilen gesehen: Halte den Code weiter vor die Kamera.`,
  noCode: "In diesem Bild ist kein QR-Code, oder er ist zu klein oder unscharf.",
  unknown: "Das ist keine Karte und kein Link zu einer.",
  fetch: "Holen",
  foreign: {
    "solidarity-share":
      "Das ist ein Link der App Solidarity. Er nennt eine Karte und nicht, wo sie ist, und worüber seine Unterschrift geht, steht nirgends: Keine andere App kann ihm folgen. Bitte um einen Code, eine vCard oder eine Karte aus Kith.",
    "solidarity-site":
      "Das ist ein Link der Website der App Solidarity. Darin steht eine Karte, die niemand signiert hat: Wer den Link machte, konnte alles schreiben. Kith öffnet ihn nicht. Bitte um eine vCard oder eine Karte aus Kith.",
  },
  foreignEnded: (day) => `Er ist außerdem am ${day} abgelaufen.`,
  contactsTitle: "Kontakte darin",
  unsigned: "Das hat niemand signiert. Wer es machte, konnte alles schreiben.",
  changed:
    "Das sagt, es sei signiert, und was jetzt dasteht, ist nicht, was signiert wurde: Jemand oder ein Programm hat es geändert. Nimm es für etwas, das jeder geschrieben haben könnte.",
  all: "Alle",
  saveThese: (count) => (count === 1 ? "Speichern" : `${count} speichern`),
  none: "Darin ist nichts, was eine Karte halten kann.",
};

export const useReadWords: () => typeof en = wordsIn({ en, de });
export type ReadWords = typeof en;
