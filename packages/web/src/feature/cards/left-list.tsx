/** What of a vCard a card could not hold, each thing once. */
import type { VcardLeft } from "@kith/core/card";
import type { JSX } from "preact";
import { useWords } from "./words.ts";

const SHOWN_MAX = 8;

export function LeftList({
  left,
}: {
  readonly left: readonly { readonly property: string; readonly why: VcardLeft }[];
}): JSX.Element | null {
  const words = useWords();
  const each = [...new Set(left.map(({ property, why }) => `${property}: ${words.left[why]}`))];
  if (each.length === 0) return null;
  return (
    <details class="small">
      <summary>{words.importedCut}</summary>
      <ul>
        {each.slice(0, SHOWN_MAX).map((line) => (
          <li key={line} class="breaks">
            {line}
          </li>
        ))}
        {each.length > SHOWN_MAX && <li>{words.more(each.length - SHOWN_MAX)}</li>}
      </ul>
    </details>
  );
}
