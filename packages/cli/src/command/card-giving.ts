/** `kith card give`, `qr`, `link`, `links`, `revoke`: a card on its way to others. */
import type { CardEnd, CardLevel, GivingView } from "@kith/sdk";
import type { Command, Option } from "commander";
import { resolveCard } from "../card-fields.ts";
import { playCodes } from "../code-player.ts";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { namedRelay } from "../named-relay.ts";
import { durationOf, wholeOf } from "../option-values.ts";
import { qrLines } from "../render/qr.ts";
import { safeText } from "../render/terminal-text.ts";
import { dateInWords } from "../render/units.ts";
import { resolveContact } from "../resolve-peer.ts";
import type { Shell } from "../shell.ts";
import { until } from "../waiting.ts";
import { examples, type Run } from "./command-shape.ts";

interface LinkOptions {
  readonly level: CardLevel;
  readonly expires?: number;
  readonly uses?: number;
}

const CARD = "its label, or the first digits of its id";

export function setUpGiving(command: Command, run: Run, levelOption: () => Option): void {
  const wanted = (): Option => levelOption().makeOptionMandatory();
  command
    .command("give")
    .argument("<peer>", "a contact")
    .argument("[card]", CARD)
    .addOption(wanted())
    .description("Offer a card to a contact. It is sent when they say yes.")
    .action((peer: string, card: string | undefined, { level }: { level: CardLevel }) =>
      run((shell) => give(shell, peer, card, level)),
    )
    .addHelpText(
      "after",
      `${examples("kith card give Bob Work --level professional")}

Somebody who is no contact yet: meet by kith join-code, then this; or give them a code or a link.`,
    );
  command
    .command("qr")
    .argument("[card]", CARD)
    .addOption(wanted())
    .description(
      "A code that any phone's camera reads as a contact, and Kith as the signed card; several in turn for much.",
    )
    .action((card: string | undefined, { level }: { level: CardLevel }) => run((shell) => qr(shell, card, level)))
    .addHelpText("after", examples("kith card qr Work --level public"));
  command
    .command("link")
    .argument("[card]", CARD)
    .addOption(wanted())
    .option("-e, --expires <time>", "until when: 7d unless told, at most 30d", durationOf)
    .option("--relay <relay>", "a relay of yours keeps it, sealed: short, counted, revocable")
    .option("-u, --uses <count>", "with --relay: how often it may be had", wholeOf)
    .description("A link to a card, for who has Kith. Whoever has the link has the card.")
    .action((card: string | undefined, options: LinkOptions) => run((shell) => link(shell, card, options)))
    .addHelpText(
      "after",
      examples("kith card link Work --level public", "kith card link Work -l public --relay relay.example --uses 3"),
    );
  command
    .command("links")
    .description("Links to your cards.")
    .action(() => run(links))
    .addHelpText("after", examples("kith card links"));
  command
    .command("revoke")
    .argument("<link>", "its id in `kith card links`")
    .description("Take a link back. What was fetched stays with whoever fetched it.")
    .action((id: string) => run((shell) => revoke(shell, id)))
    .addHelpText("after", examples("kith card revoke 3f2a91c0"));
}

const ENDS: Readonly<Record<CardEnd, readonly [ExitCode, string]>> = {
  kept: [EXIT.done, "kept it"],
  "not-kept": [EXIT.done, "saw it, and did not keep it"],
  declined: [EXIT.refused, "said no"],
  cancelled: [EXIT.interrupted, "did not get it: it was cancelled"],
  timeout: [EXIT.unfinished, "did not answer in time"],
  unfit: [EXIT.unverified, "could not take it: it was not what was offered"],
  lost: [EXIT.unreachable, "is gone: the way was lost"],
  violation: [EXIT.unverified, "broke the protocol"],
};

async function give(shell: Shell, peer: string, text: string | undefined, level: CardLevel): Promise<ExitCode> {
  await using open = await shell.open();
  const { cards } = open.kith;
  const contact = await resolveContact(shell, open, peer);
  const card = resolveCard(open.kith, text);
  const { signal } = shell;
  const id = await cards.give(contact.peer, card.id, level, { signal });
  const name = safeText(contact.name, 40);
  shell.note(`Offered to ${name}: ${safeText(card.label, 40)} (${level}). Waiting for their yes …`);
  const ended = (): GivingView | undefined => cards.givings.get().find((each) => each.id === id && each.at === "ended");
  try {
    const end = (await until(cards.givings, ended, { signal }))?.end ?? "lost";
    const [exit, words] = ENDS[end];
    if (exit !== EXIT.done) throw new CliError(exit, `ERR_CARD`, `${name} ${words}`);
    shell.tell({ type: "card-given", peer: contact.peer, id: card.id, level, end }, `${name} ${words}.`);
    return exit;
  } catch (error) {
    await cards.cancelGiving(id).catch(() => undefined); // it may have ended meanwhile
    throw error;
  }
}

async function qr(shell: Shell, text: string | undefined, level: CardLevel): Promise<ExitCode> {
  await using open = await shell.open();
  const card = resolveCard(open.kith, text);
  const code = await open.kith.cards.code(card.id, level);
  const { frames } = code;
  for (const [at, { text: said }] of frames.entries())
    shell.record({
      type: "card-code",
      id: card.id,
      level,
      text: said,
      ...(frames.length > 1 && { part: at + 1, parts: frames.length }),
    });
  const color = shell.style.strong("x") !== "x";
  const isPlayed = frames.length > 1 && shell.terminal.isInteractive && !shell.isJson && !shell.isGuest;
  if (isPlayed) await playCodes(shell.terminal, frames, { color, signal: shell.signal });
  else
    for (const [at, frame] of frames.entries()) {
      for (const line of qrLines(frame.text, { color, level: frame.level })) shell.print(line);
      if (frames.length > 1) shell.print(`Code ${at + 1} of ${frames.length}`);
    }
  shell.note("Whoever has seen it can show it again, until the card ends.");
  return EXIT.done;
}

async function link(shell: Shell, text: string | undefined, { level, ...options }: LinkOptions): Promise<ExitCode> {
  await using open = await shell.open();
  const card = resolveCard(open.kith, text);
  const relay = namedRelay(shell);
  const kept = relay !== undefined && { relay };
  const made = await open.kith.cards.link(card.id, level, { ...options, ...kept, signal: shell.signal });
  shell.tell({ type: "card-link", ...made }, made.text);
  const how = made.kind === "whole" ? "The card is in it: it cannot be taken back." : `Kept at ${made.host}, sealed.`;
  shell.note(`Until ${dateInWords(made.endsAt)}. ${how}`);
  return EXIT.done;
}

async function links(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const { cards } = open.kith;
  for (const each of cards.links.get()) {
    const own = cards.own.get().find(({ id }) => id === each.card);
    const state = each.isEnded ? "ended" : `until ${dateInWords(each.endsAt)}`;
    const where = each.host === undefined ? "holds the card" : `kept at ${safeText(each.host, 40)}`;
    const words = `${each.id.slice(0, 8)}  ${safeText(own?.label ?? "(deleted)", 30)} (${each.level})  ${where}  ${state}`;
    shell.tell({ type: "card-link", ...each }, words);
  }
  if (cards.links.get().length === 0) shell.note("No links yet. `kith card link` makes one.");
  return EXIT.done;
}

async function revoke(shell: Shell, text: string): Promise<ExitCode> {
  await using open = await shell.open();
  const { cards } = open.kith;
  const found = cards.links.get().filter(({ id }) => text.length >= 4 && id.startsWith(text.toLowerCase()));
  const [one] = found;
  if (one === undefined || found.length > 1)
    throw new CliError(EXIT.unknown, "ERR_CARD_UNKNOWN", `Cannot find the link ${safeText(text, 40)}`);
  await cards.revokeLink(one.id, { signal: shell.signal });
  shell.tell(
    { type: "card-link-revoked", id: one.id },
    "It leads nowhere any more. What was fetched stays where it is.",
  );
  return EXIT.done;
}
