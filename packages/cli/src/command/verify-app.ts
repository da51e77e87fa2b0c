/** `kith verify-app`: is the app that an address serves the one that belongs to this version? */
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { safeText } from "../render/terminal-text.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

export function setUp(command: Command, run: Run): void {
  command
    .argument("<url>", "where the app is served, as https://kith.example/")
    .action((url: string) => run((shell) => verifyApp(shell, url)))
    .addHelpText(
      "after",
      `${examples("kith verify-app https://kith.example/", "kith verify-app http://192.168.1.7:8420/ --json")}

Fetches every file of the app and compares it with this version's own, and the policy that the
page is served with. It tells what was served to this machine now: another visitor, or another
visit, could be served something else. Ends with 6 if anything differs.`,
    );
}

async function verifyApp(shell: Shell, text: string): Promise<ExitCode> {
  const base = readUrl(text);
  const { compareApp } = await import("../app-check.ts");
  const { openApp } = await import("@kith/web");
  const { same, differences } = await compareApp(await openApp(), base, shell.signal);
  for (const { path, problem } of differences) {
    shell.tell({ type: "app-difference", path, problem }, [
      `${shell.style.bad(shell.style.signs.bad)} ${safeText(path).padEnd(40)} ${WORDS[problem]}`,
    ]);
  }
  shell.record({ type: "app-check", url: base.href, same, different: differences.length });
  if (differences.length === 0) {
    shell.print(`${shell.style.good(shell.style.signs.good)} All ${same} files are those of this version.`);
    return EXIT.done;
  }
  const message = `${base.host} serves ${differences.length} files that are not those of this version`;
  throw new CliError(EXIT.unverified, "ERR_APP_DIFFERS", message, {
    hint: "Another version, or a changed one: do not type a passphrase there before you know which.",
  });
}

const WORDS = {
  different: "differs",
  missing: "is not served",
  policy: "is served without this version's security policy",
} as const;

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === "https:" || url.protocol === "http:")) return url;
  throw new CliError(
    EXIT.usage,
    "ERR_ARGUMENT",
    `${safeText(text, 80)} is no address of a page: https://kith.example/`,
  );
}
