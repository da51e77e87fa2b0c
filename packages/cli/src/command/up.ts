/** `kith up`: the node, with a live view of who is near and questions asked where one sits. */

import type { RelayList } from "@kith/sdk";
import type { Command } from "commander";
import { type ExitCode, verdictOf } from "../exit-code.ts";
import { portOf } from "../global-options.ts";
import { durationOf } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { UpView } from "../up-view.ts";
import { examples, type Run } from "./command-shape.ts";
import type { ServedRelay } from "./relay-run.ts";

interface UpOptions {
  readonly acceptFiles?: string | true;
  readonly yes?: boolean;
  readonly for?: number;
  readonly serveRelay?: number | true;
  readonly app?: number | true;
}

export function setUp(command: Command, run: Run): void {
  command
    .option("--accept-files [folder]", "take every file that a contact offers, without asking")
    .option("-y, --yes", "agree to every pairing whose code or words were right, without asking")
    .option("--serve-relay [port]", "run a relay for others too, and use it (port 8420 unless told)", portOf)
    .option("--app [port]", "show Kith in browsers too, here and on this network (port 8420 unless told)", portOf)
    .option("--for <time>", "leave by itself after so long", durationOf)
    .addHelpText(
      "after",
      `${examples(
        "kith up",
        "kith up --name Attic --port 41641 --privacy open",
        "kith up --relay wss://relay.example",
        "kith up --serve-relay",
        "kith up --app",
        "kith up --home ~/work-identity",
        "kith up --json --accept-files ~/Incoming      for a service",
      )}

Asks here when somebody wants to pair or offers files. Without a terminal, answer with
\`kith pair\` and \`kith inbox\`. Ctrl-C says goodbye and leaves.`,
    )
    .action((options: UpOptions) => run((shell) => up(shell, options)));
}

async function up(shell: Shell, options: UpOptions): Promise<ExitCode> {
  const port = options.app ?? options.serveRelay;
  if (port === undefined) return runNode(shell, options, undefined);
  const { serveBeside } = await import("./relay-run.ts");
  const served = await serveBeside(shell, port === true ? undefined : port, options.app !== undefined);
  try {
    return await runNode(shell, options, served);
  } finally {
    await served.relay.drain();
  }
}

/** `served`: our own relay, used as long as this runs. */
async function runNode(shell: Shell, options: UpOptions, served: ServedRelay | undefined): Promise<ExitCode> {
  await using open = await shell.door.start(shell);
  const { relay = [], keepsRelay } = shell.options;
  if (keepsRelay) for (const address of relay) await open.kith.relays.add(address);
  const own = served && (await useOwn(open.kith.relays, served));
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

/** One without TLS at a public address is nobody's but ours: no other client goes there. */
async function useOwn(relays: RelayList, { address, ownAddress }: ServedRelay): Promise<string> {
  try {
    return await relays.add(address, { via: ownAddress });
  } catch (error) {
    if (verdictOf(error).code !== "ERR_ARGUMENT") throw error;
    return relays.add(ownAddress);
  }
}
