/**
 * Makes an endpoint out of adapters, and of parts whose code may come later.
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
import type { BulkAead } from "./bulk-aead.ts";
import type { BulkHash } from "./bulk-hash.ts";
import type { CardsCode } from "./card/late-cards.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Discovery } from "./discovery.ts";
import { EndpointError } from "./endpoint-error.ts";
import { EndpointHandle } from "./endpoint-handle.ts";
import type { FactsCode } from "./fact/late-facts.ts";
import type { FilePort } from "./file-port.ts";
import type { RoomsCode } from "./late-rooms.ts";
import type { Mailboxes } from "./mailbox.ts";
import { readRelayAddresses } from "./relay-address.ts";
import type { OpenWebSocket } from "./relay-connection.ts";
import type { KeyValueStore } from "./storage.ts";
import type { Transport } from "./transport.ts";
import type { WebRtcOptions } from "./webrtc/rtc-api.ts";

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
  /**
   * False: what is said in chats between contacts is in memory alone, until the endpoint closes, but where a person chose
   * otherwise (`chat.setKeeps`). True unless told.
   */
  readonly keepsChats?: boolean;
  /** Relays by which contacts are met where no straight way leads to them: `wss://host[:port][#key]`; none unless told. */
  readonly relays?: readonly string[];
  /**
   * False: what is for a contact that is away is left at relays of our own alone, which must be its own too. True unless
   * told: then a contact's relay, which it chose, learns from which address something was left.
   */
  readonly visitRelays?: boolean;
  /** Opens the connections to relays; the platform's `WebSocket` unless told. */
  readonly webSocket?: OpenWebSocket;
  /** Makes connections that contacts and members negotiate when only a relay, or others, carry their session; none unless told. */
  readonly webRtc?: WebRtcOptions;
  /** Finds others on the network; without one, only addresses lead to them. */
  readonly discovery?: Discovery;
  /** Access to files; without one they can neither be sent nor received. */
  readonly files?: FilePort;
  /** Where join codes meet, at relays unless told. */
  readonly mailboxes?: Mailboxes;
  /** Cryptographic primitives: noble unless told, which runs anywhere. */
  readonly provider?: CryptoProvider;
  /** Seals and opens what is large with keys of `provider`, later; everything is done at once unless told. */
  readonly bulkAead?: BulkAead;
  /** Hashes contents of files, later; the provider does, at once, unless told. */
  readonly bulkHash?: BulkHash;
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

/** Code that may come later. */
export interface LateParts {
  readonly rooms: RoomsCode;
  readonly cards: CardsCode;
  readonly facts: FactsCode;
}

/** Of the store: with any of it the rooms are there before anybody can meet us. */
const ROOM_PREFIX = "room/";

/**
 * Listens, looks around, and goes on with what an earlier endpoint of the same store left.
 * @throws {EndpointError} `ERR_STORAGE`, `ERR_ADDRESS`, `ERR_ARGUMENT`, `ERR_PART`
 */
export async function composeEndpoint(options: EndpointOptions, late: LateParts): Promise<Endpoint> {
  const { rooms, cards, facts } = late;
  const random = options.random ?? ((length: number) => crypto.getRandomValues(new Uint8Array(length)));
  const { bulkHash, provider: given = nobleProvider } = options;
  const provider: CryptoProvider = bulkHash === undefined ? given : { ...given, hashesFilesLater: true };
  const name = cleanName(options.name);
  if (name === "") throw new EndpointError("ERR_ARGUMENT", "Cannot use the name: nothing of it can be shown");
  const restored = options.store === undefined ? [] : await restore(options.store);
  if (restored.some(({ key }) => key.startsWith(ROOM_PREFIX))) await rooms.take();
  const handle = new EndpointHandle({
    identity: options.identity ?? createIdentity(provider, random),
    name,
    privacy: options.privacy ?? "open",
    protocols: options.protocols ?? [],
    provider,
    bulkAead: options.bulkAead,
    bulkHash,
    random,
    clock: options.clock ?? systemClock,
    endOfTurn: options.endOfTurn ?? ((run) => queueMicrotask(run)), // a page calls it as no method
    store: options.store,
    restored,
    rooms,
    cards,
    facts,
    keepsChats: options.store !== undefined && options.keepsChats !== false,
    transports: options.transports,
    relays: readRelayAddresses(options.relays ?? []),
    visitRelays: options.visitRelays ?? true,
    webSocket: options.webSocket,
    webRtc: options.webRtc,
    discovery: options.discovery,
    files: options.files,
    mailboxes: options.mailboxes,
    introduces: undefined,
    directLinksMax: options.directLinksMax,
    sendRateMax: options.sendRateMax,
    note: options.note ?? (() => {}),
  });
  try {
    if (cards.value !== undefined) await handle.cards.open();
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
