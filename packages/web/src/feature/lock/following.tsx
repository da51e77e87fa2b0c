/** Another tab of this browser has the identity. */
import type { JSX } from "preact";
import { useKith } from "../../store/kith-context.ts";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { useWords } from "./words.ts";

export function Following(): JSX.Element {
  const words = useWords();
  const kith = useKith();
  return (
    <main class="place empty">
      <Icon name="lock" />
      <h1>{words.following}</h1>
      <p>{words.followingHow}</p>
      <Button look="main" onPress={() => kith.take()}>
        {words.take}
      </Button>
    </main>
  );
}
