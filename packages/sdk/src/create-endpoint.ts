/**
 * Makes an endpoint out of adapters. `@kith/sdk/node` has one with everything that Node offers.
 *
 * @module
 */
import {
  AUDIT_HEAD_KEY,
  type CryptoProvider,
  cleanName,
  createIdentity,
  type LocalIdentity,
  nobleProvider,
  type PeerId,
  type RandomSource,
  type StoreEntry,
} from "@kith/core";
import type { Endpoint, PrivacyLevel } from "./api.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Discovery } from "./discovery.ts";
import { EndpointError } from "./endpoint-error.ts";
import { EndpointHandle } from "./endpoint-handle.ts";
import type { FilePort } from "./file-port.ts";
import type { Mailboxes } from "./mailbox.ts";
import { readRelayAddresses } from "./relay-address.ts";
import type { OpenWebSocket } from "./relay-connection.ts";
import type { KeyValueStore } from "./storage.ts";
import type { Transport } from "./transport.ts";

export interface EndpointOptions {
  /** What we call ourselves: shown when pairing and, in privacy *open*, on the network. At most 128 bytes. */
  readonly name: string;
  /** Ways to reach others, and to be reached. */
  readonly transports: readonly Transport[];
  /** Who we are; a new identity unless given. It lives no longer than what the caller keeps of it. */
  readonly identity?: LocalIdentity;
  /** What strangers may see: `open` unless told. */
  readonly privacy?: PrivacyLevel;
  /** Protocols of the application that peers may open channels for, as `game/1`; none unless told. */
  readonly protocols?: readonly string[];
  /** Where contacts, messages and the log are kept; without one, in memory, until the endpoint closes. */
  readonly store?: KeyValueStore;
  /** Relays by which contacts are met where no straight way leads to them: `wss://host[:port][#key]`; none unless told. */
  readonly relays?: readonly string[];
  /**
   * False: what is for a contact that is away is left at relays of our own alone, which must be its own too. True unless
   * told: then a contact's relay, which it chose, learns from which address something was left.
   */
  readonly visitRelays?: boolean;
  /** Opens the connections to relays; the platform's `WebSocket` unless told. */
  readonly webSocket?: OpenWebSocket;
  /** Finds others on the network; without one, only addresses lead to them. */
  readonly discovery?: Discovery;
  /** Access to files; without one they can neither be sent nor received. */
  readonly files?: FilePort;
  /** Where join codes meet, at relays unless told. */
  readonly mailboxes?: Mailboxes;
  /** Cryptographic primitives: noble unless told, which runs anywhere. */
  readonly provider?: CryptoProvider;
  /** Fills an array with random bytes, from the platform unless told. */
  readonly random?: RandomSource;
  /** The platform's unless told. */
  readonly clock?: Clock;
  /** Runs a function when everything else of this turn of the event loop is done; a microtask unless told. */
  readonly endOfTurn?: (run: () => void) => void;
  /** Peers with direct links at once: 8 unless told. */
  readonly directLinksMax?: number;
  /** Cap on what each session sends in bulk (files), in bytes a second; none unless told. Messages are never held. */
  readonly sendRateMax?: number;
  /** Told what a program's log should know, by code; never contents. */
  readonly note?: (code: string, peer: PeerId | undefined) => void;
}

/** What of the store the core wants back. The log's entries stay where they are: only its head is needed. */
const RESTORED_PREFIXES = [
  "trust/",
  "chat/",
  "file/",
  "files/",
  "room/",
  "roomfiles/",
  "relay/",
  "relays/",
  "mail/",
  "mail-prekey/",
] as const;
/** Codes that an earlier process showed: nobody can be looking at them any more. */
const STALE_PREFIX = "trust/code/";

/**
 * Listens, looks around, and goes on with what an earlier endpoint of the same store left.
 * @throws {EndpointError} `ERR_STORAGE`, `ERR_ADDRESS`, `ERR_ARGUMENT`
 */
export async function createEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const random = options.random ?? ((length: number) => crypto.getRandomValues(new Uint8Array(length)));
  const provider = options.provider ?? nobleProvider;
  const name = cleanName(options.name);
  if (name === "") throw new EndpointError("ERR_ARGUMENT", "Cannot use the name: nothing of it can be shown");
  const handle = new EndpointHandle({
    identity: options.identity ?? createIdentity(provider, random),
    name,
    privacy: options.privacy ?? "open",
    protocols: options.protocols ?? [],
    provider,
    random,
    clock: options.clock ?? systemClock,
    endOfTurn: options.endOfTurn ?? queueMicrotask,
    store: options.store,
    restored: options.store === undefined ? [] : await restore(options.store),
    transports: options.transports,
    relays: readRelayAddresses(options.relays ?? []),
    visitRelays: options.visitRelays ?? true,
    webSocket: options.webSocket,
    discovery: options.discovery,
    files: options.files,
    mailboxes: options.mailboxes,
    introduces: undefined,
    directLinksMax: options.directLinksMax,
    sendRateMax: options.sendRateMax,
    note: options.note ?? (() => {}),
  });
  try {
    await handle.start();
  } catch (error) {
    await handle.close();
    throw error;
  }
  return handle;
}

async function restore(store: KeyValueStore): Promise<readonly StoreEntry[]> {
  const stale = await store.list(STALE_PREFIX);
  await store.batch(
    [],
    stale.map(({ key }) => key),
  );
  const lists = await Promise.all([
    ...RESTORED_PREFIXES.map((prefix) => store.list(prefix)),
    store.list(AUDIT_HEAD_KEY),
  ]);
  return lists.flat();
}
