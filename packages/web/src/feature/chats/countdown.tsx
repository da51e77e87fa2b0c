/** How long a message is still here. */
import type { JSX } from "preact";
import { useEffect, useReducer } from "preact/hooks";
import { Icon } from "../../ui/icon.tsx";
import { useLifetimeWords } from "./lifetime-words.ts";
import type { Line } from "./talk.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

type CountdownProps = Pick<Line, "lifetime" | "expiresAt">;

export function Countdown({
  lifetime,
  expiresAt,
}: { readonly [Key in keyof CountdownProps]: CountdownProps[Key] | undefined }): JSX.Element | null {
  const words = useLifetimeWords();
  const [, redraw] = useReducer<number, undefined>((count) => count + 1, 0);
  const left = expiresAt === undefined ? undefined : expiresAt - Date.now();
  useEffect(() => {
    if (expiresAt === undefined) return;
    // By the second in its last two minutes, else by the minute.
    const period = (left ?? 0) < 2 * MINUTE_MS ? SECOND_MS : MINUTE_MS / 2;
    const timer = setInterval(() => redraw(undefined), period);
    return () => clearInterval(timer);
  }, [expiresAt, (left ?? 0) < 2 * MINUTE_MS]);
  if (left === undefined && lifetime === undefined) return null;
  const text = left === undefined ? words.livesFor(lifetime ?? "until-closed") : words.left(Math.max(0, left));
  return (
    <span class="countdown">
      <Icon name="clock" /> {text}
    </span>
  );
}
