/**
 * `kith` itself: this process's terminal and signals, and a clean end whatever happens.
 *
 * @module
 */
import { CliError, EXIT } from "./exit-code.ts";
import { door } from "./open-kith.ts";
import { interrupted, runProgram } from "./program.ts";
import { processTerminal } from "./terminal.ts";

/** How long an orderly end may take after the work is over, in milliseconds. */
const LINGER_MS = 5_000;

export async function main(): Promise<void> {
  const stop = new AbortController();
  let signals = 0;
  const onSignal = (reason: CliError) => (): void => {
    signals++;
    stop.abort(reason);
    if (signals > 1) process.exit(reason.exit); // the second Ctrl-C means it
  };
  process.on("SIGINT", onSignal(interrupted()));
  process.on("SIGTERM", onSignal(new CliError(EXIT.terminated, "ERR_TERMINATED", "Terminated")));
  if (process.platform !== "win32")
    process.on("SIGHUP", onSignal(new CliError(EXIT.terminated, "ERR_TERMINATED", "Hung up")));
  // `kith peers --watch | head -1`: nobody reads any more, so there is nothing left to do.
  process.stdout.on("error", () => stop.abort(new CliError(EXIT.done, "ERR_PIPE", "Nobody reads the output")));

  process.exitCode = await runProgram(process.argv.slice(2), { terminal: processTerminal(), door, stop });
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
