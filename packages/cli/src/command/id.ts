/** `kith id`: who we are; the identity as a sealed text, out and in. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { askingPassphrase, exportPassphrase, newExportPassphrase } from "../passphrase.ts";
import { qrLines } from "../render/qr.ts";
import { safeText } from "../render/terminal-text.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

/** Longest exported identity that is read, in bytes; a real one has a few hundred. */
const EXPORT_BYTES_MAX = 65_536;

export function setUp(command: Command, run: Run): void {
  command
    .option("--qr", "the PeerId as a QR code")
    .action((options: { qr?: boolean }) => run((shell) => show(shell, options.qr === true)))
    .addHelpText("after", examples("kith id", "kith id --qr", "kith id export me.kith", "kith id import me.kith"));
  command
    .command("export")
    .argument("<file>", "where to write; - is standard output")
    .option("--force", "overwrite the file")
    .description("Write the identity, sealed by a passphrase, to keep it or to move it.")
    .action((file: string, options: { force?: boolean }) =>
      run((shell) => exportTo(shell, file, options.force === true)),
    )
    .addHelpText("after", examples("kith id export me.kith", "KITH_EXPORT_PASSPHRASE=… kith id export - > me.kith"));
  command
    .command("import")
    .argument("<file>", "what `kith id export` wrote; - is standard input")
    .description("Become an exported identity. The home must not have one yet.")
    .action((file: string) => run((shell) => importFrom(shell, file)))
    .addHelpText("after", examples("kith id import me.kith", "kith --home ~/second id import me.kith"));
}

async function show(shell: Shell, isQr: boolean): Promise<ExitCode> {
  await using open = await shell.open();
  const { id, fingerprint, name, isOneTime } = open.kith;
  const addresses = open.isFresh ? [] : open.kith.addresses.get();
  shell.tell({ type: "id", id, fingerprint, name, isOneTime, addresses }, [
    shell.style.strong(safeText(name)),
    `  fingerprint  ${fingerprint}`,
    `  peer id      ${id}`,
    ...(isOneTime ? ["  one-time     forgotten when the node ends"] : []),
    ...(isQr ? ["", ...qrLines(id, { color: shell.terminal.hasColor && shell.options.color })] : []),
  ]);
  return EXIT.done;
}

async function exportTo(shell: Shell, file: string, isForced: boolean): Promise<ExitCode> {
  await using open = await shell.open();
  const passphrase = await askingPassphrase(shell, (dialog) => newExportPassphrase(shell, dialog));
  const text = await open.kith.exportIdentity(passphrase);
  if (file === "-") {
    shell.tell({ type: "identity", text }, text.trimEnd());
    return EXIT.done;
  }
  const path = resolve(shell.terminal.cwd, file);
  try {
    writeFileSync(path, `${text.trimEnd()}\n`, { mode: 0o600, flag: isForced ? "w" : "wx" });
  } catch (cause) {
    const hint = "Does it exist already? --force overwrites.";
    throw new CliError(EXIT.file, "ERR_FILE", `Cannot write ${safeText(file)}`, { cause, hint });
  }
  shell.tell(
    { type: "exported", file: path, fingerprint: open.kith.fingerprint },
    `Written to ${safeText(file)}, sealed.`,
  );
  shell.note("Whoever has the file and the passphrase is you. Without the passphrase it is of no use to anyone.");
  return EXIT.done;
}

async function importFrom(shell: Shell, file: string): Promise<ExitCode> {
  const text = readExport(file === "-" ? 0 : resolve(shell.terminal.cwd, file), file);
  const passphrase = await askingPassphrase(shell, (dialog) => exportPassphrase(shell, dialog));
  const name = await shell.door.importIdentity(shell, text, passphrase);
  shell.tell({ type: "imported", name }, `This home is ${shell.style.strong(safeText(name))} now. See: kith id`);
  return EXIT.done;
}

function readExport(path: string | number, file: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new CliError(EXIT.file, "ERR_FILE", `Cannot read ${safeText(file)}`, { cause });
  }
  if (text.length <= EXPORT_BYTES_MAX) return text;
  throw new CliError(EXIT.file, "ERR_FILE", `Cannot read ${safeText(file)}: that is no exported identity`);
}
