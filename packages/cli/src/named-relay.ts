/** Which relay a command is told to ask. */
import type { Shell } from "./shell.ts";

/**
 * The first that its command line names. `--relay` is an option of every command, which takes it wherever it stands: one of the
 * same name that a command has for its help never gets a value.
 */
export const namedRelay = ({ options }: Shell): string | undefined =>
  options.keepsRelay === true ? options.relay?.[0] : undefined;
