/** `kith send`: files and folders to a contact. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { TransferView } from "@kith/sdk";
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode, exitOfTransfer, verdictOf } from "../exit-code.ts";
import { leadJoinCode } from "../join-code-dialog.ts";
import type { Kith } from "../kith.ts";
import { durationOf } from "../option-values.ts";
import { endInWords, transferTitle } from "../render/progress.ts";
import { safeText } from "../render/terminal-text.ts";
import { bytesInWords, count } from "../render/units.ts";
import { resolveContact } from "../resolve-peer.ts";
import type { Shell } from "../shell.ts";
import { isOver, watchTransfers } from "../transfer-watch.ts";
import { examples, type Run } from "./command-shape.ts";

interface SendOptions {
  readonly code?: boolean;
  readonly expires?: number;
  readonly at?: string;
  readonly detach?: boolean;
}

export function setUp(command: Command, run: Run): void {
  command
    .argument("[peer]", "a contact; with --code, a file or folder")
    .argument("[path...]", "files and folders")
    .option("--code", "to whoever has the code that this shows, anywhere: kith receive CODE")
    .option("--expires <time>", "of the code (10min unless told, 15min at most)", durationOf)
    .option("--at <host>", "meet at this relay, in place of the usual one")
    .option("-d, --detach", "let the running node do it; `kith transfers` shows how far it is")
    .addHelpText(
      "after",
      `${examples("kith send Bob holiday.jpg", "kith send Bob photos/ letter.pdf", "kith send Bob big.iso --detach", "kith send --code letter.pdf")}

Ctrl-C cancels on both sides. After a crash or a lost network it goes on where it was,
as soon as both nodes run again: kith transfers --watch`,
    )
    .action((peer: string | undefined, paths: string[], options: SendOptions) =>
      run((shell) => {
        if (options.code === true) return sendByCode(shell, peer === undefined ? paths : [peer, ...paths], options);
        if (peer === undefined || paths.length === 0) throw missing(peer);
        return send(shell, peer, paths, options);
      }),
    );
}

async function send(shell: Shell, text: string, paths: readonly string[], options: SendOptions): Promise<ExitCode> {
  const absolute = paths.map((path) => existing(resolve(shell.terminal.cwd, path), path));
  await using open = await shell.open();
  const { kith } = open;
  if (options.detach === true && open.isFresh) {
    throw new CliError(EXIT.home, "ERR_NO_NODE", "Cannot detach: no node runs that could go on", {
      hint: "Start one with `kith up`, or leave --detach out.",
    });
  }
  const contact = await resolveContact(shell, open, text);
  const id = await kith.files.send(contact.peer, absolute);
  if (options.detach === true) {
    const view = kith.files.transfers.get().find((one) => one.id === id);
    shell.tell({ type: "transfer", id, peer: contact.peer, ...view }, `Offered to ${safeText(contact.name, 40)}.`);
    return EXIT.done;
  }
  try {
    return await attend(shell, kith, id, safeText(contact.name, 40));
  } catch (error) {
    if (shell.signal.aborted) await cancel(shell, kith, id);
    throw error;
  }
}

const missing = (peer: string | undefined): CliError =>
  new CliError(EXIT.usage, "ERR_USAGE", `Cannot send: missing ${peer === undefined ? "contact and path" : "path"}`, {
    hint: "kith send Bob letter.pdf, or kith send --code letter.pdf",
  });

async function sendByCode(shell: Shell, paths: readonly string[], { expires, at }: SendOptions): Promise<ExitCode> {
  if (paths.length === 0) throw missing("");
  const absolute = paths.map((path) => existing(resolve(shell.terminal.cwd, path), path));
  await using open = await shell.open();
  const { kith } = open;
  const terms = { ...(expires !== undefined && { lifetimeMs: expires }), ...(at !== undefined && { relay: at }) };
  const id = await kith.joinCodes.create({ for: "files", paths: absolute }, { signal: shell.signal, ...terms });
  const { step } = await leadJoinCode(shell, kith, id, { isConsentGiven: true });
  const { style } = shell;
  const { transfer } = step;
  const what =
    transfer === undefined
      ? "them"
      : `${transferTitle(transfer)} (${count(transfer.fileCount, "file")}, ${bytesInWords(transfer.bytesTotal)})`;
  shell.print(`${style.good(style.signs.good)} They have ${what}, verified.`);
  return EXIT.done;
}

function existing(absolute: string, path: string): string {
  try {
    statSync(absolute);
    return absolute;
  } catch (cause) {
    throw new CliError(EXIT.file, "ERR_FILE", `Cannot send ${safeText(path)}: there is no such file or folder`, {
      cause,
    });
  }
}

async function attend(shell: Shell, kith: Kith, id: string, name: string): Promise<ExitCode> {
  const offered = kith.files.transfers.get().find((one) => one.id === id);
  if (offered?.state === "offered") {
    const what = `${transferTitle(offered)} (${bytesInWords(offered.bytesTotal)})`;
    shell.note(`Offered ${what} to ${name}; waiting for a yes …`);
  }
  const [end] = await watchTransfers(shell, kith, (view) => view.id === id);
  return tellEnd(shell, end, name);
}

function tellEnd(shell: Shell, end: TransferView | undefined, name: string): ExitCode {
  if (end === undefined)
    throw new CliError(EXIT.unknown, "ERR_TRANSFER_UNKNOWN", "Cannot follow the transfer: it is gone");
  const what = `${transferTitle(end)} (${count(end.fileCount, "file")}, ${bytesInWords(end.bytesTotal)})`;
  if (end.state === "done") {
    shell.print(`${shell.style.good(shell.style.signs.good)} ${name} has ${what}, verified.`);
    return EXIT.done;
  }
  const words = end.state === "declined" ? `${name} declined` : endInWords(end);
  throw new CliError(
    exitOfTransfer(end.failure),
    `ERR_TRANSFER_${(end.failure ?? end.state).toUpperCase().replaceAll("-", "_")}`,
    `Cannot send ${what}: ${words}`,
  );
}

async function cancel(shell: Shell, kith: Kith, id: string): Promise<void> {
  const view = kith.files.transfers.get().find((one) => one.id === id);
  if (view === undefined || isOver(view)) return;
  const isCancelled = await kith.files.cancel(id).then(
    () => true,
    () => false, // it ended meanwhile, or our node did
  );
  if (isCancelled) shell.note("Cancelled, on both sides.");
  else if (verdictOf(shell.signal.reason).code === "ERR_NODE_STOPPED")
    shell.note("It goes on once a node runs here again.");
}
