/** Where a link to a card leads, and why it leads nowhere: in the app, and on the page that opens it. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  broken: "That begins as a card does, and is none: it was damaged, or somebody changed it. Nothing was saved.",
  tooLarge: "That is larger than any card. Nothing was read.",
  expired: "That link has ended. Ask for another one.",
  notYet: "That says that it was made later than now. Check the clock of this device.",
  kept: (host: string) =>
    `That link leads to a card that ${host} keeps, sealed: it cannot read it. Whoever fetches it tells ${host} their address, and it counts as one use.`,
  used: "That link was used as often as it may be, or was taken back. Ask for another one.",
  nowhere: "That card is not there any more: the time of the link is over. Ask for another one.",
};

const de: typeof en = {
  broken:
    "Das beginnt wie eine Karte und ist keine: Es ist beschädigt, oder jemand hat es geändert. Nichts wurde gespeichert.",
  tooLarge: "Das ist größer als jede Karte. Nichts wurde gelesen.",
  expired: "Dieser Link ist abgelaufen. Bitte um einen neuen.",
  notYet: "Das sagt, dass es später als jetzt gemacht wurde. Stimmt die Uhr dieses Geräts?",
  kept: (host) =>
    `Dieser Link führt zu einer Karte, die ${host} versiegelt aufbewahrt und nicht lesen kann. Wer sie holt, sagt ${host} seine Adresse, und es zählt als einmal.`,
  used: "Dieser Link wurde so oft benutzt, wie er darf, oder zurückgenommen. Bitte um einen neuen.",
  nowhere: "Diese Karte ist nicht mehr dort: Die Zeit des Links ist um. Bitte um einen neuen.",
};

/** For words that hold more than these. */
export const LINK = { en, de };
export const useLinkFaults: () => typeof en = wordsIn({ en, de });
export type LinkFaults = typeof en;
