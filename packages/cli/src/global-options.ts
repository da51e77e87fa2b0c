/**
 * Options that every command takes: which home, how to print, and how a node is started.
 *
 * @module
 */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { CliError, EXIT } from "./exit-code.ts";
import { sizeOf } from "./option-values.ts";
import { safeText } from "./render/terminal-text.ts";
import type { ShellOptions } from "./shell.ts";
import type { Terminal } from "./terminal.ts";

const NODE_OPTIONS = "Options of the node, where a command starts one:";

export function globalOptions(command: Command): Command {
  const ofNode = (flags: string, description: string): Option => new Option(flags, description).helpGroup(NODE_OPTIONS);
  return command
    .option("--home <dir>", "folder of the identity; another folder is another identity ($KITH_HOME)")
    .option("--json", "for programs: one JSON object a line")
    .option("--no-color", "no colours")
    .addOption(ofNode("--name <name>", "what this device calls itself"))
    .addOption(ofNode("--port <port>", "TCP port to listen on, 0 for any free one").argParser(portOf))
    .addOption(ofNode("--privacy <level>", "who sees it on the network").choices(["open", "contacts", "hidden"]))
    .addOption(ofNode("--send-rate <size>", "bytes a second for files, to each contact, as 2MB").argParser(sizeOf))
    .addOption(ofNode("--allow <networks>", "see only these, as 192.168.1.0/24,fe80::/10").argParser(networksOf))
    .addOption(ofNode("--deny <networks>", "do not see these").argParser(networksOf))
    .addOption(
      ofNode("--relay <hosts>", "meet others at these relays, the usual one first ($KITH_RELAY)").argParser(moreHosts),
    )
    .addOption(ofNode("--anonymous", "with a one-time identity that is forgotten at the end"))
    .addOption(
      ofNode("--passphrase-file <file>", "where the passphrase of a sealed home is; - asks ($KITH_PASSPHRASE)"),
    );
}

/** Everything before the first word that is no option: the name of the command decides what is loaded. */
export function commandNameOf(argv: readonly string[]): string | undefined {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (
      [
        "--home",
        "--name",
        "--port",
        "--privacy",
        "--send-rate",
        "--allow",
        "--deny",
        "--relay",
        "--passphrase-file",
      ].includes(word)
    )
      at++;
    else if (!word.startsWith("-")) return word;
  }
  return undefined;
}

export function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new CliError(EXIT.usage, "ERR_USAGE", `Cannot use port ${safeText(text)}: 0 to 65535 expected`);
}

function networksOf(text: string): readonly string[] {
  const networks = text.split(",").map((each) => each.trim());
  const wrong = networks.find((each) => !/^[0-9a-fA-F.:]{2,45}(\/\d{1,3})?$/.test(each));
  if (wrong === undefined) return networks;
  throw new CliError(EXIT.usage, "ERR_USAGE", `Cannot use network ${safeText(wrong, 40)}: as 192.168.1.0/24 expected`);
}

/** Whether each is one, the node says. */
const hostsOf = (text: string): readonly string[] =>
  text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");

const moreHosts = (text: string, before: readonly string[] = []): readonly string[] => [...before, ...hostsOf(text)];

/** What was typed: all but the colour may be left out. */
type GlobalValues = Partial<ShellOptions> & Pick<ShellOptions, "color">;

export function optionsOf(program: Command, terminal: Terminal): ShellOptions {
  const { home, json, anonymous, ...rest } = program.opts<GlobalValues>();
  const folder = home ?? (terminal.env["KITH_HOME"] || defaultHome(terminal.env));
  const named = rest.relay ?? hostsOf(terminal.env["KITH_RELAY"] ?? "");
  return {
    ...rest,
    ...(named.length > 0 && { relay: named }),
    keepsRelay: rest.relay !== undefined,
    home: resolve(terminal.cwd, folder),
    json: json === true,
    anonymous: anonymous === true,
  };
}

function defaultHome(env: Terminal["env"]): string {
  if (process.platform === "win32") return join(env["LOCALAPPDATA"] || homedir(), "kith");
  return join(env["XDG_DATA_HOME"] || join(env["HOME"] || homedir(), ".local", "share"), "kith");
}
