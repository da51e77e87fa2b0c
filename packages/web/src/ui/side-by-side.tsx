/** A list, and what was chosen of it: beside each other where there is room for both, else one at a time. */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef } from "preact/hooks";
import "./side-by-side.css";

interface SideBySideProps {
  readonly list: JSX.Element;
  /** What of the list is shown; `undefined`: nothing was chosen. */
  readonly chosen: string | undefined;
  readonly detail: JSX.Element | undefined;
  /** Where that would be; `undefined`: there is nothing to choose, and the list has the place for itself. */
  readonly none: JSX.Element | undefined;
}

const WIDE = "(min-width: 62.5rem)";

export function SideBySide({ list, chosen, detail, none }: SideBySideProps): JSX.Element {
  const hasRoom = useMedia(WIDE);
  const isWide = hasRoom && (detail ?? none) !== undefined;
  const [listed, shown] = [useRef<HTMLDivElement>(null), useRef<HTMLDivElement>(null)];
  useLayoutEffect(() => {
    // Whoever chose by key goes on in what was chosen, and not behind the rest of the list.
    if (chosen === undefined || listed.current?.contains(document.activeElement) !== true) return;
    const head = shown.current?.querySelector("h1") ?? shown.current;
    head?.setAttribute("tabindex", "-1");
    head?.focus();
  }, [chosen]);
  // With keys: who turns a phone finds what was begun there as it was.
  return (
    <div class={isWide ? "panes wide" : "panes"}>
      {(isWide || detail === undefined) && (
        <div class="pane" key="list" ref={listed}>
          {list}
        </div>
      )}
      {(isWide || detail !== undefined) && (
        <div class="pane" key="detail" ref={shown}>
          {detail ?? none}
        </div>
      )}
    </div>
  );
}

function useMedia(query: string): boolean {
  const [, redraw] = useReducer<number, undefined>((count) => count + 1, 0);
  useEffect(() => {
    const media = matchMedia(query);
    const changed = (): void => redraw(undefined);
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  }, [query]);
  return matchMedia(query).matches;
}
