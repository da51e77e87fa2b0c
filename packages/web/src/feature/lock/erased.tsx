/** The end, with its proof: what the browser still lists. */
import type { PageContents } from "@kith/sdk/web";
import type { JSX } from "preact";
import { Button } from "../../ui/button.tsx";
import { useWords } from "./words.ts";

export function Erased({ left }: { readonly left: PageContents }): JSX.Element {
  const words = useWords();
  const shown = Object.entries(left).filter(([, names]) => names.length > 0);
  return (
    <main class="place">
      <div class="stack">
        <h1>{words.erased}</h1>
        <p>{words.erasedHow}</p>
        {shown.length === 0 ? (
          <p>
            <strong>{words.nothing}</strong>
          </p>
        ) : (
          <ul class="list">
            {shown.map(([kind, names]) => (
              <li key={kind} class="item mono small">
                {kind}: {names.join(", ")}
              </li>
            ))}
          </ul>
        )}
        <div>
          <Button onPress={() => location.reload()}>{words.again}</Button>
        </div>
      </div>
    </main>
  );
}
