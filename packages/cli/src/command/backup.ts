/** `kith backup`: who we are, whom we know and our cards, in one file that a passphrase opens. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { askingPassphrase, newExportPassphrase } from "../passphrase.ts";
import { safeText } from "../render/terminal-text.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

export function setUp(command: Command, run: Run): void {
  command
    .argument("<file>", "where to write")
    .option("--force", "overwrite the file")
    .action((file: string, options: { force?: boolean }) => run((shell) => backUp(shell, file, options.force === true)))
    .addHelpText(
      "after",
      examples("kith backup me.kith-backup", "KITH_EXPORT_PASSPHRASE=… kith backup me.kith-backup"),
    );
}

async function backUp(shell: Shell, file: string, isForced: boolean): Promise<ExitCode> {
  await using open = await shell.open();
  const passphrase = await askingPassphrase(shell, (dialog) => newExportPassphrase(shell, dialog));
  const { bytes, records, damaged, photosLeft } = await open.kith.backup(passphrase);
  const path = resolve(shell.terminal.cwd, file);
  try {
    writeFileSync(path, bytes, { mode: 0o600, flag: isForced ? "w" : "wx" });
  } catch (cause) {
    const hint = "Does it exist already? --force overwrites.";
    throw new CliError(EXIT.file, "ERR_FILE", `Cannot write ${safeText(file)}`, { cause, hint });
  }
  shell.tell(
    { type: "backed-up", file: path, bytes: bytes.length, records, damaged, photosLeft },
    `Written to ${safeText(file)}, sealed: your identity, and whom it knows (records: ${records}).`,
  );
  if (damaged > 0) shell.note(`Could not be read, and is not in it: ${damaged}.`);
  if (photosLeft > 0) shell.note(`Photos that had no room, and are not in it: ${photosLeft}.`);
  shell.note("Chats, rooms and files are not in it. Whoever has the file and the passphrase is you.");
  return EXIT.done;
}
