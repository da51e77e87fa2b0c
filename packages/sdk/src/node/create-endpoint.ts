/**
 * An endpoint with everything that Node offers: TCP, multicast DNS, SQLite, files, the system's
 * keyring. One home, one identity, one process.
 *
 * @module
 */
import {
  bytesToText,
  createIdentity,
  identityFromSeed,
  importIdentity,
  type LocalIdentity,
  oneTimeIdentity,
  randomWords,
  Secret,
  textToBytes,
  WireError,
} from "@kith/core";
import type { Endpoint, PrivacyLevel } from "../api.ts";
import { createEndpoint as createFromParts } from "../create-endpoint.ts";
import { EndpointError } from "../endpoint-error.ts";
import type { KeyValueStore } from "../storage.ts";
import type { WebRtcOptions } from "../webrtc/rtc-api.ts";
import { defaultHome, homePaths, openHome, settingKey } from "./home.ts";
import { type KeyProtection, openKeyVault } from "./key-vault.ts";
import { type DiscoveryFilter, mdnsPresence } from "./mdns/mdns-presence.ts";
import { nodeProvider } from "./node-crypto.ts";
import { nodeFiles } from "./node-files.ts";
import { nodeWebRtc } from "./node-webrtc.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import { tcpTransport } from "./tcp.ts";

export interface NodeEndpointOptions {
  /** Folder of the identity and all it knows, made if missing: `$KITH_HOME` or the system's place for a user's data unless told. */
  readonly home?: string;
  /** Kept in the home once given. The first time: two words of chance, never the machine's name. */
  readonly name?: string;
  /** TCP port; any free one unless told. */
  readonly port?: number;
  /** Listens on this address only; on all unless told. */
  readonly host?: string;
  /** What strangers may see, kept in the home once given: `open` at first. */
  readonly privacy?: PrivacyLevel;
  /** A one-time identity, nothing kept but received files. */
  readonly anonymous?: boolean;
  /** Seals a new identity's key, and opens one that was sealed. */
  readonly passphrase?: string;
  /** Protocols of the application that peers may open channels for, as `game/1`. */
  readonly protocols?: readonly string[];
  /** Relays by which contacts are met where no straight way leads to them: `wss://host[:port][#key]`; none unless told. */
  readonly relays?: readonly string[];
  /**
   * False: what is for a contact that is away is left at relays of our own alone, which must be its own too. True unless
   * told: then a contact's relay, which it chose, learns from which address something was left.
   */
  readonly visitRelays?: boolean;
  /**
   * False: no WebRTC, so that contacts and members met at a relay learn no address by it. True unless told, where the
   * optional package `node-datachannel` is installed; with STUN and TURN servers, if they are given.
   */
  readonly webRtc?: boolean | Pick<WebRtcOptions, "iceServers">;
  /** False: neither look around nor be seen. A filter says whom to see. True unless told. */
  readonly discovery?: boolean | DiscoveryFilter;
  /** Where received files go: the home's `inbox` unless told. */
  readonly inbox?: string;
  /** Peers with direct links at once: 8 unless told. */
  readonly directLinksMax?: number;
  /** Cap on what each session sends in bulk (files), in bytes a second; none unless told. Messages are never held. */
  readonly sendRateMax?: number;
  /** Told what a program's log should know, by code; never contents. */
  readonly note?: (code: string) => void;
}

/** An endpoint that says where its key rests. */
export interface NodeEndpoint extends Endpoint {
  readonly home: string;
  /** `none`: a one-time identity, never written. */
  readonly keyProtection: KeyProtection | "none";
}

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

/**
 * @throws {EndpointError} `ERR_HOME_IN_USE`, `ERR_STORAGE`, `ERR_IDENTITY`, `ERR_ADDRESS`, `ERR_ARGUMENT`
 */
export async function createEndpoint(options: NodeEndpointOptions = {}): Promise<NodeEndpoint> {
  const directory = options.home ?? defaultHome();
  return options.anonymous === true ? createAnonymous(directory, options) : createAtHome(directory, options);
}

async function createAnonymous(directory: string, options: NodeEndpointOptions): Promise<NodeEndpoint> {
  const identity = oneTimeIdentity(nodeProvider, random);
  const name = options.name ?? chanceName();
  const inbox = options.inbox ?? homePaths(directory).inbox;
  const endpoint = await assemble(
    { identity, name, store: undefined, inbox, privacy: options.privacy ?? "open" },
    options,
  );
  return Object.assign(endpoint, { home: directory, keyProtection: "none" as const });
}

async function createAtHome(directory: string, options: NodeEndpointOptions): Promise<NodeEndpoint> {
  const home = await openHome(directory);
  try {
    const { identity, protection } = await loadIdentity(home.key, options.passphrase);
    const store = openSqliteStore(home.store);
    const name = await setting(store, "name", options.name, chanceName);
    const privacy = await setting(store, "privacy", options.privacy, () => "open");
    const parts = { identity, name, store, inbox: options.inbox ?? home.inbox, privacy: asPrivacy(privacy) };
    const endpoint = await assemble(parts, options);
    const close = endpoint.close.bind(endpoint);
    let closing: Promise<void> | undefined;
    const closeAll = (): Promise<void> => {
      closing ??= close().finally(() => home.close());
      return closing;
    };
    const setLevel = endpoint.setPrivacy.bind(endpoint);
    const setPrivacy = async (level: PrivacyLevel): Promise<void> => {
      await store.set(settingKey("privacy"), textToBytes(level)); // first: a restart must not show more
      await setLevel(level);
    };
    return Object.assign(endpoint, {
      setPrivacy,
      home: home.directory,
      keyProtection: protection,
      close: closeAll,
      [Symbol.asyncDispose]: closeAll,
    });
  } catch (error) {
    await home.close();
    throw error;
  }
}

/**
 * Puts an exported identity into a home that has none yet; returns its name.
 * @throws {EndpointError} `ERR_IDENTITY`: wrong passphrase, damaged text, or the home has an identity already
 */
export async function importIntoHome(home: string, text: string, passphrase: string): Promise<string> {
  await using opened = await openHome(home);
  const vault = await openKeyVault({ path: opened.key, provider: nodeProvider, random });
  if ((await vault.load()) !== undefined) {
    throw new EndpointError(
      "ERR_IDENTITY",
      `Cannot import: ${opened.directory} has an identity already; choose another home`,
    );
  }
  try {
    const { identity, name } = importIdentity({ provider: nodeProvider, text, passphrase });
    await vault.save(identity.seed.reveal());
    await using store = openSqliteStore(opened.store);
    await store.set(settingKey("name"), textToBytes(name));
    return name;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new EndpointError("ERR_IDENTITY", "Cannot import the identity: wrong passphrase, or the text is damaged", {
      cause: error,
    });
  }
}

interface Parts {
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly store: KeyValueStore | undefined;
  readonly inbox: string;
  readonly privacy: PrivacyLevel;
}

function assemble(parts: Parts, options: NodeEndpointOptions): Promise<Endpoint> {
  const { webRtc: wanted = true } = options;
  const webRtc = wanted === false ? undefined : nodeWebRtc(wanted === true ? {} : wanted);
  const { port, host, discovery = true, relays, visitRelays, protocols, directLinksMax, sendRateMax, note } = options;
  return createFromParts({
    identity: parts.identity,
    name: parts.name,
    privacy: parts.privacy,
    ...(parts.store !== undefined && { store: parts.store }),
    transports: [tcpTransport({ ...(port !== undefined && { port }), ...(host !== undefined && { host }) })],
    ...(relays !== undefined && { relays }),
    ...(visitRelays !== undefined && { visitRelays }),
    ...(webRtc !== undefined && { webRtc }),
    ...(discovery !== false && { discovery: mdnsPresence(discovery === true ? {} : { filter: discovery }) }),
    files: nodeFiles(parts.inbox),
    provider: nodeProvider,
    random,
    // After the microtasks of this turn: what a loop of awaited sends produced leaves together.
    endOfTurn: (run) => process.nextTick(run),
    ...(protocols !== undefined && { protocols }),
    ...(directLinksMax !== undefined && { directLinksMax }),
    ...(sendRateMax !== undefined && { sendRateMax }),
    ...(note !== undefined && { note }),
  });
}

async function loadIdentity(
  path: string,
  passphrase: string | undefined,
): Promise<{ identity: LocalIdentity; protection: KeyProtection }> {
  const vault = await openKeyVault({
    path,
    provider: nodeProvider,
    random,
    ...(passphrase !== undefined && { passphrase }),
  });
  const seed = await vault.load();
  if (seed !== undefined)
    return { identity: identityFromSeed(nodeProvider, new Secret(seed)), protection: vault.protection };
  const identity = createIdentity(nodeProvider, random);
  await vault.save(identity.seed.reveal());
  return { identity, protection: vault.protection };
}

/** What was given now, and is kept; else what was kept; else what is made, and kept. */
async function setting(
  store: KeyValueStore,
  name: string,
  given: string | undefined,
  make: () => string,
): Promise<string> {
  const kept = given === undefined ? await store.get(settingKey(name)) : undefined;
  const value = given ?? (kept === undefined ? make() : bytesToText(kept));
  if (kept === undefined) await store.set(settingKey(name), textToBytes(value));
  return value;
}

/** Two words, as "Amber Falcon": something to call a device that says nothing about its owner. */
const chanceName = (): string =>
  randomWords(random, 2)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");

function asPrivacy(text: string): PrivacyLevel {
  if (text === "open" || text === "contacts" || text === "hidden") return text;
  throw new EndpointError("ERR_ARGUMENT", `Cannot use privacy ${JSON.stringify(text)}: open, contacts or hidden`);
}
