/** `kith receive`: files from whoever made the code. */
import type { Command } from "commander";
import { examples, type Run } from "./command-shape.ts";
import { type JoinOptions, join } from "./join.ts";

export function setUp(command: Command, run: Run): void {
  command
    .argument("<code...>", "as 7-acorn-canyon; spaces will do, Tab completes words")
    .option("--to <dir>", "where they go; the inbox unless told")
    .option("-y, --yes", "take them without asking")
    .addHelpText(
      "after",
      `${examples("kith receive 7-acorn-canyon", "kith receive 7 acorn canyon --to . --yes")}

The sender types: kith send --code FILES
Nobody learns the other's name, and nobody becomes a contact.`,
    )
    .action((words: string[], options: JoinOptions) => run((shell) => join(shell, words, options)));
}
