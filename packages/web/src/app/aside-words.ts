/** What one-time chats say: above all what they hide, and what they do not. */
import { wordsIn } from "../ui/language.ts";

const en = {
  back: "Chats",
  title: "One-time chat",
  how: "A chat under an identity made for it alone: another key, another name, another login at the relay. Nothing of it is written on this device, and when it ends its keys are gone.",
  hides: "The other one cannot tell that it is you, and nothing in it leads to your contacts, nor to your other chats.",
  shows:
    "It does not hide you from the relay: both logins come from one address at one time. Nor does it hide how you write, what you tell, or when you are here.",
  noRelay: "It needs a relay, and this page knows none: open it from a node that is a relay, too.",
  name: "Name for this chat",
  begin: "Begin",
  youAre: (name: string) => `You are ${name} here, for this chat alone.`,
  end: "End this chat",
  endTitle: "End this chat for good?",
  endHow:
    "Its keys and all that was said are gone on this device. The other one keeps what they have, and can never reach you here again.",
  stay: "Cancel",
  gone: "This chat has ended",
  goneHow: "Its keys are gone.",
};

const de: typeof en = {
  back: "Chats",
  title: "Einmal-Chat",
  how: "Ein Chat unter einer Identität, die nur für ihn gemacht ist: anderer Schlüssel, anderer Name, andere Anmeldung beim Relay. Nichts davon wird auf diesem Gerät geschrieben, und wenn er endet, sind seine Schlüssel weg.",
  hides:
    "Die andere Seite kann nicht erkennen, dass du es bist, und nichts darin führt zu deinen Kontakten oder anderen Chats.",
  shows:
    "Vor dem Relay verbirgt es dich nicht: Beide Anmeldungen kommen zur selben Zeit von derselben Adresse. Auch nicht, wie du schreibst, was du erzählst und wann du da bist.",
  noRelay: "Dafür braucht es ein Relay, und diese Seite kennt keines: Öffne sie von einem Knoten, der auch Relay ist.",
  name: "Name für diesen Chat",
  begin: "Los",
  youAre: (name: string) => `Hier bist du ${name}, nur für diesen Chat.`,
  end: "Chat beenden",
  endTitle: "Diesen Chat für immer beenden?",
  endHow:
    "Seine Schlüssel und alles Gesagte sind auf diesem Gerät weg. Die andere Seite behält, was sie hat, und erreicht dich hier nie wieder.",
  stay: "Abbrechen",
  gone: "Dieser Chat ist zu Ende",
  goneHow: "Seine Schlüssel sind weg.",
};

export const useAsideWords: () => typeof en = wordsIn({ en, de });
