/** The browser has cleared what was kept, as it may when space is short: who was in can go on, with nothing else of before. */
import type { JSX } from "preact";
import { useKith } from "../../store/kith-context.ts";
import { Button } from "../../ui/button.tsx";
import { useWords } from "./words.ts";

export function Lost({ wasGuarded }: { readonly wasGuarded: boolean }): JSX.Element {
  const words = useWords();
  const kith = useKith();
  return (
    <main class="place">
      <div class="stack">
        <h1>{words.cleared}</h1>
        <p role="alert">{words.clearedHow}</p>
        {wasGuarded && <p>{words.clearedGuard}</p>}
        <div class="row">
          <Button look="main" onPress={() => kith.keepAgain()}>
            {words.keepAgain}
          </Button>
          <Button onPress={() => location.reload()}>{words.anew}</Button>
        </div>
      </div>
    </main>
  );
}
