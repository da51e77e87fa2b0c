/** `kith transfers`: files on their way. */

import type { TransferView } from "@kith/sdk";
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import type { Kith } from "../kith.ts";
import { endInWords, hasId, share, shortId, transferTitle } from "../render/progress.ts";
import { table } from "../render/table.ts";
import { safeText } from "../render/terminal-text.ts";
import { bytesInWords, count, rateInWords } from "../render/units.ts";
import type { Shell } from "../shell.ts";
import { isOver, watchTransfers } from "../transfer-watch.ts";
import { examples, type Run } from "./command-shape.ts";

export function setUp(command: Command, run: Run): void {
  command
    .option("-w, --watch", "stay until all are done; runs the node if none runs, so interrupted ones go on")
    .action((options: { watch?: boolean }) => run((shell) => transfers(shell, options.watch === true)))
    .addHelpText("after", examples("kith transfers", "kith transfers --watch", "kith transfers cancel 5f"));
  command
    .command("cancel")
    .argument("<id>", "its id or the beginning of it")
    .description("Stop a transfer, on both sides.")
    .action((id: string) => run((shell) => cancel(shell, id)))
    .addHelpText("after", examples("kith transfers cancel 5f"));
}

async function transfers(shell: Shell, isWatching: boolean): Promise<ExitCode> {
  await using open = await shell.open();
  const { kith } = open;
  if (isWatching) {
    return await watch(shell, kith);
  }
  const all = kith.files.transfers.get();
  for (const view of all) shell.record({ type: "transfer", ...view });
  for (const line of transferTable(shell, kith, all)) shell.print(line);
  if (all.length === 0) shell.note("No transfers.");
  return EXIT.done;
}

async function watch(shell: Shell, kith: Kith): Promise<ExitCode> {
  const wanted = new Set<string>(); // what runs when we begin, or begins while we look
  const isWanted = (view: TransferView): boolean => {
    if (!isOver(view)) wanted.add(view.id);
    return wanted.has(view.id);
  };
  let ended: readonly TransferView[];
  try {
    ended = await watchTransfers(shell, kith, isWanted);
  } catch (error) {
    if (shell.signal.aborted) return shell.leave();
    throw error;
  }
  for (const view of ended) shell.print(`${transferTitle(view)}: ${endInWords(view)}`);
  return ended.every(({ state }) => state === "done") ? EXIT.done : EXIT.refused;
}

function transferTable(shell: Shell, kith: Kith, all: readonly TransferView[]): readonly string[] {
  const rows = all.map((view) => [
    shortId(view),
    view.isOutgoing ? "to" : "from",
    safeText(nameOf(kith, view), 24),
    transferTitle(view),
    bytesInWords(view.bytesTotal),
    `${Math.floor(share(view) * 100)} %`,
    view.state === "active" ? rateInWords(view.bytesPerSecond) : isOver(view) ? endInWords(view) : view.state,
  ]);
  const columns = [
    { title: "ID", paint: shell.style.dim },
    { title: "" },
    { title: "PEER", isFlexible: true },
    { title: "WHAT", isFlexible: true, paint: shell.style.strong },
    { title: "SIZE" },
    { title: "DONE" },
    { title: "STATE" },
  ];
  return table(columns, rows, { width: shell.columns, titlePaint: shell.style.dim });
}

const nameOf = (kith: Kith, { peer }: TransferView): string =>
  kith.trust.contacts.get().find((contact) => contact.peer === peer)?.name ?? `${peer.slice(0, 8)}…`;

async function cancel(shell: Shell, id: string): Promise<ExitCode> {
  await using open = await shell.open();
  const view = transferOf(open.kith, id, () => true);
  await open.kith.files.cancel(view.id);
  shell.tell(
    { type: "transfer", ...view, state: "cancelled", cancelledBy: "us" },
    `${transferTitle(view)}: cancelled.`,
  );
  return EXIT.done;
}

/** @throws {CliError} `ERR_TRANSFER_UNKNOWN` unless just one begins like that */
export function transferOf(kith: Kith, id: string, isWanted: (view: TransferView) => boolean): TransferView {
  const found = kith.files.transfers.get().filter((view) => isWanted(view) && hasId(view, id.toLowerCase()));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new CliError(
    EXIT.unknown,
    "ERR_TRANSFER_UNKNOWN",
    `Cannot tell which transfer ${safeText(id, 40)} is: ${count(found.length, "transfer")} begin like that`,
    { hint: "`kith transfers` lists them." },
  );
}
