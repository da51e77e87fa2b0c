/**
 * Carries what the core wants left at relays, and what relays kept for us. At our own relays over the connection that
 * is there; at those of a contact over one that is made for it and ends when it is quiet. Holds no protocol rule.
 *
 * @module
 */
import {
  bytesToHex,
  type Endpoint as CoreEndpoint,
  type CryptoProvider,
  type EndpointOutput,
  type LocalIdentity,
  type Moment,
  millis,
  type RandomSource,
  type RelayPlace,
} from "@kith/core";
import type { Clock } from "./clock.ts";
import { isPrivateHost, parseRelayAddress, type RelayAddress } from "./relay-address.ts";
import { type OpenWebSocket, RelayConnection, type RelayEvent } from "./relay-connection.ts";

export type MailOrder = Extract<EndpointOutput, { type: "deposit" | "itemTaken" }>;
type Deposit = Extract<MailOrder, { type: "deposit" }>;

/** Relays of contacts that we are at for their sake, at a time; and how long after the last item. */
const GUESTS_MAX = 8;
const GUEST_QUIET = millis(30_000);

/** A relay that our person chose. */
export interface MailHome {
  readonly number: number;
  readonly address: RelayAddress;
  readonly connection: RelayConnection;
}

export interface MailCarrierParts {
  readonly core: CoreEndpoint;
  readonly identity: LocalIdentity;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly webSocket: OpenWebSocket | undefined;
  /** Whether relays of contacts may be visited. */
  readonly visitRelays: boolean;
  readonly homes: () => readonly MailHome[];
  /** Something was told to the core. */
  readonly touch: () => void;
}

interface Guest {
  readonly connection: RelayConnection;
  /** For when we are in. */
  waiting: Deposit[];
  cancelEnd: () => void;
}

export class MailCarrier {
  readonly #parts: MailCarrierParts;
  readonly #guests = new Map<string, Guest>(); // by the relay's address and key
  readonly #asked = new Map<RelayConnection, Map<number, number>>(); // deposits by request; the machine bounds them
  readonly #places = new Map<number, RelayPlace>(); // of our relays, once we were there

  constructor(parts: MailCarrierParts) {
    this.#parts = parts;
  }

  /** Who was told of relays of ours before learns that there are none. */
  start(): void {
    if (this.#parts.homes().length === 0) this.#tellPlaces();
  }

  stop(): void {
    for (const [name, guest] of [...this.#guests]) this.#end(name, guest);
  }

  // --- from the core ----------------------------------------------------------------------------

  carry(order: MailOrder): void {
    if (order.type === "itemTaken") {
      const { relay, from, id } = order;
      const home = this.#parts.homes().find(({ number }) => number === relay);
      home?.connection.run((client) => client.tell({ type: "taken", items: [{ from, id }] }));
      return;
    }
    const { relayKey } = order.relay;
    const home = this.#parts.homes().find(({ connection }) => connection.client.isOf(relayKey));
    if (home !== undefined) this.#ask(home.connection, order);
    else this.#visit(order);
  }

  // --- from our relays --------------------------------------------------------------------------

  handle(home: MailHome, event: RelayEvent): void {
    const { core } = this.#parts;
    switch (event.type) {
      case "ready": {
        const relayKey = home.connection.client.relayKey;
        if (relayKey === undefined) return;
        const { address } = home.address;
        this.#places.set(home.number, { address, relayKey, ownKey: event.key.slice() });
        core.mail.retry();
        return this.#tellPlaces();
      }
      case "keyChanged":
        if (this.#places.delete(home.number)) this.#tellPlaces();
        return;
      case "item":
        core.mail.handleItem({ relay: home.number, from: event.from, id: event.id }, event.sealed, this.#moment());
        return this.#parts.touch();
      case "done":
      case "failed":
        this.#answered(home.connection, event.request, event.type === "done" ? "kept" : "failed");
    }
  }

  /** It is ours no more. */
  forget(home: MailHome): void {
    for (const deposit of this.#asked.get(home.connection)?.values() ?? []) this.#tell(deposit, "failed");
    this.#asked.delete(home.connection);
    if (this.#places.delete(home.number)) this.#tellPlaces();
  }

  /** A relay that is away now is one of ours still. */
  #tellPlaces(): void {
    const places = [...this.#places].sort(([a], [b]) => a - b).map(([, place]) => place);
    this.#parts.core.mail.cards.setRelays(places, this.#moment());
    this.#parts.touch();
  }

  // --- leaving something ------------------------------------------------------------------------

  #ask(connection: RelayConnection, { deposit, relay, id, sealed, lifetime }: Deposit): void {
    const asked = this.#asked.get(connection) ?? new Map<number, number>();
    this.#asked.set(connection, asked);
    const question = { type: "deposit", to: relay.ownKey, id, sealed, lifetime: Math.floor(lifetime / 1_000) } as const;
    connection.run((client) => asked.set(client.ask(question), deposit));
  }

  #answered(connection: RelayConnection, request: number, outcome: "kept" | "failed"): void {
    const deposit = this.#asked.get(connection)?.get(request);
    if (deposit === undefined) return;
    this.#asked.get(connection)?.delete(request);
    this.#tell(deposit, outcome);
  }

  #tell(deposit: number, outcome: "kept" | "failed"): void {
    this.#parts.core.mail.handleDeposited(deposit, outcome, this.#moment());
    this.#parts.touch();
  }

  /** To a relay that is a contact's and not ours. */
  #visit(order: Deposit): void {
    const name = `${order.relay.address}#${bytesToHex(order.relay.relayKey)}`;
    const known = this.#guests.get(name);
    const address = parseRelayAddress(order.relay.address);
    // A contact's word must not lead us into the networks around us: there a relay is ours, or none.
    const isAllowed = this.#parts.visitRelays && address !== undefined && !isPrivateHost(address.host);
    if (known === undefined && (!isAllowed || this.#guests.size >= GUESTS_MAX))
      return queueMicrotask(() => this.#tell(order.deposit, "failed"));
    const guest = known ?? (address && this.#invite(name, address, order.relay.relayKey));
    if (guest === undefined) return;
    guest.cancelEnd();
    if (guest.connection.client.phase === "ready") this.#ask(guest.connection, order);
    else guest.waiting.push(order);
  }

  #invite(name: string, address: RelayAddress, relayKey: Uint8Array): Guest {
    const { provider, random, identity, clock, webSocket } = this.#parts;
    const connection = new RelayConnection({
      address,
      clock,
      webSocket,
      client: { provider, random, seed: identity.seed, relayKey },
      emit: (event) => this.#handleGuest(name, guest, event),
      onLink: (link) => link.close(), // we came to leave something
    });
    const guest: Guest = { connection, waiting: [], cancelEnd: () => {} };
    this.#guests.set(name, guest);
    return guest;
  }

  #handleGuest(name: string, guest: Guest, event: RelayEvent): void {
    if (this.#guests.get(name) !== guest) return;
    switch (event.type) {
      case "ready":
        for (const order of guest.waiting.splice(0)) this.#ask(guest.connection, order);
        return;
      case "done":
      case "failed": {
        this.#answered(guest.connection, event.request, event.type === "done" ? "kept" : "failed");
        guest.cancelEnd();
        guest.cancelEnd = this.#parts.clock.schedule(GUEST_QUIET, () => this.#end(name, guest));
        return;
      }
      case "lost":
      case "keyChanged":
        this.#end(name, guest);
    }
  }

  #end(name: string, guest: Guest): void {
    guest.cancelEnd();
    if (this.#guests.get(name) !== guest) return;
    this.#guests.delete(name);
    const left = [
      ...guest.waiting.map(({ deposit }) => deposit),
      ...(this.#asked.get(guest.connection)?.values() ?? []),
    ];
    this.#asked.delete(guest.connection);
    guest.connection.stop();
    for (const deposit of left) this.#tell(deposit, "failed");
  }

  #moment(): Moment {
    const { clock } = this.#parts;
    return { now: clock.now(), wall: clock.wall() };
  }
}
