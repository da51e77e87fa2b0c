/** `kith relay`: runs a relay, and manages one that is ours. */
import type { Command } from "commander";
import type { Run } from "./command-shape.ts";
import { setUpOwner } from "./relay-owner.ts";
import { setUpRun } from "./relay-run.ts";

export function setUp(command: Command, run: Run): void {
  setUpRun(command, run);
  setUpOwner(command, run);
}
