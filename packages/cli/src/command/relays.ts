/** `kith relays`: the relays by which this identity's contacts are met. */

import type { RelayView } from "@kith/sdk";
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { relayTable, relayWords } from "../render/relay-view.ts";
import { safeText } from "../render/terminal-text.ts";
import type { Shell } from "../shell.ts";
import { until } from "../waiting.ts";
import { examples, type Run } from "./command-shape.ts";

/** How long an answer of a relay is waited for. */
const ANSWER_MS = 5_000;

export function setUp(command: Command, run: Run): void {
  command
    .action(() => run(list))
    .addHelpText(
      "after",
      `${examples("kith relays", "kith relays add wss://relay.example", "kith relays remove relay.example")}

A relay brings contacts together where no straight way leads from one to the other. It sees
who talks with whom under keys that mean nothing elsewhere, and never what is said.`,
    );
  command
    .command("list")
    .description("Relays that are used, and how it stands with each.")
    .action(() => run(list))
    .addHelpText("after", examples("kith relays list", "kith relays list --json"));
  command
    .command("add")
    .argument("<address>", "wss://host[:port][#key], or the host alone")
    .description("Use a relay from now on.")
    .action((address: string) => run((shell) => add(shell, address)))
    .addHelpText("after", examples("kith relays add relay.example", "kith relays add ws://192.168.1.2:8420"));
  command
    .command("remove")
    .argument("<relay>", "its host, as kith relays shows it")
    .description("Use a relay no more.")
    .action((host: string) => run((shell) => remove(shell, host)))
    .addHelpText("after", examples("kith relays remove relay.example"));
}

async function list(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const { relays } = open.kith;
  if (open.isFresh) await settled(shell, relays);
  const all = relays.get();
  for (const view of all) shell.record({ type: "relay-used", ...view });
  for (const line of relayTable(all, shell.style, shell.columns)) shell.print(line);
  if (all.length === 0) shell.note("No relays yet. `kith relays add ADDRESS` uses one, `kith relay` runs one.");
  return EXIT.done;
}

async function add(shell: Shell, address: string): Promise<ExitCode> {
  await using open = await shell.open();
  const { relays } = open.kith;
  const added = await relays.add(address);
  await settled(shell, relays);
  const view = relays.get().find(({ host }) => host === added);
  if (view === undefined) return EXIT.unfinished; // somebody removed it meanwhile
  shell.tell({ type: "relay-used", ...view }, `${shell.style.strong(added)}: ${relayWords(view)}`);
  if (view.state === "key-changed")
    throw new CliError(EXIT.unverified, "ERR_RELAY_KEY", `Cannot trust ${added}: it has another key than before`, {
      hint: `Ask who runs it. If the change is right: kith relays add wss://${added}#${view.problem ?? "KEY"}`,
    });
  if (view.state === "ready") return EXIT.done;
  shell.note("It is kept, and tried again and again. `kith doctor` looks for what is in the way.");
  return view.problem === "unwelcome" ? EXIT.refused : EXIT.unfinished;
}

async function remove(shell: Shell, text: string): Promise<ExitCode> {
  await using open = await shell.open();
  if (!(await open.kith.relays.remove(text)))
    throw new CliError(EXIT.unknown, "ERR_RELAY_UNKNOWN", `Cannot remove ${safeText(text, 80)}: it is not used`, {
      hint: "`kith relays` lists those that are.",
    });
  shell.tell({ type: "relay-removed", host: text }, `${safeText(text, 80)} is used no more.`);
  return EXIT.done;
}

/** Until each has answered, or it has taken too long. */
const settled = (
  shell: Shell,
  relays: { get(): readonly RelayView[]; subscribe(changed: () => void): () => void },
): Promise<true | undefined> =>
  until(relays, () => (relays.get().some(({ state }) => state === "connecting") ? undefined : true), {
    signal: shell.signal,
    timeoutMs: ANSWER_MS,
  });
