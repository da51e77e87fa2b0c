/** A view whose code comes when somebody goes there. */
import type { FunctionComponent, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { wordsIn } from "./language.ts";

const useWords = wordsIn({
  en: { loading: "Loading …", failed: "This part could not be loaded. Is the node that serves Kith still there?" },
  de: {
    loading: "Lädt …",
    failed: "Dieser Teil konnte nicht geladen werden. Läuft der Knoten noch, der Kith ausliefert?",
  },
});

/** `isQuiet`: beside something else that is there already, or says that it comes. */
export function lazy<Props extends object>(
  load: () => Promise<FunctionComponent<Props>>,
  { isQuiet = false }: { readonly isQuiet?: boolean } = {},
): FunctionComponent<Props> {
  let known: FunctionComponent<Props> | undefined;
  return function Lazy(props: Props): JSX.Element | null {
    const words = useWords();
    const [View, setView] = useState<FunctionComponent<Props> | "failed" | undefined>(() => known);
    useEffect(() => {
      if (View !== undefined) return;
      load().then(
        (loaded) => {
          known = loaded;
          setView(() => loaded);
        },
        () => setView("failed"),
      );
    }, []);
    if (isQuiet && (View === undefined || View === "failed")) return null;
    if (View === "failed") return <p role="alert">{words.failed}</p>;
    if (View === undefined)
      return (
        <p class="boot" role="status">
          <span class="waiting" /> {words.loading}
        </p>
      );
    return <View {...props} />;
  };
}
