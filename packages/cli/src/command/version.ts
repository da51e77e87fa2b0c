/** `kith version`. */
import type { Command } from "commander";
import { EXIT } from "../exit-code.ts";
import { VERSION } from "../version.ts";
import { examples, type Run } from "./command-shape.ts";

export function setUp(command: Command, run: Run): void {
  command
    .action(() =>
      run((shell) => {
        shell.tell({ type: "version", version: VERSION, node: process.versions.node }, `kith ${VERSION}`);
        return Promise.resolve(EXIT.done);
      }),
    )
    .addHelpText("after", examples("kith version", "kith version --json"));
}
