/**
 * The relays of an endpoint: a connection to each, by which contacts and members of rooms are met and dialled. Keys of
 * relays are pinned where the endpoint keeps its things. Holds no protocol rule.
 *
 *     relay/<host>  = 32 B relay key · 32 B its key when we first met, unless it is the same
 *     relays/<host> = its address, as the person wrote it: one that was added
 *
 * @module
 */
import {
  bytesToHex,
  bytesToText,
  type Endpoint as CoreEndpoint,
  type CryptoProvider,
  hexToBytes,
  type LocalIdentity,
  type Moment,
  parseRelayHint,
  type RandomSource,
  type StoreEntry,
  type TicketRelay,
  textToBytes,
} from "@kith/core";
import type { Waiting } from "./channel-api.ts";
import type { Clock } from "./clock.ts";
import { EndpointError } from "./endpoint-error.ts";
import { LinkRelays, ticketRelay } from "./link-relays.ts";
import { MailCarrier } from "./mail-carrier.ts";
import type { Mailboxes } from "./mailbox.ts";
import { Subject } from "./observable.ts";
import { isSameAddress, parseRelayAddress, type RelayAddress, readRelayAddresses } from "./relay-address.ts";
import { type OpenWebSocket, RelayConnection, type RelayEvent } from "./relay-connection.ts";
import { RelayLoans } from "./relay-loans.ts";
import { RelayMailboxes } from "./relay-mailboxes.ts";
import { RelayOffice } from "./relay-office.ts";
import { type RelayPin, RelayPins } from "./relay-pins.ts";
import { RelayStandIns } from "./relay-stand-ins.ts";
import { RelayTurn } from "./relay-turn.ts";
import type { RelayList, RelayOrder, RelayOrderAnswers, RelayView } from "./relays-api.ts";
import type { KeyValueStore } from "./storage.ts";
import type { Link } from "./transport.ts";
import type { RtcIceServer, WebRtcOptions } from "./webrtc/rtc-api.ts";

const PINNED_PREFIX = "relay/";
const ADDED_PREFIX = "relays/";
/** Everything is said at each: nobody is helped by more. */
const RELAYS_MAX = 16;

export interface RelaysParts {
  readonly core: CoreEndpoint;
  readonly identity: LocalIdentity;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly store: KeyValueStore | undefined;
  readonly restored: readonly StoreEntry[];
  /** Each host once; those that were added before are used too. */
  readonly addresses: readonly RelayAddress[];
  /** Whether things may be left at relays of contacts. */
  readonly visitRelays: boolean;
  /** With it, relays are asked for TURN servers. */
  readonly webRtc: WebRtcOptions | undefined;
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
  /** For one of ours that is away. */
  readonly isStandIn: boolean;
  readonly connection: RelayConnection;
  state: RelayView["state"];
  problem: string | undefined;
}

export class Relays implements RelayList {
  /** What waits at relays, ours and those of contacts. */
  readonly mail: MailCarrier;
  readonly #parts: RelaysParts;
  readonly #office: RelayOffice;
  readonly #given: readonly RelayAddress[];
  readonly #relays = new Map<number, Relay>(); // those that our person chose, and those in their places
  readonly #standIns: RelayStandIns;
  readonly #turn: RelayTurn;
  readonly #linked: LinkRelays;
  /** Of these relays and others: a code says which. */
  readonly mailboxes: Mailboxes;
  readonly #loans = new RelayLoans();
  readonly #pins = new RelayPins(); // relays that were met, ours and those of codes
  readonly #view = new Subject<readonly RelayView[]>([]);
  #lastNumber = 0;

  constructor(parts: RelaysParts) {
    this.#parts = parts;
    this.mail = new MailCarrier({ ...parts, homes: () => this.#homes() });
    this.#turn = new RelayTurn(parts.clock);
    this.#standIns = new RelayStandIns({
      clock: parts.clock,
      begin: (address) => this.#standIn(address),
      end: (number) => this.#end(number),
    });
    this.#linked = new LinkRelays({
      used: (host) => this.#relays.get(this.#numberOf(host) ?? 0),
      isKnown: (address) => this.#pins.of(address) !== undefined,
      add: (address) => this.#homes().length < RELAYS_MAX && this.#add(address) > 0,
      drop: (host) => this.#end(this.#numberOf(host)),
      keep: (host, text) => this.#keep(ADDED_PREFIX + host, textToBytes(text)),
    });
    const { provider, random, clock, webSocket } = parts;
    this.mailboxes = new RelayMailboxes({
      ...{ provider, random, clock, webSocket },
      usual: () => this.#usual(),
      pinned: (address) => this.#pins.of(address),
      pin: (host, pin) => {
        const isStandIn = [...this.#relays.values()].some((relay) => relay.isStandIn && relay.address.host === host);
        if (!isStandIn) this.#pin(host, pin); // nothing is kept of those
      },
      borrow: ({ host }, holder) => {
        const home = this.#homes().find(({ address }) => address.host === host);
        return home && this.#loans.lend(home.connection, holder);
      },
    });
    const given = [...parts.addresses];
    this.#office = new RelayOffice({
      ...parts,
      pinned: (address) => this.#pins.of(address),
      pin: (host, pin) => this.#pin(host, pin),
    });
    for (const { key, value } of parts.restored) {
      if (key.startsWith(PINNED_PREFIX)) this.#pins.restore(key.slice(PINNED_PREFIX.length), value);
      const added = key.startsWith(ADDED_PREFIX) ? parseRelayAddress(bytesToText(value)) : undefined;
      if (added !== undefined) given.push(added);
    }
    this.#given = given;
  }

  /** Those that our relays lend us now. */
  get turnServers(): readonly RtcIceServer[] {
    return this.#turn.servers;
  }

  get(): readonly RelayView[] {
    return this.#view.get();
  }

  subscribe(changed: () => void): () => void {
    return this.#view.subscribe(changed);
  }

  async add(text: string, { via }: { readonly via?: string | undefined } = {}): Promise<string> {
    const [given] = readRelayAddresses([text]);
    if (given === undefined) return text; // one was read, or an error thrown
    const [short = given] = via === undefined ? [] : readRelayAddresses([via]);
    const address = { ...given, url: short.url };
    const { host } = address;
    if (this.#numberOf(host) === undefined && this.#homes().length >= RELAYS_MAX)
      throw new EndpointError("ERR_LIMIT", `Cannot use another relay: ${RELAYS_MAX} are the most`);
    await this.#parts.store?.batch([{ key: ADDED_PREFIX + host, value: textToBytes(text.trim()) }], []);
    this.#linked.forget(host);
    // A key that a person gives counts more than the one that was met.
    if (address.relayKey !== undefined) this.#pin(host, this.#pins.told(host, address.relayKey));
    const known = this.#relays.get(this.#numberOf(host) ?? 0);
    const isSame = known !== undefined && known.state !== "key-changed" && isSameAddress(known.address, address);
    if (isSame) return host;
    this.#drop(known?.number);
    this.#add(address);
    this.#changed();
    return host;
  }

  async remove(text: string): Promise<boolean> {
    const host = parseRelayAddress(text)?.host ?? text.trim().toLowerCase();
    await this.#parts.store?.batch([], [ADDED_PREFIX + host]);
    this.#linked.forget(host);
    const number = this.#numberOf(host);
    this.#end(number);
    return number !== undefined;
  }

  async manage<Order extends RelayOrder>(
    text: string,
    order: Order,
    options: Waiting = {},
  ): Promise<RelayOrderAnswers[Order["type"]]> {
    const host = parseRelayAddress(text)?.host ?? text.trim().toLowerCase();
    const known = [...this.#relays.values()].find((relay) => relay.address.host === host);
    const address = known?.address ?? readRelayAddresses([text])[0];
    if (address === undefined) throw new EndpointError("ERR_ARGUMENT", "Cannot ask a relay without an address");
    const answer = await this.#office.manage(address, known?.connection, order, options);
    return answer as RelayOrderAnswers[Order["type"]]; // decoded by the order's type
  }

  /** As links of ours name them: those where we can be met now. */
  get forLinks(): readonly TicketRelay[] {
    const ready = this.#homes().filter(({ state }) => state === "ready");
    return ready.flatMap(({ address, connection }) => ticketRelay(address, connection.client.relayKey));
  }

  /** Uses what a link names while somebody joins by it; returns what ends that. */
  borrow(relays: readonly TicketRelay[]): (isIn: boolean) => Promise<void> {
    const giveBack = this.#linked.begin(relays);
    this.#changed();
    return giveBack;
  }

  start(): void {
    for (const address of this.#given)
      if (this.#numberOf(address.host) === undefined && this.#homes().length < RELAYS_MAX) this.#add(address);
    this.mail.start();
    this.#refresh();
  }

  stop(): void {
    this.mail.stop();
    this.#standIns.stop();
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

  /** Those that our person chose. */
  #homes(): Relay[] {
    return [...this.#relays.values()].filter(({ isStandIn }) => !isStandIn);
  }

  /** Where codes are made: while the first relay is away, where it said that we can be met. */
  #usual(): RelayAddress | undefined {
    const [home] = this.#homes();
    const standIn = home && this.#relays.get(this.#standIns.instead(home.number) ?? 0);
    return standIn?.state === "ready" ? standIn.address : home?.address;
  }

  #numberOf(host: string): number | undefined {
    return this.#homes().find(({ address }) => address.host === host)?.number;
  }

  #standIn(address: RelayAddress): number | undefined {
    const known = [...this.#relays.values()].find(({ address: { host } }) => host === address.host);
    if (known !== undefined) return known.isStandIn ? known.number : undefined;
    return this.#add(address, true);
  }

  /** Its number is never used again: what the core still says of it reaches nobody. */
  #drop(number: number | undefined): void {
    const relay = this.#relays.get(number ?? 0);
    if (relay === undefined) return;
    this.#relays.delete(relay.number);
    this.#standIns.forget(relay.number);
    relay.connection.stop();
    this.#loans.end(relay.connection);
    this.#turn.forget(relay.connection);
    this.#parts.core.meeting.leave(relay.number, this.#moment());
    this.mail.forget(relay);
  }

  #add(address: RelayAddress, isStandIn = false): number {
    // Under one key we can be at a relay once.
    for (const other of [...this.#relays.values()])
      if (other.isStandIn && other.address.host === address.host)
        for (const home of this.#standIns.homesOf(other.number)) this.#standIns.forget(home);
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const { provider, random, identity, clock, webSocket } = this.#parts;
    const connection = new RelayConnection({
      address,
      clock,
      webSocket,
      client: {
        ...{ provider, random, seed: identity.seed, relayKey: undefined },
        ...this.#pins.of(address),
        pass: address.pass,
      },
      emit: (event) => this.#handle(relay, event),
      onLink: (link, from) => {
        if (!this.#loans.take(connection, link, from)) this.#parts.addLink(link);
      },
    });
    const relay: Relay = { number, address, isStandIn, connection, state: "connecting", problem: undefined };
    this.#relays.set(number, relay);
    return number;
  }

  #handle(relay: Relay, event: RelayEvent): void {
    if (this.#relays.get(relay.number) !== relay) return; // dropped
    const { core } = this.#parts;
    const at = this.#moment();
    this.#office.handle(relay.connection, event);
    this.#loans.handle(relay.connection, event);
    if (this.#parts.webRtc !== undefined && !relay.isStandIn) this.#turn.handle(relay.connection, event);
    switch (event.type) {
      case "pin":
        return relay.isStandIn ? undefined : this.#pin(relay.address.host, event);
      case "ready":
        [relay.state, relay.problem] = ["ready", undefined];
        core.meeting.enter(relay.number, relay.connection.client.relayKey ?? new Uint8Array(32), at);
        if (!relay.isStandIn) this.mail.handle(relay, event);
        this.#standIns.back(relay.number);
        break;
      case "lost":
        [relay.state, relay.problem] = ["waiting", event.why];
        this.#standIns.away(relay.number);
        core.meeting.leave(relay.number, at);
        break;
      case "keyChanged":
        [relay.state, relay.problem] = ["key-changed", bytesToHex(event.found)];
        core.meeting.leave(relay.number, at);
        if (!relay.isStandIn) this.mail.handle(relay, event);
        this.#standIns.away(relay.number);
        this.#parts.note("relay-key-changed");
        break;
      case "arrived":
        core.meeting.handleArrived(relay.number, event.tag, event.key, at);
        break;
      case "left":
        core.meeting.handleLeft(relay.number, event.tag, event.key, at);
        break;
      case "draining":
        if (!relay.isStandIn) this.#standIns.send(relay, event.other); // one that stands in sends us nowhere
        break;
      default:
        return relay.isStandIn ? undefined : this.mail.handle(relay, event); // mailboxes are others' business
    }
    this.#changed();
  }

  #end(number: number | undefined): void {
    this.#drop(number);
    this.#changed();
  }

  #changed(): void {
    this.#refresh();
    this.#parts.touch();
  }

  /** First seen now, or followed: from now on the relay there must have it. */
  #pin(host: string, pin: RelayPin): void {
    void this.#keep(PINNED_PREFIX + host, this.#pins.set(host, pin));
  }

  async #keep(key: string, value: Uint8Array): Promise<void> {
    try {
      await this.#parts.store?.batch([{ key, value }], []);
    } catch {
      this.#parts.note("store-failed"); // it is pinned, or named by a link, again the next time
    }
  }

  #moment(): Moment {
    const { clock } = this.#parts;
    return { now: clock.now(), wall: clock.wall() };
  }

  #refresh(): void {
    this.#view.setLater(() =>
      [...this.#relays.values()].map(({ number, address, connection, state, problem, isStandIn }) => ({
        host: address.host,
        state,
        ...(connection.client.relayKey !== undefined && { key: bytesToHex(connection.client.relayKey) }),
        ...(problem !== undefined && { problem }),
        ...(isStandIn && { standsInFor: this.#relays.get(this.#standIns.homesOf(number)[0] ?? 0)?.address.host ?? "" }),
      })),
    );
  }
}
