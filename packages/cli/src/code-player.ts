/**
 * Several QR codes in turn, in one place of the terminal, over and over until a key is pressed: whoever's camera looks
 * long enough has seen them all.
 *
 * @module
 */
import { qrLines } from "./render/qr.ts";
import { Screen } from "./render/screen.ts";
import { widthOf } from "./render/terminal-text.ts";
import type { Terminal } from "./terminal.ts";

export interface PlayedCode {
  readonly text: string;
  readonly level: "H" | "M";
}

/** A camera looks eight times a second; fewer than three changes a second are no flicker. */
const FRAME_MS = 400;
/** What stands below a code: which one it is, and what is typed; and what a {@link Screen} leaves free. */
const ROWS_BESIDE = 4;

/** Fulfils when a key was pressed, or the signal aborts. */
export async function playCodes(
  terminal: Terminal,
  codes: readonly PlayedCode[],
  { color, signal }: { readonly color: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const leaving = Promise.withResolvers<void>();
  const leave = (): void => leaving.resolve();
  using screen = new Screen(terminal, { interrupt: leave, end: leave, line: leave, typed: leave });
  let at = 0;
  const draw = (): void => {
    const code = codes[at % codes.length];
    if (code === undefined) return;
    screen.show(
      frameOf(qrLines(code.text, { color, level: code.level }), screen.size, at % codes.length, codes.length),
    );
  };
  const turn = setInterval(() => {
    at += 1;
    draw();
  }, FRAME_MS);
  signal.addEventListener("abort", leave, { once: true });
  try {
    screen.prompt("Any key ends it. ");
    draw();
    if (!signal.aborted) await leaving.promise;
  } finally {
    clearInterval(turn);
    signal.removeEventListener("abort", leave);
    screen.prompt(undefined);
    screen.show([]);
  }
}

/** Half a code is none: where it does not fit it is said how large the window must be. */
function frameOf(
  lines: readonly string[],
  { columns, rows }: { readonly columns: number; readonly rows: number },
  at: number,
  count: number,
): readonly string[] {
  const [width, height] = [widthOf(lines[0] ?? ""), lines.length + ROWS_BESIDE];
  if (columns > width && rows >= height) return [...lines, `Code ${at + 1} of ${count}`];
  return [`Make the window larger, or its letters smaller: ${width + 1} columns and ${height} rows are needed.`];
}
