/** `kith card offers`, `accept`, `decline`, `read`, `save`: cards that come. */
import type { CardOfferView, CardReading, CardView, ContactView } from "@kith/sdk";
import type { Command } from "commander";
import { confirm } from "../dialog.ts";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import type { Kith } from "../kith.ts";
import { codesIn, isPicture } from "../picture-codes.ts";
import { cardLines, fieldLines } from "../render/card-view.ts";
import { safeText } from "../render/terminal-text.ts";
import { count } from "../render/units.ts";
import type { Shell } from "../shell.ts";
import { bytesOf } from "./card-own.ts";
import { examples, type Run } from "./command-shape.ts";

interface SaveOptions {
  readonly yes?: boolean;
  readonly follow?: boolean;
}

export function setUpTaking(command: Command, run: Run): void {
  command
    .command("offers")
    .description("Cards that are offered to you.")
    .action(() => run(offers))
    .addHelpText("after", examples("kith card offers", "kith card offers --json"));
  command
    .command("accept")
    .argument("[offer]", "its id in `kith card offers`; without: the only one")
    .option("-y, --yes", "keep it without asking, if nothing speaks against it")
    .option("--no-photo", "without its photo")
    .description("Take an offered card, look at it, and keep it or not.")
    .action((offer: string | undefined, options: { yes?: boolean; photo: boolean }) =>
      run((shell) => accept(shell, offer, options)),
    )
    .addHelpText("after", examples("kith card accept", "kith card accept 3f2a --yes"));
  command
    .command("decline")
    .argument("[offer]", "its id in `kith card offers`; without: the only one")
    .description("Say no to an offered card.")
    .action((offer: string | undefined) => run((shell) => decline(shell, offer)))
    .addHelpText("after", examples("kith card decline"));
  const reading = (name: string): Command =>
    command
      .command(name)
      .argument("<what>", "a link, the text of a code, a vCard file, or a picture of a code")
      .option("--follow", "of a link that a relay keeps: fetch it, which counts as one use");
  reading("read")
    .description("What a link, code, vCard or picture says, and what of it is verified. Keeps nothing.")
    .action((what: string, options: SaveOptions) => run((shell) => read(shell, what, options)))
    .addHelpText(
      "after",
      examples("kith card read kith:card/AQE…", "kith card read contacts.vcf", "kith card read photo.jpg"),
    );
  reading("save")
    .option("-y, --yes", "without asking, if nothing speaks against it")
    .description("Read, look, and keep.")
    .action((what: string, options: SaveOptions) => run((shell) => save(shell, what, options)))
    .addHelpText("after", examples("kith card save kith:card/AQE…", "kith card save contacts.vcf"));
}

async function offers(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const waiting = open.kith.cards.offers.get().filter(({ at }) => at !== "ended");
  for (const offer of waiting) {
    const who = safeText(offer.name ?? offer.peer.slice(0, 8), 40);
    const photo = offer.photoBytes > 0 ? ", with a photo" : "";
    shell.tell({ type: "card-offer", ...offer }, `${offer.id.slice(0, 8)}  ${who}: a ${offer.level} card${photo}`);
  }
  if (waiting.length === 0) shell.note("Nothing is offered. Offers wait for two minutes.");
  return EXIT.done;
}

function resolveOffer(kith: Kith, text: string | undefined): CardOfferView {
  const found = kith.cards.offers
    .get()
    .filter(({ at, id }) => at === "offered" && (text === undefined || id.startsWith(text.toLowerCase())));
  const [offer] = found;
  if (offer !== undefined && found.length === 1) return offer;
  const words = offer === undefined ? "Cannot find the offer: none waits" : "Cannot tell which offer is meant";
  throw new CliError(EXIT.unknown, "ERR_CARD_UNKNOWN", words, { hint: "`kith card offers` lists them." });
}

async function accept(
  shell: Shell,
  text: string | undefined,
  options: { readonly yes?: boolean; readonly photo: boolean },
): Promise<ExitCode> {
  await using open = await shell.open();
  const { cards } = open.kith;
  const card = await cards.accept(resolveOffer(open.kith, text).id, { photo: options.photo });
  return await keep(shell, open.kith, card, options.yes === true); // the node is needed until then
}

async function decline(shell: Shell, text: string | undefined): Promise<ExitCode> {
  await using open = await shell.open();
  const offer = resolveOffer(open.kith, text);
  await open.kith.cards.decline(offer.id);
  shell.tell({ type: "card-declined", id: offer.id }, "Declined.");
  return EXIT.done;
}

/** Shows all of it first. With `isSure` it is asked about all the same where something speaks against it. */
async function keep(shell: Shell, kith: Kith, card: CardView, isSure: boolean): Promise<ExitCode> {
  const { judgement } = card;
  const shown = cardLines(card, shell.style);
  if (judgement.offer === "none") {
    shell.tell({ type: "card-read", ...card }, shown);
    await kith.cards.discard(card.id);
    const why = judgement.doubts[0] ?? "what you keep says as much, or more";
    throw new CliError(EXIT.refused, "ERR_CARD", `Nothing was kept: ${why}`);
  }
  if (isSure && judgement.doubts.every((doubt) => doubt === "shown-again")) {
    shell.tell({ type: "card-read", ...card }, shown);
  } else {
    using dialog = shell.dialog();
    shell.record({ type: "card-read", ...card });
    for (const line of shown) dialog.print(line);
    const question = judgement.offer === "update" ? "Update it?" : "Keep it?";
    if (!(await confirm(dialog, question, { signal: shell.signal }))) {
      await kith.cards.discard(card.id);
      throw new CliError(EXIT.refused, "ERR_DENIED", "Nothing was kept");
    }
  }
  const entry = await kith.cards.save(card.id);
  shell.tell(
    { type: "card-entry", ...entry },
    `${shell.style.signs.good} ${safeText(entry.name, 40)} is in your contacts.`,
  );
  return EXIT.done;
}

async function readingOf(shell: Shell, kith: Kith, what: string, follow: boolean): Promise<CardReading> {
  const isText = /^(?:kith:|https?:|solidarity:|airmeishi:|BEGIN|MECARD:)/i.test(what);
  if (isText) return readingOfText(shell, kith, what, follow);
  const bytes = await bytesOf(shell, what);
  if (!isPicture(bytes)) return kith.cards.readFile(bytes);
  // A card may be in several codes of one picture; else the first counts that says something.
  let last: CardReading = { type: "unknown" };
  for (const code of await codesIn(bytes)) {
    const reading = await readingOfText(shell, kith, code, follow, "code");
    if (reading.type === "card" || reading.type === "contacts" || reading.type === "kept") return reading;
    if (reading.type !== "unknown") last = reading;
  }
  return last;
}

async function readingOfText(
  ...[shell, kith, text, follow, cameBy]: [shell: Shell, kith: Kith, text: string, follow: boolean, cameBy?: "code"]
): Promise<CardReading> {
  const reading = await kith.cards.read(text, cameBy);
  return reading.type === "kept" && follow ? kith.cards.fetch(text, { signal: shell.signal }) : reading;
}

async function read(shell: Shell, what: string, options: SaveOptions): Promise<ExitCode> {
  await using open = await shell.open();
  const reading = await readingOf(shell, open.kith, what, options.follow === true);
  if (reading.type === "card") {
    shell.tell({ type: "card-read", ...reading.card }, cardLines(reading.card, shell.style));
    await open.kith.cards.discard(reading.card.id);
    return EXIT.done;
  }
  if (reading.type !== "contacts") return tellOther(shell, reading);
  tellContacts(shell, reading.contacts, reading.isChanged);
  return EXIT.done;
}

async function save(shell: Shell, what: string, options: SaveOptions): Promise<ExitCode> {
  await using open = await shell.open();
  const reading = await readingOf(shell, open.kith, what, options.follow === true);
  if (reading.type === "card") return await keep(shell, open.kith, reading.card, options.yes === true);
  if (reading.type !== "contacts") return tellOther(shell, reading);
  const isSure = options.yes === true && !reading.isChanged;
  tellContacts(shell, reading.contacts, reading.isChanged);
  if (!isSure) {
    using dialog = shell.dialog();
    if (!(await confirm(dialog, `Keep ${count(reading.contacts.length, "contact")}?`, { signal: shell.signal })))
      throw new CliError(EXIT.refused, "ERR_DENIED", "Nothing was kept");
  }
  const saved = await open.kith.cards.saveContacts(reading.id);
  for (const entry of saved) shell.record({ type: "card-entry", ...entry });
  shell.print(`${shell.style.signs.good} ${count(saved.length, "contact")} kept.`);
  return EXIT.done;
}

function tellContacts(shell: Shell, contacts: readonly ContactView[], isChanged: boolean): void {
  for (const contact of contacts) {
    shell.tell({ type: "card-contact", isChanged, ...contact }, [
      `${shell.style.strong(safeText(contact.name, 60))} ${shell.style.dim("(unsigned)")}`,
      ...fieldLines(contact.fields),
      ...(contact.left.length > 0 ? [shell.style.dim(`  ${count(contact.left.length, "thing")} left out`)] : []),
    ]);
  }
  if (isChanged)
    shell.note("It says that it is signed, and was changed since: nothing of it is verified. Ask who gave it.");
}

const FOREIGN = "A link of another app, which says neither where the card is nor who signed it. Ask for a vCard.";

function tellOther(shell: Shell, reading: Exclude<CardReading, { type: "card" | "contacts" }>): ExitCode {
  if (reading.type === "kept") {
    const words = `The card is kept at ${safeText(reading.host, 64)}. Following the link tells that host your address.`;
    shell.tell({ type: "card-kept", host: reading.host }, words);
    shell.note("Again with --follow fetches it, which counts as one use.");
    return EXIT.done;
  }
  if (reading.type === "more") throw new CliError(EXIT.usage, "ERR_CARD", "That is one of several codes: use the app");
  if (reading.type === "foreign") throw new CliError(EXIT.refused, "ERR_CARD", FOREIGN);
  const code = reading.type === "broken" ? reading.code : "ERR_UNKNOWN_TYPE";
  const words = WHY[code] ?? "it is damaged, or was changed";
  throw new CliError(EXIT.unverified, code, `Cannot read the card: ${words}`);
}

const WHY: Readonly<Record<string, string>> = {
  ERR_EXPIRED: "its time is over",
  ERR_NOT_YET: "it is dated later than this clock says",
  ERR_CARD_STATE: "it was had as often as it may be, or taken back",
  ERR_CARD_UNKNOWN: "it is not there any more",
  ERR_UNKNOWN_TYPE: "it is neither a card, a link to one, nor a vCard",
  ERR_TOO_LARGE: "it is too large",
};
