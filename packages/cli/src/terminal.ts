/**
 * The world around one run of `kith`: streams, environment, clock. `main.ts` gives the real one,
 * tests their own, so a command never reaches for `process`.
 *
 * @module
 */
import type { Readable, Writable } from "node:stream";

export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** A person sits there: input and output are both a terminal. */
  readonly isInteractive: boolean;
  readonly hasColor: boolean;
  /** Cells of a line and lines of the window; 80 and 24 where there is none. */
  size(): { readonly columns: number; readonly rows: number };
  /** Calls `changed` when the window's size changes; returns how to stop it. */
  onResize(changed: () => void): () => void;
  /** Milliseconds since 1970. */
  now(): number;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const isInteractive = stdin.isTTY === true && stdout.isTTY === true && env["TERM"] !== "dumb";
  const wantsColor = env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0";
  return {
    stdin,
    stdout,
    stderr,
    env,
    cwd: process.cwd(),
    isInteractive,
    hasColor: wantsColor || (stdout.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb"),
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    onResize: (changed) => {
      stdout.on("resize", changed);
      return () => stdout.off("resize", changed);
    },
    now: () => Date.now(),
  };
}
