/** `kith issuer`: vouch for people: what you are, whom you vouch for, giving and ending credentials. */
import type { FactInput, IssuerView, IssuingView } from "@kith/sdk";
import type { Command } from "commander";
import { confirm } from "../dialog.ts";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { exitOfExchange } from "../fact-end.ts";
import { readFact } from "../fact-input.ts";
import type { KithFacts } from "../kith.ts";
import { durationOf } from "../option-values.ts";
import { factLines, issuerLines } from "../render/fact-view.ts";
import { qrLines } from "../render/qr.ts";
import { safeText } from "../render/terminal-text.ts";
import { dateInWords } from "../render/units.ts";
import { resolveContact } from "../resolve-peer.ts";
import type { Shell } from "../shell.ts";
import { until } from "../waiting.ts";
import { examples, type Run } from "./command-shape.ts";

export function setUp(command: Command, run: Run): void {
  command
    .action(() => run((shell) => show(shell, false)))
    .addHelpText(
      "after",
      `${examples(
        'kith issuer create "Analytical Engines" --epoch 7d',
        "kith issuer qr",
        'kith issuer issue Ada name="Ada Lovelace" role=Engineer',
        "kith issuer list",
        "kith issuer revoke Ada",
      )}

A credential holds for one epoch and is renewed for the next. Who is revoked is not renewed: what
they have holds to the end of its epoch. To end all at once: kith issuer reissue.`,
    );
  command
    .command("create")
    .argument("<name>", "what you call yourself; people compare your fingerprint, not this")
    .option("-e, --epoch <time>", "how long a credential holds: an hour to 92 days; 7d unless told", durationOf)
    .description("Become an issuer.")
    .action((name: string, { epoch }: { epoch?: number }) => run((shell) => create(shell, name, epoch)))
    .addHelpText("after", examples('kith issuer create "Analytical Engines"', "kith issuer create Club --epoch 1d"));
  command
    .command("show")
    .description("What you are as an issuer, and the code by which others trust you.")
    .action(() => run((shell) => show(shell, false)))
    .addHelpText("after", examples("kith issuer show"));
  command
    .command("qr")
    .description("That code, to be scanned.")
    .action(() => run((shell) => show(shell, true)))
    .addHelpText("after", examples("kith issuer qr"));
  command
    .command("list")
    .description("Whom you vouch for, with what.")
    .action(() => run(list))
    .addHelpText("after", examples("kith issuer list"));
  command
    .command("issue")
    .argument("<peer>", "a contact")
    .argument(
      "[facts...]",
      "LABEL=VALUE: name, role, employeeOf, attended, memberOf, or a word of yours; without: as before",
    )
    .description("Vouch for a contact, and offer them the credential. They say yes, or not.")
    .action((peer: string, facts: readonly string[]) => run((shell) => issue(shell, peer, facts)))
    .addHelpText(
      "after",
      examples('kith issuer issue Ada name="Ada Lovelace" role=Engineer floor=3', "kith issuer issue Ada"),
    );
  command
    .command("revoke")
    .argument("<peer>", "a contact")
    .description("Vouch for somebody no longer. What they have holds to the end of its epoch.")
    .action((peer: string) => run((shell) => revoke(shell, peer)))
    .addHelpText("after", examples("kith issuer revoke Ada"));
  command
    .command("reissue")
    .option("-n, --name <name>", "another name from here on")
    .option("-e, --epoch <time>", "another length of epochs", durationOf)
    .option("-y, --yes", "without asking")
    .description("End all credentials at once; whom you vouch for needs a new one.")
    .action((options: { name?: string; epoch?: number; yes?: boolean }) => run((shell) => reissue(shell, options)))
    .addHelpText("after", examples("kith issuer reissue", "kith issuer reissue --epoch 1d --yes"));
}

const seconds = (epoch: number | undefined): { epochSeconds?: number } =>
  epoch === undefined ? {} : { epochSeconds: Math.round(epoch / 1_000) };

async function create(shell: Shell, name: string, epoch: number | undefined): Promise<ExitCode> {
  await using open = await shell.open();
  await open.kith.facts.open();
  const issuer = await open.kith.facts.becomeIssuer({ name, ...seconds(epoch) });
  tellIssuer(shell, issuer);
  shell.note("Others trust you by `kith issuer qr`, once they compared the fingerprint.");
  return EXIT.done;
}

function tellIssuer(shell: Shell, issuer: IssuerView): void {
  shell.tell({ type: "issuer", ...issuer }, issuerLines(issuer, shell.style).slice(0, -1)); // oneself is trusted or not
  shell.print(issuer.code);
}

function ownOf(facts: KithFacts): IssuerView {
  const own = facts.own.get();
  if (own !== undefined) return own;
  throw new CliError(EXIT.unknown, "ERR_FACT_STATE", "You are no issuer yet", {
    hint: "`kith issuer create NAME` makes you one.",
  });
}

async function show(shell: Shell, isDrawn: boolean): Promise<ExitCode> {
  await using open = await shell.open();
  await open.kith.facts.open();
  const own = ownOf(open.kith.facts);
  if (!isDrawn) {
    tellIssuer(shell, own);
    return EXIT.done;
  }
  shell.record({ type: "issuer", ...own });
  const color = shell.style.strong("x") !== "x";
  for (const each of qrLines(own.code, { color, level: "M" })) shell.print(each);
  shell.note(`Whoever scans it compares the fingerprint: ${own.fingerprint}`);
  return EXIT.done;
}

async function list(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  await open.kith.facts.open();
  ownOf(open.kith.facts);
  for (const { holder, name, facts } of open.kith.facts.vouched.get())
    shell.tell({ type: "vouched", holder, name, facts }, [
      `${shell.style.strong(safeText(name ?? "(no contact)", 40))} ${shell.style.dim(holder.slice(0, 8))}`,
      ...factLines(facts),
    ]);
  if (open.kith.facts.vouched.get().length === 0)
    shell.note("You vouch for nobody yet: kith issuer issue PEER LABEL=VALUE");
  return EXIT.done;
}

async function issue(shell: Shell, peer: string, given: readonly string[]): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  ownOf(facts);
  const inputs: readonly FactInput[] = given.map(readFact);
  const contact = await resolveContact(shell, open, peer);
  const name = safeText(contact.name, 40);
  if (inputs.length > 0) {
    const vouched = await facts.vouch(contact.peer, inputs);
    shell.tell({ type: "vouched", ...vouched }, [shell.style.strong(name), ...factLines(vouched.facts)]);
  }
  const { signal } = shell;
  const id = await facts.offer(contact.peer, { signal });
  shell.note(`Offered to ${name}. Waiting for their yes …`);
  const ended = (): IssuingView | undefined =>
    facts.issuings.get().find((each) => each.id === id && each.at === "ended");
  try {
    const end = (await until(facts.issuings, ended, { signal }))?.end ?? "lost";
    const [exit, words] = exitOfExchange(end);
    if (exit !== EXIT.done)
      throw new CliError(exit, "ERR_FACT", `${name} ${words}`, {
        hint: `They stay on your list: kith issuer issue ${JSON.stringify(name)} offers it again.`,
      });
    shell.tell({ type: "issued", holder: contact.peer, end }, `${shell.style.signs.good} ${name} has it.`);
    return exit;
  } catch (error) {
    await facts.cancel(id).catch(() => undefined); // it may have ended meanwhile
    throw error;
  }
}

async function revoke(shell: Shell, peer: string): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const listed = facts.vouched
    .get()
    .find(({ holder, name }) => holder === peer || name?.toLowerCase() === peer.toLowerCase());
  const who =
    listed === undefined ? await resolveContact(shell, open, peer) : { peer: listed.holder, name: listed.name ?? peer };
  const { endsAt } = await facts.revoke(who.peer);
  shell.tell(
    { type: "issuer-revoked", holder: who.peer, endsAt },
    `You vouch for ${safeText(who.name, 40)} no longer. What they have ends ${dateInWords(endsAt)}.`,
  );
  return EXIT.done;
}

async function reissue(shell: Shell, options: { name?: string; epoch?: number; yes?: boolean }): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  ownOf(facts);
  if (options.yes !== true) {
    using dialog = shell.dialog();
    const sure = await confirm(dialog, "End all credentials that you gave?", { signal: shell.signal });
    if (!sure) throw new CliError(EXIT.refused, "ERR_DENIED", "Nothing was changed");
  }
  const { name } = options;
  tellIssuer(shell, await facts.reissue({ ...(name !== undefined && { name }), ...seconds(options.epoch) }));
  shell.note(
    "Whom you vouch for needs a new one: kith issuer issue PEER. Verifiers learn of it by your new code, or from who shows one.",
  );
  return EXIT.done;
}
