/** `kith relay claim|status|policy|admit|drain|backup|rotate-identity`, of a relay's owner, and `restore`, of its host. */

import type { RelayOrder, RelayOrderAnswers } from "@kith/sdk";
import { Argument, type Command } from "commander";
import { CliError, EXIT, type ExitCode, verdictOf } from "../exit-code.ts";
import { durationOf, wholeOf } from "../option-values.ts";
import { readClaimUri } from "../relay-addresses.ts";
import { refuseSettings, settingsOf } from "../relay-settings.ts";
import { statusLines } from "../render/relay-view.ts";
import { safeText } from "../render/terminal-text.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";
import { askFirst } from "./room-options.ts";

const DAY_MS = 86_400_000;
const DRAIN_MS = 20_000;

interface AdmitOptions {
  readonly uses: number;
  readonly for: number;
}

interface DrainOptions {
  readonly time: number;
  readonly other?: string;
}

export function setUpOwner(command: Command, run: Run): void {
  /** Settings belong to `kith relay` itself. */
  const owner = (work: (shell: Shell) => Promise<ExitCode>): Promise<void> =>
    run((shell) => {
      refuseSettings(command);
      return work(shell);
    });
  const ofRelay = (name: string, description: string): Command =>
    command.command(name).description(description).argument("[relay]", RELAY);
  command
    .command("claim")
    .argument("<address>", "as kith relay prints it, or the text of its QR code")
    .argument("[code]", "claim code, or the recovery key of an owner before")
    .description("Make a relay yours; shows its recovery key, once.")
    .action((address: string, code?: string) => owner((shell) => claim(shell, address, code)))
    .addHelpText("after", examples("kith relay claim wss://relay.example 4f7k-0b2m-9xqz-tw1h"));
  ofRelay("status", "Its numbers, as /metrics has them.")
    .action((relay?: string) => owner((shell) => status(shell, relay)))
    .addHelpText("after", examples("kith relay status", "kith relay status relay.example --json"));
  command
    .command("policy")
    .description("Who may use it: everybody, or those with a pass.")
    .addArgument(new Argument("<policy>", "whom it takes").choices(["open", "invited"]))
    .argument("[relay]", RELAY)
    .action((policy: "open" | "invited", relay?: string) => owner((shell) => setPolicy(shell, policy, relay)))
    .addHelpText("after", examples("kith relay policy invited"));
  ofRelay("admit", "Make a pass: whoever has it may use a relay for invited ones.")
    .option("--uses <n>", "identities that it lets in", wholeOf, 1)
    .option("--for <time>", "good for so long (7d unless told)", durationOf, 7 * DAY_MS)
    .action((relay: string | undefined, options: AdmitOptions) => owner((shell) => admit(shell, relay, options)))
    .addHelpText("after", examples("kith relay admit", "kith relay admit relay.example --uses 5 --for 2d"));
  ofRelay("drain", "End it: clients are told, and have time to leave.")
    .option("--time <time>", "how long they have (20s unless told)", durationOf, DRAIN_MS)
    .option("--other <address>", "a relay where they may go instead")
    .action((relay: string | undefined, options: DrainOptions) => owner((shell) => drain(shell, relay, options)))
    .addHelpText("after", examples("kith relay drain", "kith relay drain --time 1min --other wss://two.example"));
  ofRelay("backup", "Copy its database, in its own folder, while it works.")
    .action((relay?: string) => owner((shell) => backup(shell, relay)))
    .addHelpText("after", examples("kith relay backup"));
  ofRelay("rotate-identity", "Give it another key, from its next start on.")
    .option("-y, --yes", "without asking")
    .action((relay: string | undefined, { yes }: { yes?: boolean }) =>
      owner((shell) => rotate(shell, relay, yes === true)),
    )
    .addHelpText("after", examples("kith relay rotate-identity"));
  command
    .command("restore")
    .argument("<file>", "a backup")
    .description("Put a backup in the place of a stopped relay's database, here.")
    .action((file: string) => run((shell) => restore(shell, file, command)))
    .addHelpText("after", examples("kith relay restore relay-20251121-120000.sqlite --data /srv/relay"));
}

const RELAY = "host or address; may be left out where you use one relay only";

interface Answered<Order extends RelayOrder> {
  readonly relay: string;
  /** The relay's, if it is used or was in the address. */
  readonly key: string | undefined;
  readonly answer: RelayOrderAnswers[Order["type"]];
}

/** Asks, and says more of what went wrong than the relay's word. */
async function order<Order extends RelayOrder>(
  shell: Shell,
  given: string | undefined,
  wish: Order,
): Promise<Answered<Order>> {
  await using open = await shell.open();
  const relay = given ?? onlyOne(open.kith.relays.get().map(({ host }) => host));
  try {
    const answer = await open.kith.relays.manage(relay, wish, { signal: shell.signal });
    const host = plain(relay).replace(/^wss?:\/\//, "");
    const key = open.kith.relays.get().find((view) => view.host === host)?.key ?? /#([0-9a-f]{64})/.exec(relay)?.[1];
    return { relay: plain(relay), key, answer };
  } catch (error) {
    const { exit, code, message } = verdictOf(error);
    const hint = HINTS.get(code);
    throw hint === undefined ? error : new CliError(exit, code, message, { hint, cause: error });
  }
}

function onlyOne(hosts: readonly string[]): string {
  const [only] = hosts;
  if (only !== undefined && hosts.length === 1) return only;
  throw new CliError(
    EXIT.unknown,
    "ERR_RELAY_UNKNOWN",
    hosts.length === 0 ? "Cannot tell which relay: none is used" : `Cannot tell which relay: ${hosts.join(", ")}`,
    { hint: "Name it: its host or address comes last." },
  );
}

const HINTS: ReadonlyMap<string, string> = new Map([
  [
    "ERR_NOT_AUTHORIZED",
    "Its owner can: for invited ones it makes passes. With the recovery key it is yours: kith relay claim ADDRESS KEY",
  ],
  [
    "ERR_WRONG_CODE",
    "`kith relay` shows the code when it starts, another one each time, until somebody has claimed it.",
  ],
  ["ERR_RELAY", "Does it run, and is the address right? A relay without TLS is reached on private networks only."],
  ["ERR_PEER_UNEXPECTED", "Ask who runs it. If the key was changed: kith relays add ADDRESS#KEY"],
]);

async function claim(shell: Shell, text: string, given: string | undefined): Promise<ExitCode> {
  const scanned = readClaimUri(text);
  const code = given ?? scanned?.code;
  if (code === undefined)
    throw new CliError(EXIT.usage, "ERR_USAGE", "Cannot claim without a code", {
      hint: "`kith relay` shows it when it starts: kith relay claim ADDRESS CODE",
    });
  const { relay, answer } = await order(shell, scanned?.address ?? text, { type: "claim", code: code.trim() });
  const { style } = shell;
  shell.tell({ type: "relay-claimed", relay, recoveryKey: answer.recoveryKey }, [
    style.good(`${style.signs.good} ${safeText(relay, 80)} is yours.`),
    `Recovery key:  ${style.strong(safeText(answer.recoveryKey, 80))}`,
    "Write it down: it is shown once, and makes another identity the owner if this one is lost.",
  ]);
  return EXIT.done;
}

async function status(shell: Shell, given: string | undefined): Promise<ExitCode> {
  const { relay, answer } = await order(shell, given, { type: "status" });
  shell.tell({ type: "relay-status", relay, numbers: answer.numbers }, statusLines(answer.numbers));
  return EXIT.done;
}

async function setPolicy(shell: Shell, policy: "open" | "invited", given: string | undefined): Promise<ExitCode> {
  const { relay } = await order(shell, given, { type: "policy", policy });
  const whom =
    policy === "open"
      ? "everybody"
      : "those it knows, those with a pass (kith relay admit), and for its code alone whoever has a member's join code";
  shell.tell({ type: "relay-act", did: "policy", relay, policy }, `${safeText(relay, 80)} takes ${whom}.`);
  return EXIT.done;
}

async function admit(shell: Shell, given: string | undefined, options: AdmitOptions): Promise<ExitCode> {
  const seconds = Math.max(1, Math.floor(options.for / 1_000));
  const { relay, key, answer } = await order(shell, given, { type: "admit", uses: options.uses, seconds });
  const expiresAt = shell.terminal.now() + seconds * 1_000;
  const address = key === undefined ? undefined : `${relay}#${key}.${answer.pass}`;
  shell.tell(
    { type: "relay-pass", relay, pass: answer.pass, uses: options.uses, expiresAt, ...(address && { address }) },
    address === undefined
      ? [`Pass: ${answer.pass}`, "Give it as ADDRESS#KEY.PASS; `kith relays` shows the key of a relay that you use."]
      : [
          `Good for ${options.uses === 1 ? "one identity" : `${options.uses} identities`}:`,
          `  kith up --relay ${address}`,
        ],
  );
  return EXIT.done;
}

async function drain(shell: Shell, given: string | undefined, options: DrainOptions): Promise<ExitCode> {
  const seconds = Math.floor(options.time / 1_000);
  const { relay } = await order(shell, given, { type: "drain", seconds, other: options.other ?? "" });
  shell.tell(
    { type: "relay-act", did: "drain", relay, seconds },
    `${safeText(relay, 80)} ends in ${seconds} s, or when all have left.`,
  );
  return EXIT.done;
}

async function backup(shell: Shell, given: string | undefined): Promise<ExitCode> {
  const { relay, answer } = await order(shell, given, { type: "backup" });
  const name = safeText(answer.name, 200);
  shell.tell({ type: "relay-backup", relay, name: answer.name }, [
    `backups/${name} is in the relay's folder.`,
    "It holds the relay's key: keep copies where nobody else reads them.",
  ]);
  return EXIT.done;
}

async function rotate(shell: Shell, given: string | undefined, isSure: boolean): Promise<ExitCode> {
  if (!isSure) await askFirst(shell, "Give it another key?");
  const { relay, answer } = await order(shell, given, { type: "rotate" });
  shell.tell({ type: "relay-rotated", relay, key: answer.key }, [
    `From its next start on: ${safeText(relay, 80)}#${answer.key}`,
    "Who uses it follows by itself: the key of today vouches for the next.",
  ]);
  return EXIT.done;
}

async function restore(shell: Shell, file: string, command: Command): Promise<ExitCode> {
  const { data } = await settingsOf(shell, command);
  const { resolve } = await import("node:path");
  const { databasePath, restoreDatabase } = await import("@kith/relay");
  const before = await restoreDatabase(data, resolve(shell.terminal.cwd, file));
  shell.tell({ type: "relay-restored", file: databasePath(data), ...(before !== undefined && { before }) }, [
    `${databasePath(data)} is the backup now.`,
    ...(before === undefined ? [] : [`What was there is at ${before}`]),
  ]);
  return EXIT.done;
}

const plain = (address: string): string => address.replace(/#.*$/, "");
