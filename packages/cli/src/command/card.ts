/** `kith card`: your contact cards, giving them, and those of others. */
import { type Command, Option } from "commander";
import { LEVELS } from "../card-fields.ts";
import { setUpContacts } from "./card-contacts.ts";
import { setUpGiving } from "./card-giving.ts";
import { list, setUpOwn } from "./card-own.ts";
import { setUpPass } from "./card-pass.ts";
import { setUpTaking } from "./card-taking.ts";
import { setUpTyped } from "./card-typed.ts";
import { examples, type Run } from "./command-shape.ts";

export function setUp(command: Command, run: Run): void {
  command.action(() => run(list)).addHelpText("after", HELP);
  setUpOwn(command, run, levelOption);
  setUpGiving(command, run, levelOption);
  setUpPass(command, run, levelOption);
  setUpTaking(command, run);
  setUpContacts(command, run);
  setUpTyped(command, run);
}

const levelOption = (): Option => new Option("-l, --level <level>", "how much it shows").choices(LEVELS);

const HELP = `${examples(
  'kith card new Work -f name="Ada Lovelace" -f email:work=ada@example.org',
  "kith card show Work --level public",
  "kith card give Bob Work --level professional",
  "kith card offers",
  "kith card contacts ada",
)}

A level shows its own fields and those of the levels before it: public, professional, personal.
Nothing is given or kept by itself: both sides say yes.`;
