/** `kith card new`, `edit`, `delete`, `list`, `show`, `import`, `export`: cards of one's own. */
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { CardFieldAt, CardLevel, OwnCardView } from "@kith/sdk";
import { type Command, Option } from "commander";
import { fieldsOf, KINDS, LEVELS, readField, resolveCard } from "../card-fields.ts";
import { confirm } from "../dialog.ts";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { fieldLines, levelWords, ownCardLines } from "../render/card-view.ts";
import { table } from "../render/table.ts";
import { safeLines, safeText } from "../render/terminal-text.ts";
import { count } from "../render/units.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

interface EditOptions {
  readonly field?: readonly string[];
  readonly remove?: readonly string[];
  readonly photo?: string;
  readonly photoLevel?: CardLevel;
  readonly label?: string;
}

interface ExportOptions {
  readonly level?: CardLevel;
  readonly vcard: "3.0" | "4.0";
  readonly output?: string;
}

const more = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
const withFields = (command: Command): Command =>
  command
    .option("-f, --field <field>", "KIND[@LEVEL][:LABEL]=TEXT; again for more", more)
    .option("--photo <file>", "JPEG, PNG or WebP, at most 64 KiB")
    .addOption(new Option("--photo-level <level>", "where the photo is shown").choices(LEVELS));

export function setUpOwn(command: Command, run: Run, levelOption: () => Option): void {
  command
    .command("list")
    .description("Your cards.")
    .action(() => run(list))
    .addHelpText("after", examples("kith card list", "kith card list --json"));
  withFields(command.command("new"))
    .argument("<label>", "what you call it; nobody else sees it")
    .description("Make a card.")
    .action((label: string, options: EditOptions) => run((shell) => make(shell, label, options)))
    .addHelpText(
      "after",
      `${examples('kith card new Work -f name="Ada Lovelace" -f title=Analyst -f phone@public:work="+44 20 7946"')}

Kinds: ${KINDS.join(", ")}.
Without @LEVEL a name, title or company is public, an e-mail, skill or link professional,
a phone, address, note or photo personal. An address is street;city;region;code;country.`,
    );
  withFields(command.command("edit"))
    .argument("[card]", "its label, or the first digits of its id")
    .option("--label <label>", "call it otherwise")
    .option("-d, --remove <kind>", "take away all of a kind, or KIND=TEXT; photo too", more)
    .description("Add and take away fields of a card.")
    .action((card: string | undefined, options: EditOptions) => run((shell) => edit(shell, card, options)))
    .addHelpText("after", examples("kith card edit Work -d phone -f phone:mobile=+447700900123"));
  command
    .command("delete")
    .argument("<card>", "its label, or the first digits of its id")
    .option("-y, --yes", "without asking")
    .description("Delete a card. What was given of it stays with whoever has it.")
    .action((card: string, options: { yes?: boolean }) => run((shell) => remove(shell, card, options.yes === true)))
    .addHelpText("after", examples("kith card delete Work"));
  command
    .command("show")
    .argument("[card]", "its label, or the first digits of its id")
    .addOption(levelOption())
    .description("A card, or exactly what a level of it shows.")
    .action((card: string | undefined, options: { level?: CardLevel }) =>
      run((shell) => show(shell, card, options.level)),
    )
    .addHelpText("after", examples("kith card show Work", "kith card show Work --level public"));
  command
    .command("import")
    .argument("<file>", "a vCard of your own")
    .description("Make cards of yours out of vCards (2.1 to 4.0).")
    .action((file: string) => run((shell) => importFile(shell, file)))
    .addHelpText("after", examples("kith card import me.vcf", "kith card read contacts.vcf   for those of others"));
  command
    .command("export")
    .argument("[card]", "its label, or the first digits of its id; without: all contacts")
    .addOption(levelOption())
    .addOption(new Option("--vcard <version>", "3.0 or 4.0").choices(["3.0", "4.0"]).default("3.0"))
    .option("-o, --output <file>", "write it there")
    .description("A vCard of a level of a card, or of all contacts.")
    .action((card: string | undefined, options: ExportOptions) => run((shell) => exportCard(shell, card, options)))
    .addHelpText("after", examples("kith card export Work --level public -o me.vcf", "kith card export -o all.vcf"));
}

export async function list(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const { own, offers } = open.kith.cards;
  const all = own.get();
  for (const card of all) shell.record({ type: "card", ...card });
  const rows = all.map(({ label, id, fields }) => [safeText(label, 40), id.slice(0, 8), levelWords(fields)]);
  const columns = [{ title: "CARD", isFlexible: true }, { title: "ID" }, { title: "FIELDS" }];
  for (const line of table(columns, rows, { width: shell.columns, titlePaint: shell.style.dim })) shell.print(line);
  if (all.length === 0) shell.note('No cards yet. `kith card new Work -f name="Ada Lovelace"` makes one.');
  const waiting = offers.get().filter(({ at }) => at === "offered").length;
  if (waiting > 0) shell.note(`${count(waiting, "card")} offered to you: \`kith card offers\`.`);
  return EXIT.done;
}

async function make(shell: Shell, label: string, options: EditOptions): Promise<ExitCode> {
  const fields = (options.field ?? []).map(readField);
  const photo = options.photo === undefined ? undefined : await bytesOf(shell, options.photo);
  await using open = await shell.open();
  const { cards } = open.kith;
  const made = await cards.create({ label, fields });
  const card = photo === undefined ? made : await cards.setPhoto(made.id, photo, options.photoLevel);
  return told(shell, card);
}

async function edit(shell: Shell, text: string | undefined, options: EditOptions): Promise<ExitCode> {
  const added = (options.field ?? []).map(readField);
  const photo = options.photo === undefined ? undefined : await bytesOf(shell, options.photo);
  await using open = await shell.open();
  const { cards } = open.kith;
  const { id, ...before } = resolveCard(open.kith, text);
  const gone = options.remove ?? [];
  const isGone = ({ field }: CardFieldAt): boolean =>
    gone.some((each) => each === field.kind || each === `${field.kind}=${"text" in field ? field.text : ""}`);
  // One name at most: another takes its place.
  const isReplaced = ({ field }: CardFieldAt): boolean =>
    field.kind === "name" && added.some((each) => each.field.kind === "name");
  const kept = fieldsOf({ id, ...before }).filter((each) => !isGone(each) && !isReplaced(each));
  const { label } = options;
  let card = await cards.edit(id, { fields: [...kept, ...added], ...(label !== undefined && { label }) });
  if (photo !== undefined) card = await cards.setPhoto(id, photo, options.photoLevel);
  else if (gone.includes("photo")) card = await cards.setPhoto(id, undefined);
  return told(shell, card);
}

async function remove(shell: Shell, text: string, isSure: boolean): Promise<ExitCode> {
  await using open = await shell.open();
  const { id, label } = resolveCard(open.kith, text);
  if (!isSure) {
    using dialog = shell.dialog();
    if (!(await confirm(dialog, `Delete ${safeText(label, 40)}?`, { signal: shell.signal })))
      throw new CliError(EXIT.refused, "ERR_DENIED", "Nothing was changed");
  }
  await open.kith.cards.delete(id);
  shell.tell({ type: "card-deleted", id }, `${safeText(label, 40)} is gone. What you gave of it stays where it is.`);
  return EXIT.done;
}

async function show(shell: Shell, text: string | undefined, level: CardLevel | undefined): Promise<ExitCode> {
  await using open = await shell.open();
  const card = resolveCard(open.kith, text);
  if (level === undefined) return told(shell, card);
  const preview = await open.kith.cards.preview(card.id, level);
  shell.tell({ type: "card-preview", id: card.id, level, ...preview }, [
    `${shell.style.strong(safeText(card.label, 60))} ${shell.style.dim(`(${level})`)}`,
    ...fieldLines(preview.fields),
    shell.style.dim(`  ${preview.bytes} bytes signed${preview.photoBytes > 0 ? `, photo ${preview.photoBytes}` : ""}`),
    ...preview.faults.map(({ fault }) => shell.style.bad(`  It cannot be given like this: ${fault}.`)),
  ]);
  return EXIT.done;
}

async function importFile(shell: Shell, file: string): Promise<ExitCode> {
  const bytes = await bytesOf(shell, file);
  await using open = await shell.open();
  for (const card of await open.kith.cards.importOwn(bytes)) told(shell, card);
  return EXIT.done;
}

async function exportCard(shell: Shell, text: string | undefined, options: ExportOptions): Promise<ExitCode> {
  const { level, vcard, output } = options;
  if (text !== undefined && level === undefined)
    throw new CliError(EXIT.usage, "ERR_USAGE", `Cannot export without --level: ${LEVELS.join(", ")}`);
  await using open = await shell.open();
  const { cards } = open.kith;
  const written =
    text === undefined || level === undefined
      ? await cards.exportReceived(vcard)
      : await cards.exportCard(resolveCard(open.kith, text).id, level, vcard);
  if (output !== undefined) {
    await writeFile(resolve(shell.terminal.cwd, output), written, { mode: 0o600 }).catch((cause: unknown) => {
      throw new CliError(EXIT.file, "ERR_FILE", `Cannot write ${safeText(output)}`, { cause });
    });
    shell.tell({ type: "card-export", file: output }, `Written: ${safeText(output)}`);
  } else {
    shell.record({ type: "card-export", vcard: written });
    for (const line of safeLines(written.trimEnd())) shell.print(line);
  }
  return EXIT.done;
}

export async function bytesOf(shell: Shell, file: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(shell.terminal.cwd, file));
  } catch (cause) {
    throw new CliError(EXIT.file, "ERR_FILE", `Cannot read ${safeText(file)}`, { cause });
  }
}

function told(shell: Shell, card: OwnCardView): ExitCode {
  shell.tell({ type: "card", ...card }, [...ownCardLines(card, shell.style)]);
  return EXIT.done;
}
