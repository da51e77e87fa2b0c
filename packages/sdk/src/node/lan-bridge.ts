/**
 * Lends the LAN to pages that this node served (spec/lan.md): what its discovery sees, TCP to whom it sees, a port of
 * their own at which others reach them. It forwards packets between them, and cannot read one: the session is between
 * the page and the far peer.
 *
 * The bridge belongs at a path of an HTTP server, which gives it WebSockets: {@link LanBridge} has the shape of what a
 * relay takes as a route.
 *
 * @module
 */
import {
  type Instant,
  LAN_LINKS_IN_ALL_MAX,
  LAN_LOOK_EVERY,
  LAN_MESSAGE_BYTES_MAX,
  LAN_PAGES_MAX,
  LAN_PAGES_PER_SOURCE_MAX,
  LAN_WINDOW_BYTES,
  since,
  sourceOf,
} from "@kith/core";
import { type Clock, systemClock } from "../clock.ts";
import type { Discovery } from "../discovery.ts";
import type { Transport } from "../transport.ts";
import { watchInterfaces } from "./interfaces.ts";
import { type LanCaller, type LanRefusal, lanRefusal } from "./lan-admission.ts";
import { LanPage, type LanSocket } from "./lan-page.ts";
import { mdnsPresence } from "./mdns/mdns-presence.ts";
import { tcpTransport } from "./tcp.ts";

export type { LanCaller, LanRefusal, LanSocket };

export interface LanBridgeOptions {
  readonly clock?: Clock;
  /** Hosts, beside addresses and localhost, at which pages find this node. */
  readonly names?: readonly string[];
  /** How the LAN is reached: TCP unless told. */
  readonly transport?: Transport;
  /** Makes what looks around, one for all pages, and what shows a page, one for each: multicast DNS unless told. */
  readonly discover?: () => Discovery;
  /** Calls when this machine's addresses have changed; returns how to stop that. */
  readonly watch?: (changed: () => void) => () => void;
}

export interface LanHandlers {
  onMessage(message: Uint8Array): void;
  onRoom(): void;
  onClosed(): void;
}

export interface LanBridge extends AsyncDisposable {
  readonly messageBytesMax: number;
  /** Pages that are here now. */
  readonly pageCount: number;
  /** Takes a WebSocket, and says what happens when it is open; or says why not. */
  readonly admit: (caller: LanCaller) => LanRefusal | ((socket: LanSocket) => LanHandlers);
  /** Ends all links and says goodbye for every page. */
  close(): Promise<void>;
}

export const lanBridge = (options: LanBridgeOptions = {}): LanBridge => new Bridge(options);

const FULL: LanRefusal = { status: 503, reason: "Service Unavailable", headers: { "Retry-After": "10" } };

class Bridge implements LanBridge {
  readonly messageBytesMax: number = LAN_MESSAGE_BYTES_MAX;
  readonly #options: LanBridgeOptions;
  readonly #clock: Clock;
  readonly #discover: () => Discovery;
  readonly #transport: Transport;
  readonly #pages = new Map<LanPage, { readonly source: string; readonly socket: LanSocket }>();
  /** Pages that say goodbye. */
  readonly #leaving = new Set<Promise<void>>();
  #looking: { readonly discovery: Discovery; readonly stop: () => void } | undefined;
  #lookedAt: Instant | undefined;
  #linkCount = 0;
  #isClosed = false;

  constructor(options: LanBridgeOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#discover = options.discover ?? (() => mdnsPresence({ clock: this.#clock }));
    this.#transport = options.transport ?? tcpTransport({ clock: this.#clock, writeBytesMax: LAN_WINDOW_BYTES });
  }

  get pageCount(): number {
    return this.#pages.size;
  }

  readonly admit = (caller: LanCaller): LanRefusal | ((socket: LanSocket) => LanHandlers) => {
    const refusal = lanRefusal(caller, this.#options.names ?? []);
    if (refusal !== undefined) return refusal;
    const source = sourceOf(caller.address);
    const ofSource = [...this.#pages.values()].filter((page) => page.source === source).length;
    if (this.#isClosed || this.#pages.size >= LAN_PAGES_MAX || ofSource >= LAN_PAGES_PER_SOURCE_MAX) return FULL;
    return (socket) => this.#add(socket, source);
  };

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const [page, { socket }] of this.#pages) {
      socket.close(1001);
      this.#remove(page);
    }
    this.#looking?.stop();
    await Promise.all([...this.#leaving, this.#looking?.discovery.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #add(socket: LanSocket, source: string): LanHandlers {
    const { discovery } = this.#look();
    const page: LanPage = new LanPage(socket, {
      ...{ clock: this.#clock, transport: this.#transport, discover: this.#discover },
      sightings: () => discovery.nearby.get(),
      refresh: () => this.#mayAsk() && discovery.refresh(),
      doubt: (key) => this.#mayAsk() && discovery.doubt(key),
      takeLink: () => this.#takeLink(),
      giveLink: () => void this.#linkCount--,
    });
    this.#pages.set(page, { source, socket });
    page.handleNearby();
    return {
      onMessage: (message) => page.handleMessage(message),
      onRoom: () => page.handleRoom(),
      onClosed: () => this.#remove(page),
    };
  }

  #remove(page: LanPage): void {
    if (!this.#pages.delete(page)) return;
    const gone = page.close();
    this.#leaving.add(gone);
    void gone.then(() => this.#leaving.delete(gone));
  }

  #takeLink(): boolean {
    if (this.#linkCount >= LAN_LINKS_IN_ALL_MAX) return false;
    this.#linkCount++;
    return true;
  }

  /** From the first page on: so that the next one sees at once who is there. */
  #look(): { readonly discovery: Discovery } {
    if (this.#looking !== undefined) return this.#looking;
    const discovery = this.#discover();
    const tell = (what: (page: LanPage) => void) => () => {
      for (const page of this.#pages.keys()) what(page);
    };
    const moved = tell((page) => page.handleMoved());
    const { watch = (changed) => watchInterfaces(changed, { clock: this.#clock }) } = this.#options;
    const stops = [discovery.nearby.subscribe(tell((page) => page.handleNearby())), watch(moved)];
    this.#looking = {
      discovery,
      stop: () => {
        for (const stop of stops) stop();
      },
    };
    return this.#looking;
  }

  /** Each question of a page is a multicast to all: pages share one pace. */
  #mayAsk(): boolean {
    const now = this.#clock.now();
    if (this.#lookedAt !== undefined && since(this.#lookedAt, now) < LAN_LOOK_EVERY) return false;
    this.#lookedAt = now;
    return true;
  }
}
