/** What was said: of a long talk the part around where one reads. */
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Bubble, type Touches } from "./bubble.tsx";
import { AT_END, around, drawn, moved, type Reading, type Row, rowsOf } from "./rows.ts";
import type { Line } from "./talk.ts";
import { find, usePlace } from "./use-place.ts";
import { useWords } from "./words.ts";

/** From the edge at which more is drawn, in pixels. */
const NEAR_EDGE = 600;
/** Below the edge, where one begins to read what is new. */
const READ_AT = 96;
const FOUND_MS = 2_000;

interface ThreadProps {
  readonly lines: readonly Line[];
  readonly isNamed: boolean;
  /** The first that was not here when one was here last. */
  readonly newFrom: string | undefined;
  readonly touches: Omit<Touches, "jump">;
  readonly attached: (line: Line) => JSX.Element | undefined;
}

export function Thread({ lines, isNamed, newFrom, touches, attached }: ThreadProps): JSX.Element {
  const words = useWords();
  const [reading, setReading] = useState<Reading>(AT_END);
  const [found, setFound] = useState<string>();
  const [current, setCurrent] = useState<string>();
  const place = usePlace();
  const span = drawn(lines, reading);
  const rows = rowsOf(lines, span, newFrom);
  const byId = useMemo(() => new Map(lines.map((line) => [line.id, line])), [lines]);
  const last = lines.at(-1);
  const toEnd = (): void => {
    setReading(AT_END);
    place.toEnd();
  };
  const jump = (id: string, top = (place.scroller.current?.clientHeight ?? 0) / 3): void => {
    const index = lines.findIndex((line) => line.id === id);
    if (index < span.start || index >= span.end) setReading(around(lines, index));
    place.to(id, top);
    setFound(id);
    setCurrent(id);
  };
  useEffect(() => {
    if (found === undefined) return;
    find(place.scroller.current, found)?.focus({ preventScroll: true });
    const timer = setTimeout(() => setFound(undefined), FOUND_MS);
    return () => clearTimeout(timer);
  }, [found]);
  const known = useRef(last?.id);
  useEffect(() => {
    if (last?.isOurs === true && last.id !== known.current) toEnd(); // what one says oneself one sees
    known.current = last?.id;
  }, [last?.id]);
  useEffect(() => {
    if (newFrom === undefined) return;
    const index = lines.findIndex((line) => line.id === newFrom);
    if (index < span.start) setReading(around(lines, index));
    place.to(newFrom, READ_AT);
  }, [newFrom]);
  const scrolled = (): void => {
    place.onScroll();
    const box = place.scroller.current;
    if (box === null) return;
    if (box.scrollTop < NEAR_EDGE && span.start > 0) setReading(moved(lines, reading, "earlier"));
    else if (box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_EDGE && span.end < lines.length)
      setReading(moved(lines, reading, "later"));
  };
  const shown = current !== undefined && rows.some(({ line }) => line.id === current) ? current : rows.at(-1)?.line.id;
  const step = (event: KeyboardEvent): void => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by === undefined || !(event.target instanceof HTMLElement) || event.target.dataset["id"] === undefined) return;
    const next = rows[rows.findIndex(({ line }) => line.id === shown) + by]?.line.id;
    if (next === undefined) return;
    event.preventDefault();
    setCurrent(next);
    const element = find(place.scroller.current, next);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest" });
  };
  const isElsewhere = !place.isAtEnd || span.end < lines.length;
  const bubble = (row: Row): JSX.Element => (
    <Bubble
      key={row.line.id}
      {...{ line: row.line, isFirst: row.isFirst, isNamed, isFound: row.line.id === found }}
      isCurrent={row.line.id === shown}
      answered={row.line.replyTo === undefined ? undefined : byId.get(row.line.replyTo)}
      touches={{ ...touches, jump }}
    >
      {attached(row.line)}
    </Bubble>
  );
  return (
    <div class="thread">
      <div class="scroller" ref={place.scroller} onScroll={scrolled}>
        <ol
          class="messages"
          aria-label={words.messages}
          aria-live={isElsewhere ? "off" : "polite"} // older ones that come while one scrolls are no news
          onKeyDown={step}
        >
          {rows.map((row) => [
            row.day !== undefined && <Divider key={`day ${row.line.id}`} text={dayText(row.day)} />,
            row.isNew && <Divider key={`new ${row.line.id}`} text={words.newMessages} isNew />,
            bubble(row),
          ])}
        </ol>
      </div>
      {isElsewhere && (
        <span class="to-end">
          <Button icon="down" label={words.toEnd} onPress={toEnd} />
        </span>
      )}
    </div>
  );
}

const Divider = ({ text, isNew = false }: { readonly text: string; readonly isNew?: boolean }): JSX.Element => (
  <li class={isNew ? "divider new" : "divider"}>
    <span>{text}</span>
  </li>
);

const dayText = (at: number): string =>
  new Date(at).toLocaleDateString(document.documentElement.lang || undefined, {
    ...{ weekday: "long", day: "numeric", month: "long" },
    ...(new Date(at).getFullYear() !== new Date().getFullYear() && { year: "numeric" as const }),
  });
