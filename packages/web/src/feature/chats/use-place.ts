/**
 * Where one reads in a long list: the newest, until one goes elsewhere; then what one reads stays where it is, whatever comes
 * above or below. Not every browser does that by itself.
 *
 * @module
 */
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** As near as fingers come to it, in pixels. */
const NEAR_END = 48;

/** At the end, or a message and how far below the edge it is. */
type Anchor = "end" | { readonly id: string; readonly top: number };

export interface Place {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly isAtEnd: boolean;
  readonly onScroll: () => void;
  readonly toEnd: () => void;
  /** Brings a message that is drawn, or will be, to some pixels below the edge. */
  readonly to: (id: string, top: number) => void;
}

export function usePlace(): Place {
  const scroller = useRef<HTMLDivElement>(null);
  const anchor = useRef<Anchor>("end");
  const [isAtEnd, setAtEnd] = useState(true);
  const note = (): void => {
    const box = scroller.current;
    if (box === null) return;
    anchor.current = anchorOf(box);
    setAtEnd(anchor.current === "end");
  };
  const settle = (): void => {
    const box = scroller.current;
    if (box === null) return;
    if (anchor.current === "end") box.scrollTop = box.scrollHeight;
    else restore(box, anchor.current);
  };
  useLayoutEffect(settle);
  useEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    const sizes = new ResizeObserver(settle); // pictures come later, keyboards rise
    for (const each of [box, ...box.children]) sizes.observe(each);
    return () => sizes.disconnect();
  }, []);
  const put = (next: Anchor): void => {
    anchor.current = next;
    settle();
    if (next === "end" || find(scroller.current, next.id) !== undefined) note(); // the end may be as far as it goes
  };
  return { scroller, isAtEnd, onScroll: note, toEnd: () => put("end"), to: (id, top) => put({ id, top }) };
}

function anchorOf(box: HTMLElement): Anchor {
  if (box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END) return "end";
  const edge = box.getBoundingClientRect().top;
  for (const each of box.querySelectorAll<HTMLElement>("[data-id]")) {
    const { top, bottom } = each.getBoundingClientRect();
    if (bottom > edge) return { id: each.dataset["id"] ?? "", top: top - edge };
  }
  return "end";
}

function restore(box: HTMLElement, { id, top }: Exclude<Anchor, "end">): void {
  const found = find(box, id);
  if (found === undefined) return;
  const now = found.getBoundingClientRect().top - box.getBoundingClientRect().top;
  if (Math.abs(now - top) >= 1) box.scrollTop += now - top;
}

export const find = (box: HTMLElement | null, id: string): HTMLElement | undefined =>
  [...(box?.querySelectorAll<HTMLElement>("[data-id]") ?? [])].find((each) => each.dataset["id"] === id);
