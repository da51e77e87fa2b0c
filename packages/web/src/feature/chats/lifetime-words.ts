/** What is said about how long messages stay. */
import { wordsIn } from "../../ui/language.ts";

type Lifetime = "off" | "until-closed" | number;

/** By what the choice is called in the page. */
export const LIFETIMES = {
  off: "off",
  "1m": 60,
  "10m": 600,
  "1h": 3_600,
  "24h": 86_400,
  closed: "until-closed",
} as const;
export type LifetimeChoice = keyof typeof LIFETIMES;
export type RoomChoice = Exclude<LifetimeChoice, "closed">;

export const choiceOf = <Choice extends LifetimeChoice>(
  lifetime: Lifetime,
  among: { readonly [Key in Choice]: Lifetime },
): Choice | "off" => (Object.keys(among) as Choice[]).find((name) => among[name] === lifetime) ?? "off";

const SECOND_MS = 1_000;
const STEPS = [
  { unit: "hour", seconds: 3_600 },
  { unit: "minute", seconds: 60 },
  { unit: "second", seconds: 1 },
] as const;

/** In the largest unit of which there are two, or which fits. */
function span(seconds: number, locale: string): string {
  const { unit, seconds: size } = STEPS.find((step) => seconds >= step.seconds) ?? STEPS[2];
  const form = { style: "unit", unit, unitDisplay: "long" } as const;
  return new Intl.NumberFormat(locale, form).format(Math.round(seconds / size));
}

const en = {
  title: "About this chat",
  lifetime: "New messages stay",
  lifetimeHow: "Both must agree. Messages are removed on both sides; nobody can make another person forget.",
  off: "as long as the chat",
  closed: "until one of you closes the chat",
  timed: (seconds: number) => `${span(seconds, "en")} from when they arrive`,
  saidFor: (seconds: number) => `for ${span(seconds, "en")}`,
  roomTitle: "How long your messages stay",
  ours: "Your new messages stay",
  roomHow:
    "In a room everybody chooses for their own messages. The time runs from when they are said; then they are removed at all members. Nobody can make another person forget.",
  oursStay: (seconds: number) => `What you write stays ${span(seconds, "en")}.`,
  livesFor: (lifetime: Lifetime): string =>
    lifetime === "until-closed" ? "until closed" : lifetime === "off" ? "" : `for ${span(lifetime, "en")}`,
  left: (ms: number) => `${span(Math.ceil(ms / SECOND_MS), "en")} left`,
  propose: "Propose it",
  proposed: (name: string, what: string) =>
    `You asked ${name}: new messages stay ${what}. Nothing changes before the answer.`,
  asked: (name: string, what: string) => `${name} asks: new messages stay ${what}.`,
  yes: "Yes",
  no: "No",
  agreed: (what: string) => `New messages stay ${what}.`,
  keeps: "Keep this chat on this device",
  keepsYes: "What is said is stored on this device, sealed as the rest of your home is. The other side is not told.",
  keepsNo:
    "Nothing is stored: the chat is in memory and ends when Kith is closed here, also what still waits to be sent.",
  keepsCannot: "You are here for this visit: nothing is stored, and the chat ends with it.",
  stopKeeping: "To untick erases what is stored.",
  close: "Close this chat",
  closeHow: "Erases the messages that stay until the chat is closed: here now, there when they hear it.",
};

const de: typeof en = {
  title: "Über diesen Chat",
  lifetime: "Neue Nachrichten bleiben",
  lifetimeHow:
    "Beide müssen zustimmen. Nachrichten werden auf beiden Seiten entfernt; vergessen machen kann niemand jemand anderen.",
  off: "so lange wie der Chat",
  closed: "bis eine Seite den Chat schließt",
  timed: (seconds: number) => `ab Ankunft ${span(seconds, "de")}`,
  saidFor: (seconds: number) => span(seconds, "de"),
  roomTitle: "Wie lange deine Nachrichten bleiben",
  ours: "Deine neuen Nachrichten bleiben",
  roomHow:
    "In einem Raum wählt jeder für die eigenen Nachrichten. Die Zeit läuft ab dem Schreiben; danach werden sie bei allen Mitgliedern entfernt. Vergessen machen kann niemand jemand anderen.",
  oursStay: (seconds: number) => `Was du schreibst, bleibt ${span(seconds, "de")}.`,
  livesFor: (lifetime: Lifetime): string =>
    lifetime === "until-closed" ? "bis zum Schließen" : lifetime === "off" ? "" : `für ${span(lifetime, "de")}`,
  left: (ms: number) => `noch ${span(Math.ceil(ms / SECOND_MS), "de")}`,
  propose: "Vorschlagen",
  proposed: (name: string, what: string) =>
    `Du hast ${name} gefragt: Neue Nachrichten bleiben ${what}. Vor der Antwort ändert sich nichts.`,
  asked: (name: string, what: string) => `${name} fragt: Neue Nachrichten bleiben ${what}.`,
  yes: "Ja",
  no: "Nein",
  agreed: (what: string) => `Neue Nachrichten bleiben ${what}.`,
  keeps: "Diesen Chat auf diesem Gerät behalten",
  keepsYes:
    "Gesagtes wird auf diesem Gerät gespeichert, versiegelt wie alles andere hier. Die andere Seite erfährt das nicht.",
  keepsNo:
    "Nichts wird gespeichert: Der Chat ist im Speicher und endet, wenn Kith hier geschlossen wird, auch was noch auf den Versand wartet.",
  keepsCannot: "Du bist für diesen Besuch hier: Nichts wird gespeichert, der Chat endet mit ihm.",
  stopKeeping: "Ohne Haken wird das Gespeicherte gelöscht.",
  close: "Diesen Chat schließen",
  closeHow: "Löscht die Nachrichten, die bis zum Schließen bleiben: hier jetzt, dort sobald sie es erfahren.",
};

export const useLifetimeWords: () => typeof en = wordsIn({ en, de });

export const lifetimeText = (lifetime: Lifetime, words: typeof en): string =>
  lifetime === "off" ? words.off : lifetime === "until-closed" ? words.closed : words.timed(lifetime);
