/** `kith inbox`: unread messages and offered files. */
import { resolve } from "node:path";
import type { ChatMessage, TransferView } from "@kith/sdk";
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import type { Kith } from "../kith.ts";
import { messageLines } from "../render/message-view.ts";
import { shortId, transferTitle } from "../render/progress.ts";
import { safeText } from "../render/terminal-text.ts";
import { bytesInWords, count } from "../render/units.ts";
import { resolveContact } from "../resolve-peer.ts";
import type { Shell } from "../shell.ts";
import { isOver, watchTransfers } from "../transfer-watch.ts";
import { examples, type Run } from "./command-shape.ts";
import { transferOf } from "./transfers.ts";

interface AcceptOptions {
  readonly all?: boolean;
  readonly to?: string;
  readonly detach?: boolean;
}

export function setUp(command: Command, run: Run): void {
  command
    .action(() => run(list))
    .addHelpText(
      "after",
      examples("kith inbox", "kith inbox read Bob", "kith inbox accept --all", "kith inbox decline 5f"),
    );
  command
    .command("list")
    .description("Unread messages and offered files. Changes nothing.")
    .action(() => run(list))
    .addHelpText("after", examples("kith inbox list --json"));
  command
    .command("read")
    .argument("[peer]", "only what this contact wrote")
    .description("Show unread messages and mark them read.")
    .action((peer: string | undefined) => run((shell) => read(shell, peer)))
    .addHelpText("after", examples("kith inbox read", "kith inbox read Bob"));
  command
    .command("accept")
    .argument("[id...]", "of an offer, or the beginning of it")
    .option("-a, --all", "every offer")
    .option("--to <folder>", "put them there instead of the inbox folder")
    .option("-d, --detach", "do not stay to show progress")
    .description("Take offered files.")
    .action((ids: string[], options: AcceptOptions) => run((shell) => accept(shell, ids, options)))
    .addHelpText("after", examples("kith inbox accept 5f", "kith inbox accept --all --to ~/Downloads"));
  command
    .command("decline")
    .argument("[id...]", "of an offer, or the beginning of it")
    .option("-a, --all", "every offer")
    .description("Refuse offered files.")
    .action((ids: string[], options: AcceptOptions) => run((shell) => decline(shell, ids, options)))
    .addHelpText("after", examples("kith inbox decline 5f", "kith inbox decline --all"));
}

const isOffer = (view: TransferView): boolean => !view.isOutgoing && view.state === "offered";
const nameOf = (kith: Kith, peer: string): string =>
  safeText(kith.trust.contacts.get().find((contact) => contact.peer === peer)?.name ?? `${peer.slice(0, 8)}…`, 40);

async function list(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const { kith } = open;
  const unread = kith.chat.unread.get();
  const offers = kith.files.transfers.get().filter(isOffer);
  for (const message of unread) tellMessage(shell, kith, message);
  for (const offer of offers) {
    const id = shell.style.dim(`[${shortId(offer)}]`);
    const size = `${count(offer.fileCount, "file")}, ${bytesInWords(offer.bytesTotal)}`;
    const words = `${id} ${nameOf(kith, offer.peer)} offers ${shell.style.strong(transferTitle(offer))} (${size})`;
    shell.tell({ type: "transfer", ...offer }, words);
  }
  if (offers.length > 0)
    shell.note("Take them with `kith inbox accept ID` (or --all), refuse with `kith inbox decline ID`.");
  if (unread.length === 0 && offers.length === 0) shell.note("Nothing new.");
  return EXIT.done;
}

function tellMessage(shell: Shell, kith: Kith, message: ChatMessage): void {
  const { style, terminal } = shell;
  shell.tell({ type: "message", ...message }, messageLines(message, nameOf(kith, message.peer), style, terminal.now()));
}

async function read(shell: Shell, text: string | undefined): Promise<ExitCode> {
  await using open = await shell.open();
  const { kith } = open;
  const only = text === undefined ? undefined : (await resolveContact(shell, open, text)).peer;
  const unread = kith.chat.unread.get().filter(({ peer }) => only === undefined || peer === only);
  const idsByPeer = Map.groupBy(unread, ({ peer }) => peer);
  for (const message of unread) tellMessage(shell, kith, message);
  for (const [peer, messages] of idsByPeer) {
    await kith.chat.markRead(
      peer,
      messages.map(({ id }) => id),
    );
  }
  if (unread.length === 0) shell.note("Nothing new.");
  return EXIT.done;
}

function meantOffers(kith: Kith, ids: readonly string[], isAll: boolean): readonly TransferView[] {
  if (isAll) return kith.files.transfers.get().filter(isOffer);
  if (ids.length === 0) throw new CliError(EXIT.usage, "ERR_USAGE", "Cannot tell which offer: give an id, or --all");
  return ids.map((id) => transferOf(kith, id, isOffer));
}

async function accept(shell: Shell, ids: readonly string[], options: AcceptOptions): Promise<ExitCode> {
  await using open = await shell.open();
  const { kith } = open;
  const offers = meantOffers(kith, ids, options.all === true);
  const directory = options.to === undefined ? {} : { directory: resolve(shell.terminal.cwd, options.to) };
  for (const { id } of offers) await kith.files.accept(id, directory);
  if (offers.length === 0) shell.note("Nothing is offered.");
  if (options.detach === true && !open.isFresh) {
    for (const offer of offers) shell.tell({ type: "transfer", ...offer }, `${transferTitle(offer)}: accepted.`);
    return EXIT.done;
  }
  const wanted = new Set(offers.map(({ id }) => id));
  const ends = await watchTransfers(shell, kith, (view) => wanted.has(view.id));
  for (const end of ends) shell.print(receivedInWords(end));
  return ends.every((end) => end.state === "done") ? EXIT.done : EXIT.refused;
}

export function receivedInWords(end: TransferView): string {
  const where = end.directory === undefined ? "" : ` in ${safeText(end.directory)}`;
  if (end.state === "done")
    return `Received ${transferTitle(end)} (${bytesInWords(end.bytesTotal)})${where}, verified.`;
  return `${transferTitle(end)}: ${isOver(end) ? end.state : "not finished"}.`;
}

async function decline(shell: Shell, ids: readonly string[], options: AcceptOptions): Promise<ExitCode> {
  await using open = await shell.open();
  const { kith } = open;
  const offers = meantOffers(kith, ids, options.all === true);
  for (const offer of offers) {
    await kith.files.decline(offer.id);
    shell.tell({ type: "transfer", ...offer, state: "declined" }, `${transferTitle(offer)}: declined.`);
  }
  if (offers.length === 0) shell.note("Nothing is offered.");
  return EXIT.done;
}
