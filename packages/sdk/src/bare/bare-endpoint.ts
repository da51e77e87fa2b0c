/**
 * An endpoint with sessions and nothing else: to keys that are known beforehand, over WebSockets.
 *
 * @module
 */
import {
  BareEndpoint as BareCore,
  type BareOutput,
  type CryptoProvider,
  type LocalIdentity,
  nobleSessionProvider,
  type PeerId,
  type RandomSource,
} from "@kith/core";
import type { PeerSession } from "../api.ts";
import type { Waiting } from "../channel-api.ts";
import { type Clock, systemClock } from "../clock.ts";
import { Driver, type DriverEvent } from "../driver.ts";
import { EndpointError, endpointClosed } from "../endpoint-error.ts";
import type { OpenWebSocket, RelaySocket } from "../relay-connection.ts";
import { SessionDesk } from "../session-desk.ts";
import { dialWebSocket, WebSocketLink } from "./web-socket-link.ts";

export interface BareEndpointOptions {
  /** Who we are: `createIdentity()`, or `identityFromSeed` of what was kept of it. */
  readonly identity: LocalIdentity;
  /**
   * Whom we talk to, each with the WebSockets where it answers: none for those who come to us. It is looked at as it is
   * then: who is added may come, who is removed is told to go with the next {@link BareEndpoint.expel} or session.
   */
  readonly peers: ReadonlyMap<PeerId, readonly string[]>;
  /** Protocols that peers may open channels for, as `game/1`; none unless told. */
  readonly protocols?: readonly string[];
  /** Opens a WebSocket; the platform's unless told. */
  readonly webSocket?: OpenWebSocket;
  /** Cryptographic primitives: noble unless told. */
  readonly provider?: CryptoProvider;
  /** Fills an array with random bytes, from the platform unless told. */
  readonly random?: RandomSource;
  readonly clock?: Clock;
  /** Runs a function when everything else of this turn of the event loop is done; a microtask unless told. */
  readonly endOfTurn?: (run: () => void) => void;
  /** Told what a program's log should know, by code; never contents. */
  readonly note?: (code: string, peer: PeerId | undefined) => void;
}

export class BareEndpoint implements AsyncDisposable {
  readonly id: PeerId;
  readonly #peers: BareEndpointOptions["peers"];
  readonly #clock: Clock;
  readonly #driver: Driver<BareCore>;
  readonly #sessions: SessionDesk;
  #isOver = false;

  constructor(options: BareEndpointOptions) {
    const { identity, peers, protocols = [], note = () => {} } = options;
    const { webSocket: open = (url) => new WebSocket(url), clock = systemClock } = options;
    const provider = options.provider ?? nobleSessionProvider;
    const random = options.random ?? ((length: number) => crypto.getRandomValues(new Uint8Array(length)));
    [this.id, this.#peers, this.#clock] = [identity.peerId, peers, clock];
    const at = { now: clock.now(), wall: clock.wall() };
    this.#driver = new Driver({
      core: new BareCore({ provider, random, identity, peers, protocols: new Set(protocols) }, at),
      ...{ provider, clock, bulkAead: undefined, endOfTurn: options.endOfTurn ?? ((run) => queueMicrotask(run)) },
      dial: (hints, signal) => Promise.any(hints.map((url) => dialWebSocket(url, { open, clock, signal }))),
      emit: (output) => this.#handle(output, note),
      settled: () => {},
      woke: () => {},
    });
    this.#sessions = new SessionDesk({
      ...{ driver: this.#driver, provider },
      contact: () => undefined,
      takeRoomChannel: () => false,
      changed: () => {},
    });
  }

  /** Sessions that peers opened. One consumer. */
  get sessions(): AsyncIterable<PeerSession> {
    return this.#sessions.incoming;
  }

  /**
   * A session with a known peer, at its addresses or at `url`; the one that there is, if there is one.
   * @throws {EndpointError} `ERR_PEER_UNKNOWN`, `ERR_PEER_UNREACHABLE`, `ERR_PEER_UNEXPECTED`, `ERR_HANDSHAKE_FAILED`
   */
  async connect(peer: PeerId, { url, signal }: Waiting & { readonly url?: string } = {}): Promise<PeerSession> {
    const known = this.#peers.get(peer);
    if (this.#isOver) throw endpointClosed();
    if (known === undefined)
      throw new EndpointError("ERR_PEER_UNKNOWN", "Cannot connect: that key is not among the peers");
    const hints = url === undefined ? known : [url];
    return this.#sessions.request(signal, (request, at) => this.#driver.core.connect(peer, hints, request, at));
  }

  /** A WebSocket that somebody opened to us, open. `remote`: its address, by which strangers are limited. */
  take(socket: RelaySocket, remote: string): void {
    this.#driver.addLink(new WebSocketLink({ socket, isOutgoing: false, remote, clock: this.#clock }), undefined);
  }

  /** Ends what there is with a peer. */
  expel(peer: PeerId): void {
    this.#driver.core.expel(peer, this.#driver.moment());
    this.#driver.touch();
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#driver.core.close(this.#driver.moment());
    this.#driver.stop();
    this.#sessions.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #handle(output: DriverEvent, note: NonNullable<BareEndpointOptions["note"]>): void {
    const event = output as Exclude<BareOutput, { type: "transmit" | "authenticated" | "closeLink" | "dial" }>;
    if (event.type === "note") note(event.code, event.peer);
    else this.#sessions.handle(event);
  }
}
