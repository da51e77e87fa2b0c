/** `kith fact list`, `offers`, `accept`, `decline`, `renew`, `forget`: what others vouch for about you. */
import type { FactOfferView } from "@kith/sdk";
import type { Command } from "commander";
import { confirm } from "../dialog.ts";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { resolveIssuer } from "../fact-input.ts";
import type { KithFacts } from "../kith.ts";
import { credentialLines, factLines, issuerLines } from "../render/fact-view.ts";
import { safeText } from "../render/terminal-text.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

const ISSUER = "its name, or the first digits of its fingerprint; without: the only one";

export function setUpHolding(command: Command, run: Run): void {
  command
    .command("list")
    .description("What others vouch for about you.")
    .action(() => run(list))
    .addHelpText("after", examples("kith fact list"));
  command
    .command("offers")
    .description("What issuers offer you now.")
    .action(() => run(offers))
    .addHelpText("after", examples("kith fact offers"));
  command
    .command("accept")
    .argument("[fact-offer]", "its id in `kith fact offers`; without: the only one")
    .option("-y, --yes", "without asking")
    .description("Look at what an issuer vouches for, and keep it or not.")
    .action((offer: string | undefined, { yes }: { yes?: boolean }) =>
      run((shell) => accept(shell, offer, yes === true)),
    )
    .addHelpText("after", examples("kith fact accept", "kith fact accept 3f2a --yes"));
  command
    .command("decline")
    .argument("[fact-wish]", "the id of an offer, or of a question; without: the only one")
    .description("Say no to an offer, or to somebody who asks you. They do not learn why.")
    .action((id: string | undefined) => run((shell) => decline(shell, id)))
    .addHelpText("after", examples("kith fact decline", "kith fact decline 3f2a"));
  command
    .command("renew")
    .argument("[held-issuer]", ISSUER)
    .description("Ask an issuer for the next epoch. It learns that you are there.")
    .action((issuer: string | undefined) => run((shell) => renew(shell, issuer)))
    .addHelpText("after", examples("kith fact renew", 'kith fact renew "Analytical Engines"'));
  command
    .command("forget")
    .argument("<held-issuer>", ISSUER)
    .description("Forget all that an issuer vouches for about you.")
    .action((issuer: string) => run((shell) => forget(shell, issuer)))
    .addHelpText("after", examples('kith fact forget "Analytical Engines"'));
}

export async function list(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  for (const held of facts.held.get()) shell.tell({ type: "credential", ...held }, credentialLines(held, shell.style));
  if (facts.held.get().length === 0)
    shell.note("Nobody vouches for you yet. An issuer that is your contact offers it.");
  const waiting = facts.offers.get().filter(({ at }) => at === "offered").length;
  const asked = facts.asks.get().filter(({ at }) => at === "asked").length;
  if (waiting > 0) shell.note(`Offered to you: ${waiting}. \`kith fact offers\``);
  if (asked > 0) shell.note(`Asked of you: ${asked}. \`kith fact asks\``);
  return EXIT.done;
}

async function offers(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const waiting = facts.offers.get().filter(({ at }) => at === "offered");
  for (const offer of waiting) shell.tell({ type: "fact-offer", ...offer }, offerLines(offer, shell));
  if (waiting.length === 0) shell.note("Nothing is offered. Offers wait for two minutes.");
  return EXIT.done;
}

const offerLines = ({ id, issuer, facts }: FactOfferView, { style }: Shell): readonly string[] => [
  `${id.slice(0, 8)}  ${style.strong(safeText(issuer.contactName ?? issuer.name, 40))} vouches for you as`,
  ...factLines(facts),
];

function resolveOffer(facts: KithFacts, text: string | undefined): FactOfferView {
  const found = facts.offers
    .get()
    .filter(({ at, id }) => at === "offered" && (text === undefined || id.startsWith(text.toLowerCase())));
  const [offer] = found;
  if (offer !== undefined && found.length === 1) return offer;
  const words = offer === undefined ? "Cannot find the offer: none waits" : "Cannot tell which offer is meant";
  throw new CliError(EXIT.unknown, "ERR_FACT_UNKNOWN", words, { hint: "`kith fact offers` lists them." });
}

async function accept(shell: Shell, text: string | undefined, isSure: boolean): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const offer = resolveOffer(facts, text);
  if (!isSure) {
    using dialog = shell.dialog();
    for (const line of [...offerLines(offer, shell), ...issuerLines(offer.issuer, shell.style)]) dialog.print(line);
    if (!(await confirm(dialog, "Keep it?", { signal: shell.signal }))) {
      await facts.decline(offer.id);
      throw new CliError(EXIT.refused, "ERR_DENIED", "Nothing was kept");
    }
  }
  const kept = await facts.accept(offer.id);
  shell.tell({ type: "credential", ...kept }, credentialLines(kept, shell.style));
  return EXIT.done;
}

async function decline(shell: Shell, text: string | undefined): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const waiting = [
    ...facts.offers.get().filter(({ at }) => at === "offered"),
    ...facts.asks.get().filter(({ at }) => at === "asked"),
  ].filter(({ id }) => text === undefined || id.startsWith(text.toLowerCase()));
  const [one] = waiting;
  if (one === undefined || waiting.length > 1)
    throw new CliError(EXIT.unknown, "ERR_FACT_UNKNOWN", "Cannot tell what is meant: not one waits, or more than one", {
      hint: "`kith fact offers` and `kith fact asks` list them.",
    });
  await facts.decline(one.id);
  shell.tell({ type: "fact-declined", id: one.id }, "Declined.");
  return EXIT.done;
}

async function renew(shell: Shell, text: string | undefined): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const { issuer } = resolveIssuer(facts.held.get(), (each) => each.issuer, text);
  const renewed = await facts.renew(issuer.issuer, { signal: shell.signal });
  shell.tell({ type: "credential", ...renewed }, credentialLines(renewed, shell.style));
  return EXIT.done;
}

async function forget(shell: Shell, text: string): Promise<ExitCode> {
  await using open = await shell.open();
  const { facts } = open.kith;
  await facts.open();
  const { issuer } = resolveIssuer(facts.held.get(), (each) => each.issuer, text);
  await facts.forget(issuer.issuer);
  shell.tell(
    { type: "fact-forgotten", issuer: issuer.issuer },
    `What ${safeText(issuer.name, 40)} says of you is forgotten here.`,
  );
  return EXIT.done;
}
