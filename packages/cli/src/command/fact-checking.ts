/** `kith fact ask`, `check`, `seen`, `trust`, `issuers`, `distrust`: what others show, and whose word counts. */
import type { FactCheckView, FactQuestion, IssuerView } from "@kith/sdk";
import type { Command } from "commander";
import { confirm } from "../dialog.ts";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { exitOfExchange } from "../fact-end.ts";
import { readWanted, resolveIssuer } from "../fact-input.ts";
import type { KithFacts } from "../kith.ts";
import { codesIn, isPicture } from "../picture-codes.ts";
import { checkLines, issuerLines } from "../render/fact-view.ts";
import { safeText } from "../render/terminal-text.ts";
import { resolveContact } from "../resolve-peer.ts";
import type { Shell } from "../shell.ts";
import { until } from "../waiting.ts";
import { bytesOf } from "./card-own.ts";
import { examples, type Run } from "./command-shape.ts";

interface AskOptions {
  readonly named?: boolean;
}

/** Text of a code in a file. */
const FILE_BYTES_MAX = 16_384;
const WANTED = "LABEL, or LABEL=VALUE if it must say just that";

export function setUpChecking(command: Command, run: Run): void {
  command
    .command("ask")
    .argument("<peer>", "a contact")
    .argument("<wanted...>", WANTED)
    .option("--named", "they must show whose it is as well")
    .description("Ask a contact to show facts, and check what they show.")
    .action((peer: string, wanted: readonly string[], options: AskOptions) =>
      run((shell) => ask(shell, peer, questionOf(wanted, options))),
    )
    .addHelpText("after", examples("kith fact ask Ada role", 'kith fact ask Ada memberOf="Chess Club" --named'));
  command
    .command("check")
    .argument("<path>", "the text of a code, a file with it, or a picture of it")
    .argument("[wanted...]", WANTED)
    .option("--named", "it must say whose it is")
    .description("Check a code that somebody shows.")
    .action((what: string, wanted: readonly string[], options: AskOptions) =>
      run((shell) => check(shell, what, questionOf(wanted, options))),
    )
    .addHelpText("after", examples("kith fact check KITHF1:…", "kith fact check code.txt memberOf"));
  command
    .command("seen")
    .description("What was shown to you since the node runs, and what was checked of it.")
    .action(() => run(seen))
    .addHelpText("after", examples("kith fact seen"));
  command
    .command("trust")
    .argument("<path>", "an issuer's code, a file or picture with it, or the fingerprint of one that was seen")
    .option("-y, --yes", "you have compared the fingerprint")
    .description("Trust an issuer, whose fingerprint you compared with what it tells you itself.")
    .action((what: string, { yes }: { yes?: boolean }) => run((shell) => trust(shell, what, yes === true)))
    .addHelpText("after", examples("kith fact trust KITHI1:…", "kith fact trust issuer.txt --yes"));
  command
    .command("issuers")
    .description("Whom you trust.")
    .action(() => run(issuers))
    .addHelpText("after", examples("kith fact issuers"));
  command
    .command("distrust")
    .argument("<issuer>", "its name, or the first digits of its fingerprint")
    .description("Trust an issuer no longer.")
    .action((issuer: string) => run((shell) => distrust(shell, issuer)))
    .addHelpText("after", examples('kith fact distrust "Analytical Engines"'));
}

const questionOf = (wanted: readonly string[], { named }: AskOptions): FactQuestion => ({
  wanted: wanted.map(readWanted),
  mustNameHolder: named === true,
});

async function ask(shell: Shell, peer: string, question: FactQuestion): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const contact = await resolveContact(shell, open, peer);
  const { signal } = shell;
  const id = await facts.ask(contact.peer, question, { signal });
  const name = safeText(contact.name, 40);
  shell.note(`Asked ${name}. Waiting for what they show …`);
  const ended = (): FactCheckView | undefined =>
    facts.checks.get().find((each) => each.id === id && each.at === "ended");
  try {
    const found = await until(facts.checks, ended, { signal });
    const [exit, words] = exitOfExchange(found?.end ?? "lost");
    if (found === undefined || exit !== EXIT.done) throw new CliError(exit, "ERR_FACT", `${name} ${words}`);
    return tellCheck(shell, found);
  } catch (error) {
    await facts.cancel(id).catch(() => undefined); // it may have ended meanwhile
    throw error;
  }
}

function tellCheck(shell: Shell, found: FactCheckView): ExitCode {
  shell.tell({ type: "fact-check", ...found }, checkLines(found, shell.style));
  if (found.shown !== undefined) return EXIT.done;
  if (found.claimed !== undefined && !found.claimed.isPinned)
    shell.note(
      `To trust that issuer, compare its fingerprint, then: kith fact trust ${found.claimed.fingerprint.slice(0, 9)}`,
    );
  return EXIT.unverified;
}

const KITH_CODE = /^KITH[FI]1:/;

async function textOf(shell: Shell, what: string): Promise<string> {
  if (KITH_CODE.test(what.trim())) return what;
  const bytes = await bytesOf(shell, what);
  if (isPicture(bytes)) return (await codesIn(bytes)).find((each) => KITH_CODE.test(each)) ?? "";
  if (bytes.length > FILE_BYTES_MAX)
    throw new CliError(EXIT.usage, "ERR_TOO_LARGE", "Cannot read the code: the file is too large");
  return new TextDecoder().decode(bytes);
}

async function check(shell: Shell, what: string, question: FactQuestion): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const reading = await facts.read(await textOf(shell, what), question);
  if (reading.type === "show") return tellCheck(shell, reading.check);
  if (reading.type === "issuer") {
    tellIssuer(shell, reading.issuer, reading.standing);
    shell.note("That is an issuer's code: `kith fact trust` with it, once you compared the fingerprint.");
    return EXIT.done;
  }
  throw notRead(reading.type === "broken" ? reading.code : "ERR_UNKNOWN_TYPE");
}

const notRead = (code: string): CliError =>
  new CliError(
    EXIT.unverified,
    code,
    `Cannot read the code: ${code === "ERR_UNKNOWN_TYPE" ? "it is none of facts" : "it is damaged, or was changed"}`,
  );

function tellIssuer(shell: Shell, issuer: IssuerView, standing?: string): void {
  shell.tell(
    { type: "issuer", ...issuer, ...(standing !== undefined && { standing }) },
    issuerLines(issuer, shell.style),
  );
}

async function seen(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const all = facts.checks.get().filter(({ checks }) => checks.length > 0);
  for (const each of all) {
    const who = each.peer === undefined ? "A code" : safeText(each.name ?? each.peer.slice(0, 8), 40);
    shell.tell({ type: "fact-check", ...each }, [shell.style.strong(who), ...checkLines(each, shell.style)]);
  }
  if (all.length === 0) shell.note("Nothing was shown to you since the node runs.");
  return EXIT.done;
}

async function trust(shell: Shell, what: string, isSure: boolean): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const issuer = await issuerOf(shell, facts, what);
  if (!isSure) {
    using dialog = shell.dialog();
    for (const line of issuerLines(issuer, shell.style)) dialog.print(line);
    if (!(await confirm(dialog, "Is that the fingerprint that they tell you themselves?", { signal: shell.signal })))
      throw new CliError(EXIT.refused, "ERR_DENIED", "Nobody new is trusted");
  }
  tellIssuer(shell, await facts.pin(issuer.issuer));
  return EXIT.done;
}

async function issuerOf(shell: Shell, facts: KithFacts, what: string): Promise<IssuerView> {
  const claimed = facts.checks.get().flatMap((each) => each.claimed ?? []);
  const all = [
    ...claimed,
    ...facts.held.get().map((each) => each.issuer),
    ...facts.offers.get().map((each) => each.issuer),
  ];
  const known = [...new Map(all.map((each) => [each.issuer, each])).values()];
  const isMeant = /^[0-9a-f]{4}[0-9a-f -]*$/i.test(what) || known.some(({ name }) => name === what);
  if (isMeant) return resolveIssuer(known, (each) => each, what);
  const reading = await facts.read(await textOf(shell, what));
  if (reading.type !== "issuer") throw notRead(reading.type === "broken" ? reading.code : "ERR_UNKNOWN_TYPE");
  if (reading.standing === "contradicts")
    throw new CliError(
      EXIT.unverified,
      "ERR_FACT",
      "Cannot trust it: it signed two different statements of one edition",
    );
  return reading.issuer;
}

async function issuers(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  for (const each of facts.pinned.get()) tellIssuer(shell, each);
  if (facts.pinned.get().length === 0) shell.note("You trust no issuer yet: kith fact trust CODE");
  return EXIT.done;
}

async function distrust(shell: Shell, text: string): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const { issuer, name } = resolveIssuer(facts.pinned.get(), (each) => each, text);
  await facts.unpin(issuer);
  shell.tell({ type: "issuer-distrusted", issuer }, `${safeText(name, 40)} is believed no longer.`);
  return EXIT.done;
}
