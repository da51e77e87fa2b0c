/** Why a join code came to nothing, in words. */
import { wordsIn } from "./language.ts";

const en = {
  "wrong-code": "It was another code. It is used up for both: make a new one.",
  expired: "The code is too old: make a new one.",
  denied: "One of the two said no.",
  cancelled: "Cancelled.",
  mismatch: "The other side could not prove the code: somebody may be in between. Nothing was told to it.",
  blocked: "One of the two has blocked the other.",
  lost: "The other one, or the relay, went away.",
  room: "No invitation could be made.",
  files: "The files did not come through.",
  protocol: "The other side did something that is not understood.",
};

const de: typeof en = {
  "wrong-code": "Es war ein anderer Code. Er ist für beide verbraucht: bitte einen neuen machen.",
  expired: "Der Code ist zu alt: bitte einen neuen machen.",
  denied: "Eine der beiden Seiten hat abgelehnt.",
  cancelled: "Abgebrochen.",
  mismatch:
    "Die andere Seite konnte den Code nicht beweisen: Vielleicht ist jemand dazwischen. Ihr wurde nichts gesagt.",
  blocked: "Eine Seite hat die andere blockiert.",
  lost: "Die andere Seite oder das Relay ist weg.",
  room: "Es konnte keine Einladung erstellt werden.",
  files: "Die Dateien kamen nicht an.",
  protocol: "Die andere Seite tat etwas Unverständliches.",
};

export const useCodeFailures: () => typeof en = wordsIn({ en, de });
