/** `kith audit`: the hash-chained log. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import type { Kith } from "../kith.ts";
import { wholeOf } from "../option-values.ts";
import { table } from "../render/table.ts";
import { safeText } from "../render/terminal-text.ts";
import { bytesInWords, count, dateInWords } from "../render/units.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

export function setUp(command: Command, run: Run): void {
  command
    .option("-n, --limit <entries>", "the last so many", wholeOf, 20)
    .action((options: { limit: number }) => run((shell) => show(shell, options.limit)))
    .addHelpText("after", examples("kith audit", "kith audit verify", "kith audit export log.kith"));
  command
    .command("show")
    .option("-n, --limit <entries>", "the last so many", wholeOf, 20)
    .description("The last entries, oldest first.")
    .action((options: { limit: number }, sub: Command) =>
      run((shell) => show(shell, sub.optsWithGlobals<{ limit: number }>().limit ?? options.limit)),
    )
    .addHelpText("after", examples("kith audit show -n 100", "kith audit show --json"));
  command
    .command("verify")
    .description("Check every entry's hash and the signature of the newest.")
    .action(() => run(verify))
    .addHelpText("after", examples("kith audit verify"));
  command
    .command("export")
    .argument("<file>", "where to write; must not exist")
    .description("Write the whole log, in a form that anyone can verify (spec/trust.md).")
    .action((file: string) => run((shell) => exportTo(shell, file)))
    .addHelpText("after", examples("kith audit export log.kith"));
}

async function show(shell: Shell, limit: number): Promise<ExitCode> {
  await using open = await shell.open();
  const entries = await open.kith.audit.entries({ limit });
  for (const entry of entries) shell.record({ type: "audit", ...entry });
  const rows = entries.map(({ sequence, at, event, peer, detail }) => [
    String(sequence),
    dateInWords(at),
    safeText(event, 40),
    peer === undefined ? shell.style.signs.dash : nameOf(open.kith, peer),
    detail === undefined ? "" : safeText(detail, 60),
  ]);
  const columns = [
    { title: "NO", paint: shell.style.dim },
    { title: "WHEN", paint: shell.style.dim },
    { title: "EVENT", paint: shell.style.strong },
    { title: "PEER", isFlexible: true },
    { title: "DETAIL", isFlexible: true },
  ];
  for (const line of table(columns, rows, { width: shell.columns, titlePaint: shell.style.dim })) shell.print(line);
  return EXIT.done;
}

const nameOf = (kith: Kith, peer: string): string =>
  safeText(kith.trust.contacts.get().find((contact) => contact.peer === peer)?.name ?? `${peer.slice(0, 16)}…`, 32);

async function verify(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const { isIntact, entries, firstBad } = await open.kith.audit.verify();
  const at = firstBad === undefined ? {} : { firstBad };
  shell.record({ type: "audit-verified", isIntact, entries, ...at });
  if (isIntact) {
    shell.print(
      `${shell.style.good(shell.style.signs.good)} The log is intact: ${count(entries, "entry", "entries")}.`,
    );
    return EXIT.done;
  }
  const where =
    firstBad === undefined
      ? "its newest entry is not signed by this identity"
      : `entry ${firstBad} is not what was written`;
  throw new CliError(EXIT.unverified, "ERR_AUDIT_DAMAGED", `The log was changed: ${where}`);
}

async function exportTo(shell: Shell, file: string): Promise<ExitCode> {
  await using open = await shell.open();
  const bytes = await open.kith.audit.export();
  const path = resolve(shell.terminal.cwd, file);
  try {
    writeFileSync(path, bytes, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    throw new CliError(EXIT.file, "ERR_FILE", `Cannot write ${safeText(file)}: does it exist already?`, { cause });
  }
  shell.tell(
    { type: "exported", file: path, bytes: bytes.length },
    `Written to ${safeText(file)} (${bytesInWords(bytes.length)}).`,
  );
  return EXIT.done;
}
