/** What the screens say to whoever vouches for others. */
import type { ExchangeEnd } from "@kith/sdk";
import { wordsIn } from "../../ui/language.ts";

const ends: Readonly<Record<ExchangeEnd, string>> = {
  done: "They have it.",
  declined: "They said no, thanks.",
  cancelled: "You stopped the offer.",
  timeout: "They did not answer in time. You can offer it again.",
  lost: "The connection was lost. You can offer it again.",
  violation: "The other side did not keep to the rules, so Kith ended it.",
  notOnRoll: "You do not vouch for them any more.",
  notIssuable: "The time for it is over.",
};

const en = {
  beginTitle: "Become an issuer",
  beginHow:
    "An issuer signs what it says of people, so that they can show it to others. Its key comes from your identity: use an identity of the organisation, which it keeps and backs up.",
  name: "Name of the organisation",
  nameHint: "As others see it. They compare your fingerprint, not the name.",
  length: "What you issue holds for at most",
  lengths: { hour: "an hour", day: "a day", week: "a week", month: "30 days", quarter: "92 days" },
  lengthHow:
    "Then it is renewed, when you two are connected. What you revoke still holds until then, so shorter is stricter.",
  begin: "Become an issuer",
  code: "Your code, for others to pin",
  codeHow: "Whoever wants to check what this issuer says reads it once, and compares the fingerprint.",
  codeLabel: (name: string) => `QR code of the issuer ${name}`,
  codeText: "The same as text",
  vouched: "Whom you vouch for",
  nobody: "Nobody yet.",
  issue: "Vouch for somebody",
  issueTitle: "Vouch for a contact",
  issueHow: "They are asked before they get it, and choose to whom they show which part. You do not hear of it.",
  fact: (at: number) => `Fact ${at}`,
  kind: "Kind",
  own: "Something else",
  label: "What it is called",
  value: "What you say",
  remove: "Remove this fact",
  add: "One more fact",
  offer: "Sign and offer it",
  offered: (who: string) => `${who} is asked whether they want it …`,
  stop: "Stop",
  offerAgain: "Offer again",
  revoke: "Revoke",
  revokeTitle: (who: string) => `Revoke what you say of ${who}?`,
  revokeHow: (length: string) =>
    `They get no further credential. What they have still holds until its time is over, at most ${length} from now.`,
  revoked: (who: string, when: string) =>
    `Revoked: ${who} gets no further credential. What they have ends by itself, ${when}. To end it now, end all.`,
  endAll: "End all that was issued",
  endAllTitle: "End all that was issued, for everybody?",
  endAllHow:
    "You get a new code. Whoever reads it refuses everything that you issued before, at once. Everybody you vouch for needs a new credential: offer it to them again.",
  endedAll: "All that was issued before is ended at whoever reads your new code. Offer anew to those you vouch for.",
  ends,
};

export type IssuerWords = typeof en;

const de: IssuerWords = {
  beginTitle: "Aussteller werden",
  beginHow:
    "Ein Aussteller unterschreibt, was er über Leute sagt, damit sie es anderen zeigen können. Sein Schlüssel kommt aus deiner Identität: Nimm eine Identität der Organisation, die sie behält und sichert.",
  name: "Name der Organisation",
  nameHint: "Wie andere sie sehen. Verglichen wird dein Fingerabdruck, nicht der Name.",
  length: "Was du ausstellst, gilt höchstens",
  lengths: { hour: "eine Stunde", day: "einen Tag", week: "eine Woche", month: "30 Tage", quarter: "92 Tage" },
  lengthHow:
    "Dann wird es erneuert, wenn ihr verbunden seid. Was du widerrufst, gilt noch so lange: Kürzer ist strenger.",
  begin: "Aussteller werden",
  code: "Dein Code, damit andere dir vertrauen können",
  codeHow: "Wer prüfen will, was dieser Aussteller sagt, liest ihn einmal und vergleicht den Fingerabdruck.",
  codeLabel: (name: string) => `QR-Code des Ausstellers ${name}`,
  codeText: "Dasselbe als Text",
  vouched: "Für wen du bürgst",
  nobody: "Noch für niemanden.",
  issue: "Für jemanden bürgen",
  issueTitle: "Für einen Kontakt bürgen",
  issueHow:
    "Die Person wird gefragt, bevor sie es bekommt, und wählt, wem sie welchen Teil zeigt. Du erfährst davon nichts.",
  fact: (at: number) => `Angabe ${at}`,
  kind: "Art",
  own: "Etwas anderes",
  label: "Wie es heißt",
  value: "Was du sagst",
  remove: "Diese Angabe entfernen",
  add: "Noch eine Angabe",
  offer: "Unterschreiben und anbieten",
  offered: (who: string) => `${who} wird gefragt …`,
  stop: "Abbrechen",
  offerAgain: "Neu anbieten",
  revoke: "Widerrufen",
  revokeTitle: (who: string) => `Widerrufen, was du über ${who} sagst?`,
  revokeHow: (length: string) =>
    `Es wird nicht mehr erneuert. Was schon da ist, gilt noch, bis seine Zeit vorbei ist, höchstens ${length} ab jetzt.`,
  revoked: (who: string, when: string) =>
    `Widerrufen: Für ${who} wird nichts mehr erneuert. Was schon da ist, endet von selbst, ${when}. Um es jetzt zu beenden, beende alles.`,
  endAll: "Alles Ausgestellte beenden",
  endAllTitle: "Alles Ausgestellte beenden, für alle?",
  endAllHow:
    "Du bekommst einen neuen Code. Wer ihn liest, weist alles vorher Ausgestellte sofort zurück. Alle, für die du bürgst, brauchen es neu: Biete es ihnen wieder an.",
  endedAll:
    "Alles vorher Ausgestellte ist bei allen beendet, die deinen neuen Code lesen. Biete es denen, für die du bürgst, neu an.",
  ends: {
    done: "Es ist angekommen.",
    declined: "Die Antwort war: Nein, danke.",
    cancelled: "Du hast das Angebot zurückgenommen.",
    timeout: "Es kam keine Antwort in der Zeit. Du kannst es neu anbieten.",
    lost: "Die Verbindung ging verloren. Du kannst es neu anbieten.",
    violation: "Die andere Seite hielt sich nicht an die Regeln, darum hat Kith es beendet.",
    notOnRoll: "Du bürgst nicht mehr dafür.",
    notIssuable: "Die Zeit dafür ist vorbei.",
  },
};

export const useIssuerWords: () => IssuerWords = wordsIn({ en, de });
