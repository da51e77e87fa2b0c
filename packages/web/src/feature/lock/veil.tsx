/** Covers what is on the screen while the window is not looked at: whoever passes by, or switches apps, sees nothing. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../ui/icon.tsx";
import { useWords } from "./words.ts";
import "./veil.css";

export function Veil(): JSX.Element | null {
  const words = useWords();
  const [isVeiled, setVeiled] = useState(false);
  useEffect(() => {
    const look = (): void => setVeiled(document.visibilityState === "hidden" || !document.hasFocus());
    const leaving = new AbortController();
    for (const type of ["focus", "blur"]) addEventListener(type, look, { signal: leaving.signal });
    document.addEventListener("visibilitychange", look, { signal: leaving.signal });
    return () => leaving.abort();
  }, []);
  if (!isVeiled) return null;
  return (
    <div class="veil" role="presentation">
      <Icon name="eye" />
      <p>{words.veiled}</p>
    </div>
  );
}
