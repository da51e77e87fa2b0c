/** The room's text as it stood. */
import type { JSX } from "preact";
import type { Doc } from "yjs";
import { useWords } from "./words.ts";

export function PageLook({ doc }: { readonly doc: Doc }): JSX.Element {
  const words = useWords();
  const text = doc.getText("text").toString();
  if (text === "") return <p class="soft">{words.empty}</p>;
  return <textarea class="past" readOnly rows={14} aria-label={words.past} value={text} />; // parts of it can be copied
}
