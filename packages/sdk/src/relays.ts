/**
 * The relays of an endpoint: a connection to each, by which contacts and members of rooms are met and dialled. Keys of
 * relays are pinned where the endpoint keeps its things. Holds no protocol rule.
 *
 *     relay/<host> = 32 B relay key
 *
 * @module
 */
import {
  bytesToHex,
  type Endpoint as CoreEndpoint,
  type CryptoProvider,
  hexToBytes,
  type LocalIdentity,
  type Moment,
  parseRelayHint,
  type RandomSource,
  type StoreEntry,
} from "@kith/core";
import type { Clock } from "./clock.ts";
import { MailCarrier } from "./mail-carrier.ts";
import type { Mailboxes } from "./mailbox.ts";
import { type Observable, Subject } from "./observable.ts";
import type { RelayAddress } from "./relay-address.ts";
import { type OpenWebSocket, RelayConnection, type RelayEvent } from "./relay-connection.ts";
import { RelayMailboxes } from "./relay-mailboxes.ts";
import type { RelayView } from "./relays-api.ts";
import type { KeyValueStore } from "./storage.ts";
import type { Link } from "./transport.ts";

export const RELAYS_PREFIX = "relay/";

export interface RelaysParts {
  readonly core: CoreEndpoint;
  readonly identity: LocalIdentity;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly store: KeyValueStore | undefined;
  readonly restored: readonly StoreEntry[];
  /** Each host once. */
  readonly addresses: readonly RelayAddress[];
  /** Whether things may be left at relays of contacts. */
  readonly visitRelays: boolean;
  readonly webSocket: OpenWebSocket | undefined;
  /** A link that somebody dialled. */
  readonly addLink: (link: Link) => void;
  /** Something was told to the core. */
  readonly touch: () => void;
  readonly note: (code: string) => void;
}

interface Relay {
  readonly number: number;
  readonly address: RelayAddress;
  readonly connection: RelayConnection;
  state: RelayView["state"];
  problem: string | undefined;
}

export class Relays {
  /** What waits at relays, ours and those of contacts. */
  readonly mail: MailCarrier;
  readonly #parts: RelaysParts;
  readonly #addresses: readonly RelayAddress[];
  readonly #relays = new Map<number, Relay>(); // those that our person chose
  /** Of these relays and others: a code says which. */
  readonly mailboxes: Mailboxes;
  readonly #pinned = new Map<string, Uint8Array>(); // relays that were met, ours and those of codes
  readonly #view = new Subject<readonly RelayView[]>([]);

  constructor(parts: RelaysParts) {
    this.#parts = parts;
    this.mail = new MailCarrier({ ...parts, homes: () => [...this.#relays.values()] });
    const { provider, random, clock, webSocket } = parts;
    this.mailboxes = new RelayMailboxes({
      ...{ provider, random, clock, webSocket },
      usual: () => this.#addresses[0],
      pinned: (host) => this.#pinned.get(host),
      pin: (host, relayKey) => this.#pin(host, relayKey),
    });
    for (const { key, value } of parts.restored)
      if (key.startsWith(RELAYS_PREFIX) && value.length === 32)
        this.#pinned.set(key.slice(RELAYS_PREFIX.length), value);
    this.#addresses = parts.addresses;
  }

  get all(): Observable<readonly RelayView[]> {
    return this.#view;
  }

  start(): void {
    for (const [index, address] of this.#addresses.entries())
      this.#add(index + 1, address, address.relayKey ?? this.#pinned.get(address.host));
    this.mail.start();
    this.#refresh();
  }

  stop(): void {
    this.mail.stop();
    for (const { connection } of this.#relays.values()) connection.stop();
    this.#relays.clear();
  }

  /** Once a turn: what is to be watched, as the core sees it now. */
  settle(): void {
    const { meeting } = this.#parts.core;
    for (let output = meeting.poll(); output !== undefined; output = meeting.poll()) {
      const { type, relay, tags } = output;
      this.#relays.get(relay)?.connection.run((client) => client[type](tags));
    }
  }

  /** After a sleep the connections are dead, whatever they look like. */
  restart(): void {
    for (const { connection } of this.#relays.values()) connection.run((client, now) => client.restart(now));
  }

  /** The network changed, or a person is waiting: see at once whether the relays are there. */
  hurry(): void {
    this.#parts.core.mail.retry();
    for (const { connection } of this.#relays.values()) connection.run((client, now) => client.hurry(now));
  }

  /** A link to whoever the first hint that can be used now leads to. */
  dial(hints: readonly string[]): Link | undefined {
    for (const hint of hints) {
      const parsed = parseRelayHint(hint);
      const connection = parsed && this.#relays.get(parsed.relay)?.connection;
      const link = parsed && connection?.dial(hexToBytes(parsed.key));
      if (link !== undefined) return link;
    }
    return undefined;
  }

  #add(number: number, address: RelayAddress, relayKey: Uint8Array | undefined): void {
    const { provider, random, identity, clock, webSocket } = this.#parts;
    const connection = new RelayConnection({
      address,
      clock,
      webSocket,
      client: { provider, random, seed: identity.seed, relayKey },
      emit: (event) => this.#handle(relay, event),
      onLink: (link) => this.#parts.addLink(link),
    });
    const relay: Relay = { number, address, connection, state: "connecting", problem: undefined };
    this.#relays.set(number, relay);
  }

  #handle(relay: Relay, event: RelayEvent): void {
    const { core, clock } = this.#parts;
    const at: Moment = { now: clock.now(), wall: clock.wall() };
    switch (event.type) {
      case "pin":
        return this.#pin(relay.address.host, event.relayKey);
      case "ready":
        [relay.state, relay.problem] = ["ready", undefined];
        core.meeting.enter(relay.number, relay.connection.client.relayKey ?? new Uint8Array(32), at);
        this.mail.handle(relay, event);
        break;
      case "lost":
        [relay.state, relay.problem] = ["waiting", event.why];
        core.meeting.leave(relay.number, at);
        break;
      case "keyChanged":
        [relay.state, relay.problem] = ["key-changed", bytesToHex(event.found)];
        core.meeting.leave(relay.number, at);
        this.mail.handle(relay, event);
        this.#parts.note("relay-key-changed");
        break;
      case "arrived":
        core.meeting.handleArrived(relay.number, event.tag, event.key, at);
        break;
      case "left":
        core.meeting.handleLeft(relay.number, event.tag, event.key, at);
        break;
      default:
        return this.mail.handle(relay, event); // mailboxes are others' business
    }
    this.#refresh();
    this.#parts.touch();
  }

  /** First seen now: from now on the relay there must have it. */
  #pin(host: string, relayKey: Uint8Array): void {
    this.#pinned.set(host, relayKey);
    void this.#keep(host, relayKey);
  }

  async #keep(host: string, relayKey: Uint8Array): Promise<void> {
    try {
      await this.#parts.store?.batch([{ key: RELAYS_PREFIX + host, value: relayKey }], []);
    } catch {
      this.#parts.note("store-failed"); // it is pinned again the next time
    }
  }

  #refresh(): void {
    this.#view.setLater(() =>
      [...this.#relays.values()].map(({ address, connection, state, problem }) => ({
        host: address.host,
        state,
        ...(connection.client.relayKey !== undefined && { key: bytesToHex(connection.client.relayKey) }),
        ...(problem !== undefined && { problem }),
      })),
    );
  }
}
