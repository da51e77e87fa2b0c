/** `kith fact`: what others vouch for about you, showing it, and checking what others show. */
import type { Command } from "commander";
import { examples, type Run } from "./command-shape.ts";
import { setUpChecking } from "./fact-checking.ts";
import { list, setUpHolding } from "./fact-holding.ts";
import { setUpShowing } from "./fact-showing.ts";

export function setUp(command: Command, run: Run): void {
  command.action(() => run(list)).addHelpText("after", HELP);
  setUpHolding(command, run);
  setUpShowing(command, run);
  setUpChecking(command, run);
}

const HELP = `${examples(
  "kith fact offers",
  "kith fact accept",
  "kith fact show Victor role",
  "kith fact qr memberOf --for 1h",
  "kith fact trust KITHI1:…",
  'kith fact ask Ada role employeeOf="Analytical Engines"',
)}

What you show hides the rest, and two shows do not tell that they are of one person; the session,
or the facts themselves, can. Nothing is taken, shown or trusted by itself.`;
