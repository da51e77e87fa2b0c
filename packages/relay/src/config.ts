/**
 * How a relay is configured: a file of JSON, the environment, flags. A flag wins over the environment, that over the
 * file, that over the default. One table names every setting; docs/relay.md has the same one, checked by a test.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isPem } from "./pass/pem.ts";
import { ConfigError, type ConfigProblem, reasonOf } from "./relay-error.ts";

export interface RelayConfig {
  /** Address to listen at; `::` is every address, of IPv4 too. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Folder of the key, the database and backups. */
  readonly data: string;
  /** What clients are told to connect to; without one what it listens at. */
  readonly publicUrl: string | undefined;
  /** PEM files, both or none. */
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  /** Addresses and prefixes of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Who may log in until the owner says otherwise. */
  readonly policy: "open" | "invited";
  /** Who may read /metrics: this machine and private networks, everybody, nobody. */
  readonly metrics: "local" | "open" | "off";
  /** `auto`: as `info`; whoever runs the relay at a terminal may show less. */
  readonly log: "auto" | "info" | "warn" | "off";
  readonly turnUrls: readonly string[];
  /** Shared with the TURN server (coturn's static-auth-secret). */
  readonly turnSecret: string | undefined;
  /** Given to clients when the relay ends. */
  readonly drainSeconds: number;
  /** In all, and of one address or /48. */
  readonly connections: number;
  readonly connectionsPerSource: number;
  /** Of one address or /48. */
  readonly loginsPerMinute: number;
  /** For kept items, in all. */
  readonly storageMegabytes: number;
  /** For shares of cards, in all. 0: none are kept. */
  readonly shareMegabytes: number;
  /** Whether manifests of Wallet passes are signed. */
  readonly passSigning: "on" | "off";
  /** Each a PEM file, or PEM itself, or base64 of that. All three, or none: then a test CA signs. */
  readonly passCert: string | undefined;
  readonly passKey: string | undefined;
  readonly passWwdr: string | undefined;
}

type Name = keyof RelayConfig;

interface Setting<Value> {
  readonly fallback: Value;
  /** From a text of the environment or a flag, or a value of the file. `undefined`: it is none. */
  readonly read: (value: unknown) => Value | undefined;
  /** What it must be, for a person: "a port from 0 to 65535". */
  readonly shape: string;
}

/** Where nothing else is said. `data` depends on the user. */
const DEFAULT_PORT = 8420;

const SETTINGS: { readonly [N in Name]: Setting<RelayConfig[N]> } = {
  host: { fallback: "::", read: readHost, shape: "an IP address or a host name" },
  port: { fallback: DEFAULT_PORT, read: wholeNumber(0, 65_535), shape: "a port from 0 to 65535" },
  data: { fallback: "", read: readPath, shape: "a folder" },
  publicUrl: { fallback: undefined, read: readRelayUrl, shape: "a URL as wss://relay.example" },
  tlsCert: { fallback: undefined, read: readPath, shape: "a file" },
  tlsKey: { fallback: undefined, read: readPath, shape: "a file" },
  trustedProxies: { fallback: [], read: readList(isPrefix), shape: "IP addresses or prefixes as 10.0.0.0/8" },
  policy: { fallback: "open", read: oneOf("open", "invited"), shape: "open or invited" },
  metrics: { fallback: "local", read: oneOf("local", "open", "off"), shape: "local, open or off" },
  log: { fallback: "auto", read: oneOf("auto", "info", "warn", "off"), shape: "auto, info, warn or off" },
  turnUrls: { fallback: [], read: readList(isTurnUrl), shape: "URLs as turn:turn.example:3478" },
  turnSecret: { fallback: undefined, read: readText, shape: "a text" },
  drainSeconds: { fallback: 20, read: wholeNumber(0, 3_600), shape: "a number from 0 to 3600" },
  connections: { fallback: 20_000, read: wholeNumber(1, 1_000_000), shape: "a number from 1 to 1000000" },
  connectionsPerSource: { fallback: 64, read: wholeNumber(1, 1_000_000), shape: "a number from 1 to 1000000" },
  loginsPerMinute: { fallback: 30, read: wholeNumber(1, 1_000_000), shape: "a number from 1 to 1000000" },
  storageMegabytes: { fallback: 1_024, read: wholeNumber(1, 1_000_000), shape: "a number from 1 to 1000000" },
  shareMegabytes: { fallback: 256, read: wholeNumber(0, 1_000_000), shape: "a number from 0 to 1000000" },
  passSigning: { fallback: "on", read: oneOf("on", "off"), shape: "on or off" },
  passCert: { fallback: undefined, read: readSecret, shape: "a PEM file, or PEM" },
  passKey: { fallback: undefined, read: readSecret, shape: "a PEM file, or PEM" },
  passWwdr: { fallback: undefined, read: readSecret, shape: "a PEM file, or PEM" },
};

/** Names of all settings, as in the file. */
export const SETTING_NAMES: readonly Name[] = Object.keys(SETTINGS).filter(isName);
/** `tlsCert` → `KITH_RELAY_TLS_CERT`. */
export const variableOf = (name: string): string =>
  `KITH_RELAY_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
/** `tlsCert` → `--tls-cert`. */
export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** What it must be, for a person. */
export const shapeOf = (name: Name): string => SETTINGS[name].shape;

export interface ConfigSources {
  /** Path of a file; `KITH_RELAY_CONFIG` where it is not given. */
  readonly file?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** By name as in the file: `{ tlsCert: "…" }`. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/**
 * Puts the sources together; whatever is wrong is told at once, all of it.
 * @throws {ConfigError}
 */
export function readConfig(sources: ConfigSources): RelayConfig {
  const { env = {}, flags = {} } = sources;
  const problems: ConfigProblem[] = [];
  const path = sources.file ?? (env["KITH_RELAY_CONFIG"] || undefined);
  const file = path === undefined ? {} : readFile(path, problems);
  for (const name of Object.keys(file)) {
    if (!isName(name)) problems.push({ where: `${name} in ${path}`, problem: `is no setting${nearest(name)}` });
  }
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith("KITH_RELAY_") || variable === "KITH_RELAY_CONFIG") continue;
    if (!SETTING_NAMES.some((name) => variableOf(name) === variable))
      problems.push({ where: variable, problem: "is no setting" });
  }
  const value = <N extends Name>(name: N): RelayConfig[N] => {
    const setting: Setting<RelayConfig[N]> = SETTINGS[name];
    let chosen = setting.fallback;
    // All are read, so that a mistake in a value that another one overrides is told too.
    for (const [where, given] of [
      [`${name} in ${path}`, file[name]],
      [variableOf(name), env[variableOf(name)] || undefined],
      [flagOf(name), flags[name]],
    ] as const) {
      if (given === undefined) continue;
      const read = setting.read(given);
      if (read === undefined) problems.push({ where, problem: `must be ${setting.shape}` });
      else chosen = read;
    }
    return chosen;
  };
  const config: RelayConfig = {
    ...{ host: value("host"), port: value("port"), publicUrl: value("publicUrl") },
    data: value("data") || defaultData(env),
    ...{ tlsCert: value("tlsCert"), tlsKey: value("tlsKey"), trustedProxies: value("trustedProxies") },
    ...{ policy: value("policy"), metrics: value("metrics"), log: value("log") },
    ...{ turnUrls: value("turnUrls"), turnSecret: value("turnSecret"), drainSeconds: value("drainSeconds") },
    ...{ connections: value("connections"), connectionsPerSource: value("connectionsPerSource") },
    ...{ loginsPerMinute: value("loginsPerMinute"), storageMegabytes: value("storageMegabytes") },
    ...{ shareMegabytes: value("shareMegabytes"), passSigning: value("passSigning") },
    ...{ passCert: value("passCert"), passKey: value("passKey"), passWwdr: value("passWwdr") },
  };
  if ((config.tlsCert === undefined) !== (config.tlsKey === undefined))
    problems.push({ where: "tlsCert and tlsKey", problem: "must be given both or not at all" });
  const passes = [config.passCert, config.passKey, config.passWwdr];
  if (passes.some((one) => one !== undefined) && passes.some((one) => one === undefined))
    problems.push({ where: "passCert, passKey and passWwdr", problem: "must be given all or not at all" });
  if (config.turnUrls.length > 0 && config.turnSecret === undefined)
    problems.push({ where: "turnUrls", problem: "need a turnSecret" });
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Where a relay's data is unless told: where the system keeps a user's data. */
function defaultData(env: Readonly<Record<string, string | undefined>>): string {
  if (process.platform === "win32") return join(env["LOCALAPPDATA"] || homedir(), "kith-relay");
  return join(env["XDG_DATA_HOME"] || join(env["HOME"] || homedir(), ".local", "share"), "kith-relay");
}

function readFile(path: string, problems: ConfigProblem[]): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
    problems.push({ where: path, problem: "must be one object of JSON" });
  } catch (cause) {
    const problem =
      cause instanceof SyntaxError ? `is no JSON: ${cause.message}` : `cannot be read: ${reasonOf(cause)}`;
    problems.push({ where: path, problem });
  }
  return {};
}

/** The setting that a misspelt one most likely meant: the same letters in another case or with separators. */
function nearest(name: string): string {
  const plain = (text: string): string => text.replace(/[^a-z]/gi, "").toLowerCase();
  const found = SETTING_NAMES.find((known) => plain(known) === plain(name));
  return found === undefined ? "" : `: is it ${found}?`;
}

function isName(name: string): name is Name {
  return Object.hasOwn(SETTINGS, name);
}

function wholeNumber(min: number, max: number): (value: unknown) => number | undefined {
  return (value) => {
    const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
    return typeof number === "number" && Number.isInteger(number) && number >= min && number <= max
      ? number
      : undefined;
  };
}

function oneOf<Value extends string>(...values: readonly Value[]): (value: unknown) => Value | undefined {
  return (value) => values.find((known) => known === value);
}

/** A list of the file, or a text with commas. */
function readList(isItem: (text: string) => boolean): (value: unknown) => readonly string[] | undefined {
  return (value) => {
    const items = typeof value === "string" ? value.split(",").map((item) => item.trim()) : value;
    if (!Array.isArray(items)) return undefined;
    const texts = items.filter((item): item is string => typeof item === "string" && isItem(item));
    return texts.length === items.length ? texts : undefined;
  };
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function readPath(value: unknown): string | undefined {
  const text = readText(value);
  return text === undefined ? undefined : resolve(text);
}

/** Secrets come from the environment too, where there are no files. */
function readSecret(value: unknown): string | undefined {
  const text = readText(value);
  return text === undefined || isPem(text) ? text : resolve(text);
}

function readHost(value: unknown): string | undefined {
  const text = readText(value);
  return text !== undefined && (isIP(text) !== 0 || /^[a-z0-9.-]{1,253}$/i.test(text)) ? text : undefined;
}

function readRelayUrl(value: unknown): string | undefined {
  const url = URL.parse(readText(value) ?? "");
  const isRoot = url !== null && (url.protocol === "wss:" || url.protocol === "ws:") && url.pathname === "/";
  return isRoot && url.search === "" && url.hash === "" && url.username === ""
    ? url.href.replace(/\/$/, "")
    : undefined;
}

function isTurnUrl(text: string): boolean {
  return /^turns?:[^\s,]{1,250}$/.test(text);
}

/** An address, or a prefix of one: `10.0.0.0/8`. */
export function isPrefix(text: string): boolean {
  return prefixList([text]) !== undefined;
}

/** @returns `undefined` if one of them is none */
export function prefixList(prefixes: readonly string[]): BlockList | undefined {
  const list = new BlockList();
  for (const text of prefixes) {
    const [address = "", length] = text.split("/", 2);
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : -1;
    if (version === 0 || prefix < 0 || prefix > bits) return undefined;
    list.addSubnet(address, prefix, version === 4 ? "ipv4" : "ipv6");
  }
  return list;
}
