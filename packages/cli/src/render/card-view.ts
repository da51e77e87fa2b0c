/** Contact cards on the screen: fields, levels, what is verified and why. Everything of theirs is cleaned. */
import type { CardField, CardLevel, CardView, OwnCardView } from "@kith/sdk";
import type { Style } from "./style.ts";
import { safeText } from "./terminal-text.ts";
import { dateInWords } from "./units.ts";

/** One line of what a field says. */
export function fieldWords(field: CardField): string {
  if (field.kind === "photo") return `${field.format}, ${field.bytes} bytes`;
  const { kind, ...texts } = field;
  const label = "label" in texts ? texts.label : "";
  const said = Object.entries(texts)
    .filter(([part, text]) => part !== "label" && text !== "" && !(kind === "name" && part !== "text"))
    .map(([, text]) => safeText(text.replaceAll("\n", ", "), 100));
  return said.join(", ") + (label === "" ? "" : ` (${safeText(label, 32)})`);
}

const line = (title: string, words: string): string => `  ${title.padEnd(13)}${words}`;

export const fieldLines = (fields: readonly CardField[]): readonly string[] =>
  fields.map((field) => line(field.kind, fieldWords(field)));

export function ownCardLines({ label, id, fields }: OwnCardView, style: Style): readonly string[] {
  const title = `${style.strong(safeText(label, 60) || "(no label)")} ${style.dim(id)}`;
  return [
    title,
    ...fields.map(({ level, field }) => `${line(field.kind, fieldWords(field))} ${style.dim(`· ${level}`)}`),
  ];
}

const REASONS = {
  "in-person": "its key was verified with the person",
  issuer: "an organisation that you pinned attests it",
  pinned: "its key is that of your contact, which nobody verified in person",
  giver: "who gave it signed it",
  "same-key": "the key is that of cards you keep",
} as const;

const DOUBTS = {
  blocked: "you blocked its signer",
  own: "it is your own",
  expired: "it has ended",
  "not-yet": "it is signed later than your clock says",
  "passed-on": "who gave it is not who signed it",
  private: "its signer asked that it is not passed on",
  "shown-again": "whoever has seen this code or link can show it",
  contradicts: "it contradicts the one you keep, though neither is newer: ask them",
} as const;

const RELATIONS = {
  new: "",
  another: "You keep another card of theirs.",
  same: "You keep exactly this card.",
  renewal: "You keep it; this one lasts longer.",
  update: "You keep an older one.",
  older: "You keep a newer one.",
  wider: "It shows more than the one you keep.",
  narrower: "It shows less than the one you keep.",
} as const;

/** All that a person must see before it is kept. */
export function cardLines(card: CardView, style: Style): readonly string[] {
  const { judgement, level, fingerprint, endsAt } = card;
  const isRefused = judgement.standing === "refused";
  const sign = judgement.standing === "verified" ? style.good(style.signs.good) : style.signs.warn;
  const because = judgement.reasons.map(({ by }) => REASONS[by]).join("; ");
  const standing = isRefused ? style.bad("refused") : `${sign} ${judgement.standing}`;
  const { added, removed } = judgement.changes;
  const relation = RELATIONS[judgement.relation];
  return [
    `${style.strong(safeText(card.name, 60))} ${style.dim(`(${level})`)}`,
    ...fieldLines(card.fields),
    line("signed by", fingerprint),
    line("until", dateInWords(endsAt)),
    line("standing", because === "" ? standing : `${standing}: ${because}`),
    ...judgement.doubts.map((doubt) => line("note", DOUBTS[doubt])),
    ...(relation === "" ? [] : [line("kept", relation)]),
    ...(judgement.offer === "update"
      ? [...added.map((field) => `  + ${fieldWords(field)}`), ...removed.map((field) => `  - ${fieldWords(field)}`)]
      : []),
  ];
}

export const levelWords = (fields: OwnCardView["fields"]): string =>
  (["public", "professional", "personal"] satisfies readonly CardLevel[])
    .map((level) => [level, fields.filter((each) => each.level === level).length] as const)
    .filter(([, count]) => count > 0)
    .map(([level, count]) => `${count} ${level}`)
    .join(", ");
