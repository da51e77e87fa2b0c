/** `kith fact asks`, `show`, `qr`: showing some of what others vouch for. */
import type { FactAskView } from "@kith/sdk";
import type { Command } from "commander";
import { confirm } from "../dialog.ts";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { chosenOf } from "../fact-input.ts";
import { durationOf } from "../option-values.ts";
import { factLines } from "../render/fact-view.ts";
import { qrLines } from "../render/qr.ts";
import { safeText } from "../render/terminal-text.ts";
import { dateInWords } from "../render/units.ts";
import { resolveContact } from "../resolve-peer.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

interface ShowOptions {
  readonly issuer?: string;
  readonly named?: boolean;
  readonly yes?: boolean;
  readonly for?: number;
}

export function setUpShowing(command: Command, run: Run): void {
  command
    .command("asks")
    .description("What others want to be shown now.")
    .action(() => run(asks))
    .addHelpText("after", examples("kith fact asks"));
  const showing = (name: string): Command =>
    command
      .command(name)
      .option("-i, --issuer <issuer>", "of whose: its name, or the first digits of its fingerprint")
      .option("--named", "show also whose it is, which links this show to you for good");
  showing("show")
    .argument("<peer>", "a contact")
    .argument("<labels...>", "what is shown: role, memberOf, …")
    .option("-y, --yes", "without asking")
    .description("Show facts to a contact, over a session: in answer to what they ask, or by your own wish.")
    .action((peer: string, labels: readonly string[], options: ShowOptions) =>
      run((shell) => show(shell, peer, labels, options)),
    )
    .addHelpText("after", examples("kith fact show Victor role", "kith fact show Victor memberOf --issuer Club --yes"));
  showing("qr")
    .argument("<labels...>", "what is shown: memberOf, role, …")
    .option(
      "-f, --for <time>",
      "until when: 1d unless told, at most 31d, and no longer than the credential",
      durationOf,
    )
    .option("-t, --text", "the text alone, to be sent")
    .description("A code that anybody can check, and whoever has it can show again until it ends.")
    .action((labels: readonly string[], options: ShowOptions & { text?: boolean }) =>
      run((shell) => qr(shell, labels, options)),
    )
    .addHelpText("after", examples("kith fact qr memberOf --for 1h", "kith fact qr role employeeOf --text"));
}

const isOpen = ({ at }: FactAskView): boolean => at === "asked";

async function asks(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const waiting = facts.asks.get().filter(isOpen);
  for (const ask of waiting) shell.tell({ type: "fact-ask", ...ask }, askLines(ask, shell));
  if (waiting.length === 0) shell.note("Nobody asks. Questions wait for two minutes.");
  return EXIT.done;
}

function askLines({ id, name, peer, wanted, mustNameHolder }: FactAskView, { style }: Shell): readonly string[] {
  const who = style.strong(safeText(name ?? peer.slice(0, 8), 40));
  const what = wanted.map(
    ({ label, value }) => `  ${safeText(label, 32)}${value === undefined ? "" : ` = ${safeText(value, 100)}`}`,
  );
  return [
    `${id.slice(0, 8)}  ${who} asks for${what.length === 0 ? " anything" : ""}`,
    ...what,
    ...(mustNameHolder ? ["  whose it is, which links the show to you for good"] : []),
  ];
}

async function show(shell: Shell, peer: string, labels: readonly string[], options: ShowOptions): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const contact = await resolveContact(shell, open, peer);
  const { credential, choice } = chosenOf(facts, labels, options);
  const name = safeText(contact.name, 40);
  const shown = credential.facts.filter(({ slot }) => choice.slots.includes(slot));
  if (options.yes !== true) {
    using dialog = shell.dialog();
    dialog.print(`${name} will see that ${safeText(credential.issuer.name, 60)} says of you`);
    for (const line of factLines(shown)) dialog.print(line);
    if (choice.namesHolder === true) dialog.print("  and whose it is, for good");
    if (!(await confirm(dialog, "Show it?", { signal: shell.signal })))
      throw new CliError(EXIT.refused, "ERR_DENIED", "Nothing was shown");
  }
  const ask = facts.asks.get().find((each) => isOpen(each) && each.peer === contact.peer);
  if (ask === undefined) await facts.present(contact.peer, choice, { signal: shell.signal });
  else await facts.show(ask.id, choice);
  shell.tell(
    { type: "fact-shown", peer: contact.peer, issuer: choice.issuer, facts: shown, isAsked: ask !== undefined },
    `${shell.style.signs.good} ${name} has it. What they make of it they do not tell.`,
  );
  return EXIT.done;
}

async function qr(
  shell: Shell,
  labels: readonly string[],
  options: ShowOptions & { text?: boolean },
): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const { choice } = chosenOf(facts, labels, options);
  const code = await facts.code(choice, options.for === undefined ? {} : { lifetime: options.for });
  shell.record({ type: "fact-code", ...choice, ...code });
  if (options.text === true || code.qr === undefined) shell.print(code.text);
  else {
    const color = shell.style.strong("x") !== "x";
    for (const line of qrLines(code.text, { color, level: code.qr.level })) shell.print(line);
  }
  shell.note(`Until ${dateInWords(code.endsAt)} whoever has it can show it, as you can.`);
  return EXIT.done;
}
