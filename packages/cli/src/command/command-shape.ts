/**
 * What a file in this folder gives: one command, ready to be hung into the program.
 *
 * @module
 */
import type { Command } from "commander";
import type { ExitCode } from "../exit-code.ts";
import type { Shell } from "../shell.ts";

/** Runs a command's work with a shell; what it returns is how `kith` ends. */
export type Run = (work: (shell: Shell) => Promise<ExitCode | undefined>) => Promise<void>;

export interface CommandModule {
  /** Gives `command` its arguments, options, examples and action. */
  readonly setUp: (command: Command, run: Run) => void;
}

/** The end of a help text. Every command has one (a test looks). */
export const examples = (...lines: readonly string[]): string =>
  `\n${lines.length === 1 ? "Example" : "Examples"}:\n${lines.map((line) => `  ${line}`).join("\n")}`;
