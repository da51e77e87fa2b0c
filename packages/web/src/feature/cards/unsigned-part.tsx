/** Of somebody whose key signed cards: what stands beside these and nobody signed, so that nobody takes it for signed. */
import type { CardEntryView } from "@kith/sdk";
import type { JSX } from "preact";
import { kindOf, lineOf } from "./card-view.tsx";
import { useKeptWords } from "./kept-words.ts";
import { useWords } from "./words.ts";

export function UnsignedPart({ entry }: { readonly entry: CardEntryView }): JSX.Element | null {
  const words = useKeptWords();
  const cardWords = useWords();
  const signed = new Set(entry.cards.flatMap(({ fields }) => fields.map((field) => JSON.stringify(field))));
  const shown = new Set(entry.fields.map((field) => JSON.stringify(field)));
  const isHidden = (field: CardEntryView["typed"][number]): boolean => !shown.has(JSON.stringify(field));
  const rest = entry.typed.filter((field) =>
    entry.signer === undefined ? field.kind === "name" && isHidden(field) : !signed.has(JSON.stringify(field)),
  );
  if (rest.length === 0) return null;
  return (
    <section class="card stack tight" aria-label={words.unsignedPart(entry.isTyped)}>
      <h2 class="label">{words.unsignedPart(entry.isTyped)}</h2>
      <ul class="stack tight">
        {rest.map((field, at) => (
          <li key={at}>
            <span class="soft small">
              {field.kind === "name" && isHidden(field) ? words.also : kindOf(field, cardWords)}:{" "}
            </span>
            <bdi>{lineOf(field, cardWords)}</bdi>
          </li>
        ))}
      </ul>
    </section>
  );
}
