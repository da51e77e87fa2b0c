/** `kith relay`, which runs one, and `kith relay check-config`. */
import { join } from "node:path";
import { bytesToHex } from "@kith/core";
import type { RelayConfig } from "@kith/relay";
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { claimUri, clientAddresses, ownAddress } from "../relay-addresses.ts";
import { troubleWords } from "../relay-log.ts";
import { settingsOf, shownSettings, withSettings } from "../relay-settings.ts";
import { qrLines } from "../render/qr.ts";
import { table } from "../render/table.ts";
import { safeText } from "../render/terminal-text.ts";
import type { RunningRelay, Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

export function setUpRun(command: Command, run: Run): void {
  withSettings(command)
    .action(() => run((shell) => serve(shell, command)))
    .addHelpText(
      "after",
      `${examples(
        "kith relay                          on this network, port 8420",
        "kith relay --config relay.json",
        "kith relay --public-url wss://relay.example --tls-cert cert.pem --tls-key key.pem",
        "kith relay claim ADDRESS CODE       make it yours",
        "kith up --relay ADDRESS             use it",
      )}

Ctrl-C tells clients that it ends, waits for them to leave, and ends; a second one does not wait.`,
    );
  command
    .command("check-config")
    .description("Read all settings, start nothing.")
    .action(() => run((shell) => check(shell, command)))
    .addHelpText("after", examples("kith relay check-config --config relay.json"));
}

async function check(shell: Shell, command: Command): Promise<ExitCode> {
  const config = await settingsOf(shell, command);
  const { checkConfig } = await import("@kith/relay");
  const problems = checkConfig(config);
  const { turnSecret, ...rest } = config;
  shell.record({ type: "relay-config", ...rest, hasTurnSecret: turnSecret !== undefined });
  const rows = shownSettings(config).map(([name, value]) => [name, safeText(value, 200)]);
  const columns = [{ title: "SETTING" }, { title: "VALUE", isFlexible: true }];
  for (const line of table(columns, rows, { width: shell.columns, titlePaint: shell.style.dim })) shell.print(line);
  if (problems.length === 0) return EXIT.done;
  const message = problems.map(({ where, problem }) => `${where} ${problem}`).join("\n");
  throw new CliError(EXIT.ailing, "ERR_CONFIG", message);
}

async function serve(shell: Shell, command: Command): Promise<ExitCode> {
  const config = await settingsOf(shell, command);
  const { cardPageRoutes } = await import("../served-app.ts");
  const routes = await cardPageRoutes(config);
  const relay = await shell.door.startRelay(config, (line) => tellLog(shell, config, line), routes);
  tellRelay(shell, relay, config);
  const end = (): void => {
    shell.note(`Leaving: clients have up to ${config.drainSeconds} s. Ctrl-C again ends it at once.`);
    void relay.drain();
  };
  if (shell.signal.aborted) end();
  else shell.signal.addEventListener("abort", end, { once: true });
  await relay.closed; // by us, or because its owner wanted that
  return shell.leave();
}

/** A relay beside a node, in its home, and the web app at its port if wanted. Whoever started it ends it. */
export async function serveBeside(shell: Shell, port: number | undefined, hasApp = false): Promise<ServedRelay> {
  const { readConfig } = await import("@kith/relay");
  const { env } = shell.terminal;
  const quiet = {
    ...(!env["KITH_RELAY_LOG"] && !isSeen(shell) && { log: "warn" }),
    ...(!env["KITH_RELAY_DRAIN_SECONDS"] && { drainSeconds: 5 }),
  };
  const data = env["KITH_RELAY_DATA"] || join(shell.options.home, "relay");
  const config = readConfig({ env, flags: { ...quiet, data, ...(port !== undefined && { port }) } });
  const write = (line: string): void => tellLog(shell, config, line);
  const { cardPageRoutes, startWithApp, tellApp } = await import("../served-app.ts");
  if (hasApp) {
    const relay = await startWithApp(shell, config, write, port === undefined);
    tellApp(shell, relay, config);
    return servedAt(relay, config);
  }
  const relay = await shell.door.startRelay(config, write, await cardPageRoutes(config));
  tellRelay(shell, relay, config);
  return servedAt(relay, config);
}

export interface ServedRelay {
  readonly relay: RunningRelay;
  /** What its node tells others, say in join codes. */
  readonly address: string;
  /** How the node itself reaches it, whatever becomes of the network. */
  readonly ownAddress: string;
}

const servedAt = (relay: RunningRelay, config: RelayConfig): ServedRelay => {
  const [address = relay.address] = clientAddresses(relay, config);
  return { relay, address, ownAddress: ownAddress(relay, config) };
};

/** The log is the relay's word to programs: among the records of `--json`, else beside the answer. */
function tellLog(shell: Shell, { log }: RelayConfig, line: string): void {
  if (shell.isJson) return shell.record({ type: "log", ...(JSON.parse(line) as Record<string, unknown>) });
  if (log !== "auto" || !isSeen(shell)) return shell.note(shell.style.dim(line.trimEnd()));
  const { style } = shell;
  const words = troubleWords(line);
  if (words !== undefined) shell.note(`${style.warn(style.signs.warn)} ${words}`);
}

/** Somebody reads what is said beside the answer: a file or a service would rather have the log. */
const isSeen = ({ isJson, terminal }: Shell): boolean => !isJson && terminal.stderr.isTTY === true;

export function tellRelay(shell: Shell, relay: RunningRelay, config: RelayConfig): void {
  const { style } = shell;
  const key = bytesToHex(relay.relayKey);
  const addresses = clientAddresses(relay, config);
  const [first = relay.address] = addresses;
  const { claimCode } = relay;
  const uri = claimCode === undefined ? undefined : claimUri(first, claimCode);
  shell.record({
    type: "relay",
    ...{ addresses, key, port: relay.port, data: config.data },
    ...(claimCode !== undefined && { claimCode, claimUri: uri }),
  });
  shell.print(`${style.good(style.signs.good)} The relay is ready at ${style.strong(plain(first))}`);
  for (const other of addresses.slice(1)) shell.print(style.dim(`  and at ${plain(other)}`));
  if (first.startsWith("ws:"))
    shell.note(
      style.dim("  Without TLS only on private networks: --tls-cert and --tls-key, or a proxy and --public-url"),
    );
  shell.print();
  shell.print(`Use it:    kith up --relay ${first}`);
  if (claimCode === undefined || uri === undefined) return shell.print(`Manage it: kith relay status ${plain(first)}`);
  shell.print(`Claim it:  kith relay claim ${first} ${style.strong(claimCode)}`);
  shell.print("           or scan this; whoever does so first owns the relay.");
  for (const line of qrLines(uri, { color: shell.terminal.hasColor && shell.options.color })) shell.print(line);
}

const plain = (address: string): string => address.replace(/#.*$/, "");
