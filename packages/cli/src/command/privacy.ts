/** `kith privacy`: who may see the running node. */

import type { PrivacyLevel } from "@kith/sdk";
import { Argument, type Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

const WORDS: Readonly<Record<PrivacyLevel, string>> = {
  open: "everybody on the network sees this device and its name",
  contacts: "only contacts recognise this device; others see that some device is there",
  hidden: "nobody sees this device; contacts can still reach it at known addresses",
};

export function setUp(command: Command, run: Run): void {
  command
    .addArgument(new Argument("[level]", "new level").choices(["open", "contacts", "hidden"]))
    .action((level: PrivacyLevel | undefined) => run((shell) => privacy(shell, level)))
    .addHelpText(
      "after",
      `${examples("kith privacy", "kith privacy hidden")}\n\n${Object.entries(WORDS)
        .map(([level, words]) => `${level.padEnd(10)}${words}`)
        .join("\n")}`,
    );
}

async function privacy(shell: Shell, level: PrivacyLevel | undefined): Promise<ExitCode> {
  await using open = await shell.open();
  if (level !== undefined && open.isFresh) {
    throw new CliError(EXIT.home, "ERR_NO_NODE", "Cannot change the privacy: no node runs", {
      hint: `Start it with: kith up --privacy ${level}`,
    });
  }
  if (level !== undefined) await open.kith.setPrivacy(level);
  const now = open.kith.privacy.get();
  shell.tell({ type: "privacy", level: now }, `${shell.style.strong(now)}: ${WORDS[now]}`);
  return EXIT.done;
}
