/**
 * Settings of a relay on the command line: a flag for each, and what readConfig makes of them all.
 *
 * @module
 */
import { resolve } from "node:path";
import type { RelayConfig } from "@kith/relay";
import { type Command, Option } from "commander";
import { CliError, EXIT } from "./exit-code.ts";
import type { Shell } from "./shell.ts";

const GROUP = "Settings (also in --config FILE and as $KITH_RELAY_…):";

/** Flag, and what it says. `--port` is a global option too, which takes the value: this one is for the help. */
const SETTINGS: Readonly<Record<keyof RelayConfig, readonly [flag: string, words: string]>> = {
  host: ["--host <address>", "address to listen at; :: is every one"],
  port: ["--port <port>", "8420 unless told, 0 for any free one"],
  data: ["--data <dir>", "folder of its key, database and backups"],
  publicUrl: ["--public-url <url>", "what clients connect to, as wss://relay.example"],
  tlsCert: ["--tls-cert <file>", "certificate chain, PEM; read again when it changes"],
  tlsKey: ["--tls-key <file>", "its key, PEM"],
  trustedProxies: ["--trusted-proxies <list>", "proxies whose X-Forwarded-For is believed, as 10.0.0.0/8"],
  policy: ["--policy <policy>", "who may use it until its owner says otherwise: open or invited"],
  metrics: ["--metrics <who>", "who may read /metrics: local, open or off"],
  log: ["--log <level>", "info, warn or off; unless told, a terminal gets troubles in words"],
  turnUrls: ["--turn-urls <list>", "TURN servers for clients, as turn:turn.example:3478"],
  turnSecret: ["--turn-secret <text>", "shared with them; better in a file or the environment"],
  drainSeconds: ["--drain-seconds <n>", "given to clients when it ends, 20 unless told"],
  connections: ["--connections <n>", "at once, 20000 unless told"],
  connectionsPerSource: ["--connections-per-source <n>", "of one address or /48, 64 unless told"],
  loginsPerMinute: ["--logins-per-minute <n>", "of one address or /48, 30 unless told"],
  storageMegabytes: ["--storage-megabytes <n>", "for kept messages, 1024 unless told"],
  shareMegabytes: ["--share-megabytes <n>", "for links to cards, 256 unless told"],
  passSigning: ["--pass-signing <on|off>", "whether Wallet passes are signed, on unless told"],
  passCert: ["--pass-cert <file>", "PEM of the Pass Type ID certificate; without one a test CA signs"],
  passKey: ["--pass-key <file>", "PEM of its key; better in a file than here"],
  passWwdr: ["--pass-wwdr <file>", "PEM of Apple's WWDR certificate"],
};

export function withSettings(command: Command): Command {
  command.addOption(new Option("--config <file>", "settings as JSON; flags and environment go before it"));
  for (const [flag, words] of Object.values(SETTINGS)) command.addOption(new Option(flag, words).helpGroup(GROUP));
  return command;
}

/** Settings that were given to a command that has no use for them. @throws {CliError} `ERR_USAGE` */
export function refuseSettings(command: Command): void {
  const [name] = Object.keys(command.opts());
  if (name === undefined) return;
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new CliError(EXIT.usage, "ERR_USAGE", `Cannot use ${flag} here: it is for a relay that is started`);
}

/** @throws {RelayError} `ERR_CONFIG` */
export async function settingsOf(shell: Shell, command: Command): Promise<RelayConfig> {
  const { readConfig } = await import("@kith/relay");
  const { config, ...flags } = command.opts<Record<string, string | undefined>>();
  const { env, cwd } = shell.terminal;
  const paths = ["data", "tlsCert", "tlsKey"].flatMap((name) =>
    flags[name] ? [[name, resolve(cwd, flags[name])]] : [],
  );
  return readConfig({
    ...(config !== undefined && { file: resolve(cwd, config) }),
    env,
    flags: { ...flags, ...Object.fromEntries(paths), port: shell.options.port },
  });
}

/** As they may be shown: a secret may not. */
export function shownSettings(config: RelayConfig): readonly (readonly [name: string, value: string])[] {
  return Object.entries(config).map(([name, value]: [string, unknown]) => [
    name,
    value === undefined || (Array.isArray(value) && value.length === 0)
      ? "-"
      : name === "turnSecret"
        ? "(set)"
        : String(value),
  ]);
}
