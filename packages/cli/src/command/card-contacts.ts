/** `kith card contacts`, `note`, `forget`: whose cards you keep. */
import type { CardEntryView } from "@kith/sdk";
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import type { Kith } from "../kith.ts";
import { fieldLines, fieldWords } from "../render/card-view.ts";
import { table } from "../render/table.ts";
import { safeText } from "../render/terminal-text.ts";
import { dateInWords } from "../render/units.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

export function setUpContacts(command: Command, run: Run): void {
  command
    .command("contacts")
    .argument("[words...]", "all of which stand somewhere; without: all")
    .description("Whose cards you keep; of a single one, everything.")
    .action((words: readonly string[]) => run((shell) => contacts(shell, words.join(" "))))
    .addHelpText("after", examples("kith card contacts", "kith card contacts ada lovelace"));
  command
    .command("note")
    .argument("<contact>", "name, or the first digits of its id")
    .argument("<notes>", "your own words, which nobody else sees")
    .option("-t, --tag <tag>", "in place of the tags it has; again for more", (tag, all: string[] = []) => [
      ...all,
      tag,
    ])
    .description("Notes and tags on somebody.")
    .action((who: string, notes: string, options: { tag?: readonly string[] }) =>
      run((shell) => note(shell, who, notes, options.tag)),
    )
    .addHelpText("after", examples('kith card note Ada "met at the fair" --tag fair'));
  command
    .command("forget")
    .argument("<contact>", "name, or the first digits of its id")
    .description("Delete somebody's cards, and what you noted.")
    .action((who: string) => run((shell) => forget(shell, who)))
    .addHelpText("after", examples("kith card forget Ada"));
}

async function contacts(shell: Shell, query: string): Promise<ExitCode> {
  await using open = await shell.open();
  const { cards } = open.kith;
  const found = query === "" ? cards.received.get() : await cards.search(query);
  for (const entry of found) shell.record({ type: "card-entry", ...entry });
  const [only] = found;
  if (query !== "" && only !== undefined && found.length === 1) {
    for (const line of entryLines(only, shell)) shell.print(line);
    return EXIT.done;
  }
  const rows = found.map((entry) => {
    const [first] = entry.fields.filter(({ kind }) => kind === "email" || kind === "phone");
    const how = entry.signer !== undefined ? "signed" : entry.isTyped ? "typed by you" : "unsigned";
    return [safeText(entry.name, 40), first === undefined ? "" : fieldWords(first), how, entry.id.slice(0, 8)];
  });
  const columns = [
    { title: "NAME", isFlexible: true },
    { title: "WRITE TO", isFlexible: true },
    { title: "CARD" },
    { title: "ID" },
  ];
  for (const line of table(columns, rows, { width: shell.columns, titlePaint: shell.style.dim })) shell.print(line);
  if (found.length === 0) shell.note(query === "" ? "No contacts with cards yet." : "Nobody like that.");
  return EXIT.done;
}

export function entryLines(entry: CardEntryView, { style }: Shell): readonly string[] {
  const ended = entry.cards.filter(({ isEnded }) => isEnded).length;
  const signed = new Set(entry.cards.flatMap(({ fields }) => fields.map((field) => JSON.stringify(field))));
  // Of a contact that nobody signed it is said once, below.
  const isSigned = (field: CardEntryView["fields"][number]): boolean =>
    entry.signer === undefined || signed.has(JSON.stringify(field));
  const unsigned = entry.isTyped ? "typed by you" : "unsigned";
  return [
    `${style.strong(safeText(entry.name, 60))} ${style.dim(entry.id)}`,
    ...entry.fields.map((field) => fieldLines([field]).join("") + (isSigned(field) ? "" : style.dim(` · ${unsigned}`))),
    ...alsoCalled(entry).map((name) => style.dim(`  also called  ${safeText(name, 60)}`)),
    ...entry.cards.map(({ level, endsAt, isEnded }) =>
      style.dim(`  ${level} card, ${isEnded ? "ended" : "until"} ${dateInWords(endsAt)}`),
    ),
    ...(ended > 0 ? [style.dim("  What ended says nothing any more: ask for a new one.")] : []),
    ...(entry.signer === undefined
      ? [style.dim(entry.isTyped ? "  Typed by you: nobody signed it." : "  Nobody signed it.")]
      : []),
    ...(entry.notes === "" ? [] : [`  notes        ${safeText(entry.notes, 200)}`]),
    ...(entry.tags.length === 0 ? [] : [`  tags         ${entry.tags.map((tag) => safeText(tag, 40)).join(", ")}`]),
  ];
}

/** Before a merge. */
const alsoCalled = ({ fields, typed }: CardEntryView): readonly string[] =>
  typed.flatMap((field) =>
    field.kind === "name" && !fields.some((each) => each.kind === "name" && each.text === field.text)
      ? [field.text]
      : [],
  );

async function note(shell: Shell, who: string, notes: string, tags: readonly string[] | undefined): Promise<ExitCode> {
  await using open = await shell.open();
  const { id } = resolveEntry(open.kith, who);
  const entry = await open.kith.cards.annotate(id, { notes, ...(tags !== undefined && { tags }) });
  shell.tell({ type: "card-entry", ...entry }, entryLines(entry, shell));
  return EXIT.done;
}

async function forget(shell: Shell, who: string): Promise<ExitCode> {
  await using open = await shell.open();
  const { id, name } = resolveEntry(open.kith, who);
  await open.kith.cards.forget(id);
  shell.tell({ type: "card-forgotten", id }, `${safeText(name, 40)} is forgotten here.`);
  return EXIT.done;
}

export function resolveEntry(kith: Kith, text: string): CardEntryView {
  const wanted = text.trim().toLowerCase();
  const found = kith.cards.received
    .get()
    .filter(({ id, name }) => name.toLowerCase() === wanted || (wanted.length >= 4 && id.startsWith(wanted)));
  const [entry] = found;
  if (entry !== undefined && found.length === 1) return entry;
  const words = entry === undefined ? "Cannot find" : "There are several called";
  throw new CliError(EXIT.unknown, "ERR_CARD_UNKNOWN", `${words} ${safeText(text, 40)}`, {
    hint: "`kith card contacts` lists them with their ids.",
  });
}
