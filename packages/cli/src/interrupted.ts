import { CliError, EXIT } from "./exit-code.ts";

/** Why a command stops on Ctrl-C. */
export const interrupted = (): CliError => new CliError(EXIT.interrupted, "ERR_INTERRUPTED", "Interrupted");
