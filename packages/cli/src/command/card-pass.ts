/** `kith card pass`: a Wallet pass of a card, which a relay signs without seeing it. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pictureSize } from "@kith/core";
import { CARD_SHARE_LIFETIME_MAX, type CardLevel } from "@kith/core/card";
import { PASS_PICTURE_BYTES_MAX, PASS_PICTURE_SIDE_MAX, type PassWords } from "@kith/core/pass";
import type { WalletPass } from "@kith/sdk";
import type { Command, Option } from "commander";
import { resolveCard } from "../card-fields.ts";
import { CliError, EXIT, type ExitCode, verdictOf } from "../exit-code.ts";
import type { Kith } from "../kith.ts";
import { namedRelay } from "../named-relay.ts";
import { durationOf } from "../option-values.ts";
import { safeText } from "../render/terminal-text.ts";
import { dateInWords } from "../render/units.ts";
import type { Shell } from "../shell.ts";
import { until } from "../waiting.ts";
import { examples, type Run } from "./command-shape.ts";

interface PassOptions {
  readonly level: CardLevel;
  readonly out?: string;
  readonly force?: boolean;
  readonly expires?: number;
}

export function setUpPass(command: Command, run: Run, levelOption: () => Option): void {
  command
    .command("pass")
    .argument("[card]", "its label, or the first digits of its id")
    .addOption(levelOption().default("public"))
    .option("-o, --out <file>", "where to write; otherwise LABEL-LEVEL.pkpass")
    .option("--force", "overwrite the file")
    .option(
      "-e, --expires <time>",
      "until when its code leads to the card: 30d unless told, which is the most",
      durationOf,
    )
    .option("--relay <relay>", "which of your relays signs it")
    .description("A Wallet pass of a card. A relay signs it, and sees hashes of it only.")
    .action((card: string | undefined, options: PassOptions) => run((shell) => pass(shell, card, options)))
    .addHelpText(
      "after",
      `${examples("kith card pass Work --level professional --out work.pkpass", "kith card pass Work --expires 7d")}

Its code is a link to the card at that level, kept at the relay, sealed: \`kith card revoke\` ends it.
A photo is in it if it is a PNG of at most ${PASS_PICTURE_SIDE_MAX} pixels a side; the web app makes one of any photo.`,
    );
}

/** How long one of several relays is waited for, in milliseconds. */
const RELAY_MS = 10_000;

async function pass(shell: Shell, text: string | undefined, options: PassOptions): Promise<ExitCode> {
  await using open = await shell.open();
  const { level, force, expires = CARD_SHARE_LIFETIME_MAX } = options;
  const card = resolveCard(open.kith, text);
  const file = options.out ?? `${fileName(card.label)}-${level}.pkpass`;
  const path = resolve(shell.terminal.cwd, file);
  if (force !== true && existsSync(path)) throw notWritten(file); // before anything is signed
  const relay = namedRelay(shell) ?? (await relayToSign(shell, open.kith));
  const picture = await pictureOf(open.kith, card.id, level);
  const link = { expires };
  const { signal } = shell;
  const more = picture instanceof Uint8Array ? { picture } : {};
  const made = await open.kith.cards
    .pass(card.id, level, { relay, words: WORDS, link, signal, ...more })
    .catch((error: unknown) => {
      throw withFix(error);
    });
  try {
    await writeFile(path, made.bytes, { mode: 0o600, flag: force === true ? "w" : "wx" });
  } catch (cause) {
    if (made.link !== undefined) await takeBack(open.kith, made.link.id);
    throw notWritten(file, cause);
  }
  tell(shell, card.id, level, file, made);
  if (picture === "unfit")
    shell.note(
      `Its photo is not in it: only a PNG of at most ${PASS_PICTURE_SIDE_MAX} pixels a side can be. The web app makes one of any photo.`,
    );
  return EXIT.done;
}

const notWritten = (file: string, cause?: unknown): CliError =>
  new CliError(EXIT.file, "ERR_FILE", `Cannot write ${safeText(file)}`, {
    ...{ cause, hint: "Does it exist already? --force overwrites, --out names another." },
  });

function tell(shell: Shell, id: string, level: CardLevel, file: string, made: WalletPass): void {
  const { isTest, signer, endsAt, link, bytes } = made;
  shell.tell(
    { type: "card-pass", id, level, file, bytes: bytes.length, isTest, signer, endsAt, link: link?.id },
    `Written: ${safeText(file)} (${level})`,
  );
  const ends = link === undefined ? "" : ` \`kith card revoke ${link.id.slice(0, 8)}\` ends its code.`;
  shell.note(`Until ${dateInWords(endsAt)}. Signed by ${safeText(signer, 60)}.${ends}`);
  if (isTest)
    shell.note(
      "The relay has no certificate of Apple, so one for tests signed: Wallet will refuse this pass. Its code and all else in it work.",
    );
}

/** Of several the first that is there; of one, which may still be on its way, asking it says more than waiting. */
async function relayToSign(shell: Shell, { relays }: Kith): Promise<string> {
  const [first, ...others] = relays.get();
  if (first === undefined)
    throw new CliError(EXIT.unreachable, "ERR_RELAY", "Cannot make a pass: there is no relay to sign it", {
      hint: "`kith relays add ADDRESS` uses one from now on; `kith relay` runs one.",
    });
  if (others.length === 0) return first.host;
  const ready = (): string | undefined => relays.get().find(({ state }) => state === "ready")?.host;
  return (await until(relays, ready, { signal: shell.signal, timeoutMs: RELAY_MS })) ?? first.host;
}

/** As it may stand in a pass; `unfit`: there is one, and here is nothing that could draw it anew. */
async function pictureOf(kith: Kith, card: Parameters<Kith["cards"]["preview"]>[0], level: CardLevel) {
  const { fields } = await kith.cards.preview(card, level);
  const photo = fields.find((field) => field.kind === "photo");
  if (photo === undefined) return undefined;
  const bytes = await kith.cards.photo(photo.hash);
  const size = bytes && pictureSize(bytes);
  if (photo.format !== "png" || bytes === undefined || size === undefined) return "unfit";
  const isSmall = Math.max(size.width, size.height) <= PASS_PICTURE_SIDE_MAX && bytes.length <= PASS_PICTURE_BYTES_MAX;
  return isSmall ? bytes : "unfit";
}

/** A pass that nobody has needs no link. Where that fails the link stays listed. */
const takeBack = (kith: Kith, link: string): Promise<void> =>
  kith.cards
    .revokeLink(link)
    .then(() => kith.cards.forgetLink(link))
    .catch(() => undefined);

/** What a person can do, where it is about passes and not what the code means elsewhere. */
function withFix(error: unknown): unknown {
  const { code, exit, message } = verdictOf(error);
  const hint = FIXES.get(code);
  return hint === undefined ? error : new CliError(exit, code, message, { cause: error, hint });
}

const FIXES: ReadonlyMap<string, string> = new Map([
  ["ERR_RELAY", "`kith relays` shows yours; --relay names another. `kith card qr` and `kith card export` need none."],
  ["ERR_PASS_SIGNING", "Another relay may: --relay names it. Its operator turns it on: docs/pass-signing.md."],
  ["ERR_PASS_CERTIFICATE", "Its operator has to renew it (docs/pass-signing.md). Another relay may sign: --relay."],
  ["ERR_TRY_LATER", "It signs 100 a minute. Wait one, then try again."],
  ["ERR_NOT_AUTHORIZED", "It signs for those whom it invited. Another relay may: --relay names it."],
  ["ERR_LIMIT", "`kith card links` shows all; `kith card revoke` makes place."],
]);

/** Letters and digits: what a shell or a file system could stumble over stays out. */
const fileName = (label: string): string =>
  label
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "") || "card";

const WORDS: PassWords = {
  ...{ name: "Name", title: "Title", company: "Company", email: "E-mail", phone: "Phone", address: "Address" },
  ...{ link: "Link", skill: "Skill", note: "Note", level: "Shows", until: "Good until", description: "Contact card" },
  levels: { public: "the public part", professional: "the professional part", personal: "the personal part" },
};
