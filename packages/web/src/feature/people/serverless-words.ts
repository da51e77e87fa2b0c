/** What meeting without any server says. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  title: "Without any server",
  how: "For two side by side, also without internet: each shows the other one code. Nothing else carries it.",
  begin: "Show my code first",
  reply: "They showed theirs first",
  preparing: "Looking for ways that lead here …",
  offerHow: "1. The other one adds somebody “Without any server” too, and scans this, or pastes its text.",
  offerNext: "2. Their screen then shows a code of its own: the answer. Scan it here.",
  scanAnswer: "Scan their answer",
  answerHow: "Now let the other one scan this answer, or paste its text. Keep this open until they have.",
  waiting: "Waiting for the other one …",
  connecting: "Looking for a way to the other one …",
  offerQr: "QR code: the offer",
  answerQr: "QR code: the answer",
  text: "The same as text",
  goodUntil: (time: string) => `Good until ${time}, for one person.`,
  wanted: { offer: "That is not the first code of somebody without a server.", answer: "That is not an answer." },
  unusable:
    "This code cannot be used: it is damaged, too old, or belongs to another one than is shown. Let a new one be shown, or begin again.",
  unreachable:
    "No way leads from one to the other. Both must be on one network, and it must let its devices talk to each other: guest networks often do not.",
  otherwise:
    "What else works: a hotspot of one of the two phones, or, where both have internet, a code in words. On some networks it helps to allow the camera for Kith: the browser then says its real address.",
  again: "Begin again",
  back: "Back",
};

const de: typeof en = {
  title: "Ganz ohne Server",
  how: "Für zwei nebeneinander, auch ohne Internet: Jede Seite zeigt der anderen einen Code. Sonst trägt ihn nichts.",
  begin: "Zuerst meinen Code zeigen",
  reply: "Die andere Seite hat ihren zuerst gezeigt",
  preparing: "Sucht Wege, die hierher führen …",
  offerHow: "1. Die andere Person wählt auch „Ganz ohne Server“ und scannt diesen Code oder fügt seinen Text ein.",
  offerNext: "2. Ihr Bildschirm zeigt dann selbst einen Code: die Antwort. Scanne sie hier.",
  scanAnswer: "Ihre Antwort scannen",
  answerHow:
    "Lass die andere Person nun diese Antwort scannen oder ihren Text einfügen. Lass dies offen, bis sie so weit ist.",
  waiting: "Wartet auf die andere Person …",
  connecting: "Sucht einen Weg zur anderen Person …",
  offerQr: "QR-Code: das Angebot",
  answerQr: "QR-Code: die Antwort",
  text: "Dasselbe als Text",
  goodUntil: (time: string) => `Gilt bis ${time}, für eine Person.`,
  wanted: {
    offer: "Das ist nicht der erste Code von jemandem ohne Server.",
    answer: "Das ist keine Antwort.",
  },
  unusable:
    "Dieser Code ist nicht zu gebrauchen: Er ist beschädigt, zu alt oder gehört zu einem anderen als dem gezeigten. Lass einen neuen zeigen, oder beginne noch einmal.",
  unreachable:
    "Es führt kein Weg von einer Seite zur anderen. Beide müssen im selben Netz sein, und es muss seine Geräte miteinander reden lassen: Gastnetze tun das oft nicht.",
  otherwise:
    "Was sonst geht: ein Hotspot von einem der beiden Telefone oder, wenn beide Internet haben, ein Code in Worten. In manchen Netzen hilft es, Kith die Kamera zu erlauben: Der Browser nennt dann seine wirkliche Adresse.",
  again: "Noch einmal beginnen",
  back: "Zurück",
};

export const useServerlessWords: () => typeof en = wordsIn({ en, de });
