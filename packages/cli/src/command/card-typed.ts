/** `kith card type`, `merge`: people typed in by yourself, and two entries that are one person. */
import type { CardEntryView, CardFieldInput } from "@kith/sdk";
import type { Command } from "commander";
import { KINDS, readField } from "../card-fields.ts";
import { confirm } from "../dialog.ts";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { fieldLines, fieldWords } from "../render/card-view.ts";
import { safeText } from "../render/terminal-text.ts";
import type { Shell } from "../shell.ts";
import { entryLines, resolveEntry } from "./card-contacts.ts";
import { examples, type Run } from "./command-shape.ts";

interface TypeOptions {
  readonly field?: readonly string[];
  readonly remove?: readonly string[];
}

const more = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

export function setUpTyped(command: Command, run: Run): void {
  command
    .command("type")
    .argument("[contact]", "name, or the first digits of its id; without: somebody new")
    .option("-f, --field <field>", "KIND[:LABEL]=TEXT; again for more", more)
    .option("-d, --remove <kind>", "take away all of a kind that nobody signed, or KIND=TEXT", more)
    .description("Type in what somebody told you of themselves. Nobody signed it, and it is shown so.")
    .action((who: string | undefined, options: TypeOptions) => run((shell) => type(shell, who, options)))
    .addHelpText(
      "after",
      `${examples('kith card type -f name="Bob Bell" -f phone="+44 20 7946 0018"', "kith card type Bob -f title=Baker")}

Kinds: ${KINDS.join(", ")}.`,
    );
  command
    .command("merge")
    .argument("<contact>", "whose name and photo stay in front; name, or the first digits of its id")
    .argument("[other]", "who is the same person; without: shows who may be")
    .option("-y, --yes", "without asking")
    .description("Make one of two contacts that are one person. One of them is unsigned.")
    .action((first: string, second: string | undefined, options: { yes?: boolean }) =>
      run((shell) => merge(shell, first, second, options.yes === true)),
    )
    .addHelpText("after", examples("kith card merge Ada", "kith card merge Ada 3f2a91c0"));
}

async function type(shell: Shell, who: string | undefined, options: TypeOptions): Promise<ExitCode> {
  const added = (options.field ?? []).map((each) => readField(each).field);
  if (added.length === 0 && (who === undefined || options.remove === undefined))
    throw new CliError(EXIT.usage, "ERR_USAGE", "Cannot keep a contact of whom nothing is said: -f KIND=TEXT");
  await using open = await shell.open();
  const { cards } = open.kith;
  const entry = who === undefined ? undefined : resolveEntry(open.kith, who);
  const next = entry === undefined ? await cards.addContact(added) : await cards.editContact(entry.id, edited(entry));
  shell.tell({ type: "card-entry", ...next }, entryLines(next, shell));
  return EXIT.done;

  function edited({ typed }: CardEntryView): readonly CardFieldInput[] {
    const gone = options.remove ?? [];
    const kept = typed
      .filter((field) => field.kind !== "photo")
      .filter(
        (field) => !gone.includes(field.kind) && !gone.includes(`${field.kind}=${"text" in field ? field.text : ""}`),
      )
      // One name leads: another takes its place.
      .filter(({ kind }) => kind !== "name" || added.every((each) => each.kind !== "name"));
    return [...kept, ...added];
  }
}

const HINTS = { email: "the same e-mail address", phone: "the same number", name: "the same name" } as const;

async function merge(shell: Shell, one: string, other: string | undefined, isSure: boolean): Promise<ExitCode> {
  await using open = await shell.open();
  const { cards } = open.kith;
  const first = resolveEntry(open.kith, one);
  if (other === undefined) {
    const twins = await cards.twins(first.id);
    for (const { entry, hint } of twins) {
      const name = cards.received.get().find(({ id }) => id === entry)?.name ?? "";
      shell.tell(
        { type: "card-twin", entry, name, hint },
        `${entry.slice(0, 8)}  ${safeText(name, 40)}: ${HINTS[hint]}`,
      );
    }
    if (twins.length === 0) shell.note("Nobody else has that name, address or number.");
    else shell.note("That is a hint and no proof. `kith card merge CONTACT ID` makes one of two.");
    return EXIT.done;
  }
  const second = resolveEntry(open.kith, other);
  const { entry, dropped } = await cards.previewMerge(first.id, second.id);
  if (!isSure) {
    using dialog = shell.dialog();
    for (const line of previewLines(shell, entry, first, second, dropped)) dialog.print(line);
    if (!(await confirm(dialog, "Make one of them?", { signal: shell.signal })))
      throw new CliError(EXIT.refused, "ERR_DENIED", "Nothing was changed");
  }
  const merged = await cards.merge(first.id, second.id);
  const words = `${shell.style.signs.good} ${safeText(second.name, 40)} and ${safeText(first.name, 40)} are one contact now.`;
  shell.tell({ type: "card-entry", ...merged }, words);
  return EXIT.done;
}

/** What there will be, each with whose it is; and what there will not. */
function previewLines(
  { style }: Shell,
  entry: CardEntryView,
  first: CardEntryView,
  second: CardEntryView,
  dropped: string | undefined,
): readonly string[] {
  const has = (of: CardEntryView, field: CardEntryView["fields"][number]): boolean =>
    [...of.fields, ...of.typed].some((each) => JSON.stringify(each) === JSON.stringify(field));
  const whose = (field: CardEntryView["fields"][number]): string =>
    has(first, field) ? (has(second, field) ? "of both" : "of the first") : "of the second";
  const hidden = entry.typed.filter((field) => !has({ ...entry, typed: [] }, field));
  return [
    `${style.strong(safeText(entry.name, 60))} ${style.dim("will have")}`,
    ...entry.fields.map((field) => `${fieldLines([field]).join("")} ${style.dim(`· ${whose(field)}`)}`),
    ...hidden.map((field) => style.dim(`  also kept    ${fieldWords(field)}`)),
    ...(entry.notes === "" ? [] : [`  notes        ${safeText(entry.notes, 200)}`]),
    ...(entry.tags.length === 0 ? [] : [`  tags         ${entry.tags.map((tag) => safeText(tag, 40)).join(", ")}`]),
    ...(dropped === undefined ? [] : [style.warn("  Of two photos that of the first stays; the other goes.")]),
  ];
}
