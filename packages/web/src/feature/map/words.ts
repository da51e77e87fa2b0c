/** What Map says. A gap is never an accusation: a router can be the reason. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  map: "Map of the room",
  whole: "No gaps: everybody is linked as they should be.",
  gaps: "Gaps",
  alone: "You are alone here for now. The map grows with the members.",
  you: "you",
  online: "here",
  stale: "silent for a while",
  offline: "away",
  links: (count: number) => (count === 1 ? "1 link" : `${count} links`),
  linkedTo: (names: string) => `linked to ${names}`,
  oneSided: "only one of the two says so",
  gap: {
    "not-connected": (a: string, b: string) => `${a} and ${b} are not linked directly.`,
    "hangs-on": (a: string, b: string) => `${a} reaches the room only through ${b}.`,
    "cut-vertex": (a: string) => `Without ${a} the room would fall apart.`,
    "one-sided": (a: string, b: string) => `${a} says it is linked to ${b}, which does not say so.`,
    outsider: (a: string, b: string) => `${a} names ${b} as a neighbour, which is no member.`,
    "roster-differs": (a: string) => `${a} has another list of members, or of who let whom in, than you.`,
    contradiction: (a: string) => `${a} signed two statements that contradict each other.`,
    "invitation-reused": (a: string) => `One invitation was used by two: ${a} came second.`,
  },
};

const de: typeof en = {
  map: "Karte des Raums",
  whole: "Keine Lücken: Alle sind verbunden, wie sie sein sollen.",
  gaps: "Lücken",
  alone: "Noch bist du allein. Die Karte wächst mit den Mitgliedern.",
  you: "du",
  online: "da",
  stale: "eine Weile still",
  offline: "nicht da",
  links: (count: number) => (count === 1 ? "1 Verbindung" : `${count} Verbindungen`),
  linkedTo: (names: string) => `verbunden mit ${names}`,
  oneSided: "nur eine der beiden Seiten sagt das",
  gap: {
    "not-connected": (a: string, b: string) => `${a} und ${b} sind nicht direkt verbunden.`,
    "hangs-on": (a: string, b: string) => `${a} erreicht den Raum nur über ${b}.`,
    "cut-vertex": (a: string) => `Ohne ${a} zerfiele der Raum.`,
    "one-sided": (a: string, b: string) => `${a} sagt, mit ${b} verbunden zu sein; ${b} sagt das nicht.`,
    outsider: (a: string, b: string) => `${a} nennt ${b} als Nachbarn, der kein Mitglied ist.`,
    "roster-differs": (a: string) => `${a} hat eine andere Liste der Mitglieder oder ihrer Fürsprecher als du.`,
    contradiction: (a: string) => `${a} hat zwei Aussagen unterschrieben, die sich widersprechen.`,
    "invitation-reused": (a: string) => `Eine Einladung wurde zweimal benutzt: ${a} kam als Zweites.`,
  },
};

export const useWords: () => typeof en = wordsIn({ en, de });
