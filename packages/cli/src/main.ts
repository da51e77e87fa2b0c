/**
 * `kith` itself: this process's terminal and signals, and a clean end whatever happens.
 *
 * @module
 */
import { CliError, EXIT } from "./exit-code.ts";
import { interrupted } from "./interrupted.ts";
import { door } from "./open-kith.ts";
import { runProgram } from "./program.ts";
import { processTerminal } from "./terminal.ts";

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
    process.on("SIGHUP", () => {
      // Where no terminal is, it means "read your files again" to whoever listens for it.
      if (!process.stdin.isTTY && process.listenerCount("SIGHUP") > 1) return;
      onSignal(new CliError(EXIT.terminated, "ERR_TERMINATED", "Hung up"))();
    });
  // `kith peers --watch | head -1`: nobody reads any more, so there is nothing left to do.
  process.stdout.on("error", () => stop.abort(new CliError(EXIT.done, "ERR_PIPE", "Nobody reads the output")));

  const exit = await runProgram(process.argv.slice(2), { terminal: processTerminal(), door, stop });
  // Everything was closed and waited for; what a library may still hold must not keep the person.
  process.stderr.write("", () => process.stdout.write("", () => process.exit(exit)));
}
