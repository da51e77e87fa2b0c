/** What is said of people whom one typed in, and of two entries that are one person. */
import type { TwinHint } from "@kith/sdk";
import { wordsIn } from "../../ui/language.ts";

const en = {
  typeIn: "Type it in",
  typeInTitle: "Somebody you were told of",
  typedHow: "Nobody signed what you type: it is shown as typed by you.",
  typedEdit: "What you typed",
  add: "Type in more",
  edit: "Edit what nobody signed",
  typed: "typed by you",
  typedWhole: "Typed by you: nobody signed it.",
  unsignedPart: (isTyped: boolean): string =>
    isTyped ? "Not signed, typed by you or imported" : "Not signed, imported",
  also: "Also called",
  nothing: "Somebody of whom nothing is said cannot be kept.",
  merge: "Merge",
  mergeTitle: "One person in two entries",
  mergeHow: "Which of them is the same person? You say so: a name, an address or a number alone proves nothing.",
  twin: (name: string, hint: TwinHint) =>
    `${name} has the same ${{ email: "e-mail address", phone: "number", name: "name" }[hint]}. Is that the same person?`,
  twinLook: "Look at both",
  hints: { email: "same e-mail address", phone: "same number", name: "same name" } satisfies Record<TwinHint, string>,
  search: "Search",
  choose: "Choose",
  nobody: "There is nobody else who could be merged: cards of two keys stay apart.",
  front: "Name and photo in front",
  after: "What there will be",
  ofBoth: "of both",
  of: (name: string) => `of ${name}`,
  allKept: "Everything of both is kept, also notes and tags. What is signed stands before what is not.",
  photoGoes: (name: string) => `There is room for one photo that nobody signed: the one of ${name} goes.`,
  tooMuch: "Together that is more than one entry holds.",
  mergeNow: "Make them one",
  another: "Somebody else",
};

const de: typeof en = {
  typeIn: "Eintippen",
  typeInTitle: "Jemand, von dem du gehört hast",
  typedHow: "Was du tippst, hat niemand signiert: Es wird als von dir getippt gezeigt.",
  typedEdit: "Was du getippt hast",
  add: "Mehr eintippen",
  edit: "Unsigniertes bearbeiten",
  typed: "von dir getippt",
  typedWhole: "Von dir getippt: Das hat niemand signiert.",
  unsignedPart: (isTyped) =>
    isTyped ? "Nicht signiert, von dir getippt oder eingelesen" : "Nicht signiert, eingelesen",
  also: "Auch genannt",
  nothing: "Wer nichts von sich sagt, kann nicht behalten werden.",
  merge: "Zusammenführen",
  mergeTitle: "Eine Person in zwei Einträgen",
  mergeHow:
    "Wer davon ist dieselbe Person? Du sagst es: Ein Name, eine Adresse oder eine Nummer allein beweist nichts.",
  twin: (name, hint) =>
    `${name} hat ${{ email: "dieselbe E-Mail-Adresse", phone: "dieselbe Nummer", name: "denselben Namen" }[hint]}. Ist das dieselbe Person?`,
  twinLook: "Beide ansehen",
  hints: { email: "gleiche E-Mail-Adresse", phone: "gleiche Nummer", name: "gleicher Name" },
  search: "Suchen",
  choose: "Wählen",
  nobody: "Sonst kann niemand zusammengeführt werden: Karten zweier Schlüssel bleiben getrennt.",
  front: "Name und Foto vorn",
  after: "Was dann dasteht",
  ofBoth: "von beiden",
  of: (name) => `von ${name}`,
  allKept: "Alles von beiden bleibt, auch Notizen und Schlagwörter. Signiertes steht vor Unsigniertem.",
  photoGoes: (name) => `Für ein Foto, das niemand signiert hat, ist Platz: Das von ${name} geht verloren.`,
  tooMuch: "Zusammen ist das mehr, als ein Eintrag hält.",
  mergeNow: "Eins daraus machen",
  another: "Jemand anders",
};

export const useKeptWords: () => typeof en = wordsIn({ en, de });
