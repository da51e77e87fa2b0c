/** `kith up`: the node, with a live view of who is near and questions asked where one sits. */
import type { Command } from "commander";
import type { ExitCode } from "../exit-code.ts";
import { portOf } from "../global-options.ts";
import { durationOf } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { UpView } from "../up-view.ts";
import { examples, type Run } from "./command-shape.ts";

interface UpOptions {
  readonly acceptFiles?: string | true;
  readonly yes?: boolean;
  readonly for?: number;
  readonly serveRelay?: number | true;
}

export function setUp(command: Command, run: Run): void {
  command
    .option("--accept-files [folder]", "take every file that a contact offers, without asking")
    .option("-y, --yes", "agree to every pairing whose code or words were right, without asking")
    .option("--serve-relay [port]", "run a relay for others too, and use it (port 8420 unless told)", portOf)
    .option("--for <time>", "leave by itself after so long", durationOf)
    .addHelpText(
      "after",
      `${examples(
        "kith up",
        "kith up --name Attic --port 41641 --privacy open",
        "kith up --relay wss://relay.example",
        "kith up --serve-relay",
        "kith up --home ~/work-identity",
        "kith up --json --accept-files ~/Incoming      for a service",
      )}

Asks here when somebody wants to pair or offers files. Without a terminal, answer with
\`kith pair\` and \`kith inbox\`. Ctrl-C says goodbye and leaves.`,
    )
    .action((options: UpOptions) => run((shell) => up(shell, options)));
}

async function up(shell: Shell, options: UpOptions): Promise<ExitCode> {
  const { serveRelay } = options;
  if (serveRelay === undefined) return runNode(shell, options, undefined);
  const { serveBeside } = await import("./relay-run.ts");
  const served = await serveBeside(shell, serveRelay === true ? undefined : serveRelay);
  try {
    return await runNode(shell, options, served.address);
  } finally {
    await served.relay.drain();
  }
}

/** `ownRelay`: used as long as this runs. */
async function runNode(shell: Shell, options: UpOptions, ownRelay: string | undefined): Promise<ExitCode> {
  await using open = await shell.door.start(shell);
  const { relay = [], keepsRelay } = shell.options;
  if (keepsRelay) for (const address of relay) await open.kith.relays.add(address);
  const own = ownRelay === undefined ? undefined : await open.kith.relays.add(ownRelay);
  const over = options.for === undefined ? undefined : AbortSignal.timeout(options.for);
  const signal = over === undefined ? shell.signal : AbortSignal.any([shell.signal, over]);
  using view = new UpView(shell, open.kith, {
    signal,
    isConsentGiven: options.yes === true,
    acceptsFiles: options.acceptFiles !== undefined,
    ...(typeof options.acceptFiles === "string" ? { directory: options.acceptFiles } : {}),
  });
  await view.run();
  view.say(shell.style.dim("Leaving …"));
  if (own !== undefined) await open.kith.relays.remove(own);
  return shell.leave();
}
