/**
 * Fields of a card as a person writes them on a command line: `kind[@level][:label]=text`, as `email:work=ada@example.org`
 * or `phone@public=+44…`; of an address `street;city;region;code;country`.
 *
 * @module
 */
import { CARD_PARTS, type CardTextKind } from "@kith/core/card";
import type { CardFieldAt, CardFieldInput, CardLevel, OwnCardView } from "@kith/sdk";
import { CliError, EXIT } from "./exit-code.ts";
import type { Kith } from "./kith.ts";
import { safeText } from "./render/terminal-text.ts";

export const LEVELS: readonly CardLevel[] = ["public", "professional", "personal"];
export const KINDS = Object.keys(CARD_PARTS) as readonly CardTextKind[];

export function readField(text: string): CardFieldAt {
  const [, kindText, levelText, label, said = ""] = /^([a-z]+)(?:@([a-z]+))?(?::([^=]*))?=(.*)$/s.exec(text) ?? [];
  const kind = KINDS.find((each) => each === kindText);
  const level = LEVELS.find((each) => each === levelText);
  if (kind === undefined || (levelText !== undefined && level === undefined))
    throw new CliError(
      EXIT.usage,
      "ERR_USAGE",
      `Cannot use ${safeText(text, 60)}: KIND[@LEVEL][:LABEL]=TEXT expected`,
      {
        hint: `Kinds: ${KINDS.join(", ")}. Levels: ${LEVELS.join(", ")}.`,
      },
    );
  const parts: readonly string[] = CARD_PARTS[kind];
  const texts = kind === "address" ? said.split(";") : kind === "company" ? said.split(";", 2) : [said];
  const field: Record<string, string> = {};
  for (const [at, part] of parts.entries()) if (part !== "label") field[part] = texts[at]?.trim() ?? "";
  if (label !== undefined && parts.includes("label")) field["label"] = label;
  return { field: { kind, ...field } satisfies CardFieldInput, ...(level !== undefined && { level }) };
}

/** What is there, as it is given back to be edited; the photo stays by itself. */
export const fieldsOf = (card: OwnCardView): readonly CardFieldAt[] =>
  card.fields.flatMap(({ level, field }) => (field.kind === "photo" ? [] : [{ level, field }]));

/** By the beginning of its id, or its label. Without either: the only one. */
export function resolveCard(kith: Kith, text: string | undefined): OwnCardView {
  const all = kith.cards.own.get();
  const wanted = text?.trim().toLowerCase();
  const found =
    wanted === undefined
      ? all
      : all.filter(({ id, label }) => label.toLowerCase() === wanted || (wanted.length >= 4 && id.startsWith(wanted)));
  const [card] = found;
  if (card !== undefined && found.length === 1) return card;
  if (found.length > 1)
    throw new CliError(EXIT.unknown, "ERR_CARD_UNKNOWN", "Cannot tell which card is meant: there are several", {
      hint: `One of: ${found.map(({ label, id }) => `${safeText(label, 40)} (${id.slice(0, 8)})`).join(", ")}`,
    });
  throw new CliError(
    EXIT.unknown,
    "ERR_CARD_UNKNOWN",
    wanted === undefined ? "Cannot find a card: you have none yet" : `Cannot find the card ${safeText(text ?? "", 40)}`,
    { hint: '`kith card new Work -f name="Ada Lovelace"` makes one, `kith card` lists them.' },
  );
}
