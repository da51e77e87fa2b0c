/**
 * The way from a page to the node that served it, and through it to the LAN (spec/lan.md): one WebSocket, made again
 * whenever it was lost. What the node saw and forwarded is over then: its links end as the network's doing, nobody is
 * near, and what the page wants to show of itself is said again to the next.
 *
 * @module
 */
import {
  decodeNodeMessage,
  encodePageMessage,
  type Instant,
  isPagesLink,
  LAN_ADDRESSES_MAX,
  LAN_HINTS_MAX,
  LAN_PATH,
  LAN_PING_AFTER,
  LAN_PONG_WITHIN,
  LAN_SIGHTINGS_MAX,
  type LanEnd,
  millis,
  type NodeMessage,
  type PageMessage,
  type Sighting,
  since,
  WireError,
} from "@kith/core";
import type { Clock } from "../clock.ts";
import type { Announcement } from "../discovery.ts";
import { EndpointError } from "../endpoint-error.ts";
import { Subject } from "../observable.ts";
import type { OpenWebSocket } from "../relay-connection.ts";
import { formatHint, type Hint, type Link, parseHint } from "../transport.ts";
import { LanLink } from "./lan-link.ts";

/** `away`: nobody answers at the node's address, or it says no; it is tried again. */
export type NodeState = "connecting" | "here" | "away" | "closed";

export interface LanConnectionOptions {
  /** Origin of the page: `http://192.168.1.2:8420`. */
  readonly node: string;
  readonly clock: Clock;
  readonly webSocket: OpenWebSocket;
}

type Socket = ReturnType<OpenWebSocket>;

type Phase =
  | { readonly at: "connecting"; readonly socket: Socket }
  | { readonly at: "here"; readonly socket: Socket; readonly since: Instant }
  | { readonly at: "away"; readonly cancel: () => void }
  | { readonly at: "closed" };

interface Dial {
  resolve(link: Link): void;
  reject(error: unknown): void;
}

/** Waits between tries: this, then twice as long each time. */
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;
const CONNECT_WITHIN = millis(10_000);
/** How long links may take to send their last packets before the WebSocket goes. */
const LEAVE_WITHIN = millis(2_500);
/** 1002 in the numbers that a page may use. */
const VIOLATION = 4_002;

export class LanConnection {
  readonly state: Subject<NodeState> = new Subject<NodeState>("connecting");
  readonly nearby: Subject<readonly Sighting[]> = new Subject<readonly Sighting[]>([]);
  /** Where the node takes links for this page, as it says. */
  readonly listening: Subject<readonly Hint[]> = new Subject<readonly Hint[]>([]);
  readonly #options: LanConnectionOptions;
  readonly #url: string;
  readonly #links = new Map<number, LanLink>();
  readonly #dials = new Map<number, Dial>();
  readonly #sightings = new Map<string, Sighting>();
  #phase: Phase = { at: "closed" };
  #tries = 0;
  #lastDialed = -1;
  #lastIncoming = 0;
  #onLink: ((link: Link) => void) | undefined;
  #announcement: Announcement | undefined;
  #cancelWatch: () => void = () => {};
  /** Whether the node is there; nothing has come since. */
  #isAsking = false;
  /** When the WebSocket goes although links are still up. */
  #cancelLeaving: (() => void) | undefined;

  constructor(options: LanConnectionOptions) {
    this.#options = options;
    this.#url = options.node.replace(/^http/, "ws").replace(/\/$/, "") + LAN_PATH;
    this.#connect();
  }

  listen(onLink: (link: Link) => void): void {
    this.#onLink = onLink;
    this.#say({ type: "listen" });
  }

  unlisten(): void {
    this.#onLink = undefined;
    this.listening.set([]);
    this.#say({ type: "unlisten" });
  }

  announce(what: Announcement | undefined): void {
    this.#announcement = what;
    if (what === undefined) return this.#say({ type: "hush" });
    const hints = what.hints.slice(0, LAN_HINTS_MAX);
    this.#say({ type: "announce", name: what.name ?? "", hints });
  }

  /** Looks around, at once for the node itself: whoever slept does not know that it is gone. */
  refresh(): void {
    if (this.#phase.at === "away") {
      this.#phase.cancel();
      return this.#connect();
    }
    this.#say({ type: "refresh" });
    if (this.#phase.at === "here" && !this.#isAsking) this.#ping(this.#phase.socket);
  }

  doubt(key: string): void {
    if (this.#sightings.has(key)) this.#say({ type: "doubt", key });
  }

  /** @throws {EndpointError} `ERR_PEER_UNREACHABLE`; `signal.reason` on abort */
  async dial(hints: readonly Hint[], signal: AbortSignal | undefined): Promise<Link> {
    signal?.throwIfAborted();
    const addresses = hints.slice(0, LAN_ADDRESSES_MAX).map(formatHint);
    if (this.#phase.at !== "here") throw unreachable(addresses, "the node that served this page is away");
    if (addresses.length === 0) throw unreachable(addresses, "no address");
    this.#lastDialed += 2;
    const link = this.#lastDialed;
    return await new Promise<Link>((resolve, reject) => {
      const abort = (): void => {
        if (!this.#dials.delete(link)) return;
        this.#say({ type: "end", link, by: "closed" });
        reject(signal?.reason);
      };
      const settle =
        <Value>(settled: (value: Value) => void) =>
        (value: Value): void => {
          signal?.removeEventListener("abort", abort);
          settled(value);
        };
      this.#dials.set(link, { resolve: settle(resolve), reject: settle(reject) });
      signal?.addEventListener("abort", abort);
      this.#say({ type: "dial", link, addresses });
    });
  }

  /** Says goodbye, lets links send their last, and goes. */
  leave(): void {
    this.announce(undefined);
    this.#clearNearby();
    if (this.#phase.at !== "here") return this.#close();
    this.#cancelLeaving ??= this.#options.clock.schedule(LEAVE_WITHIN, () => this.#close());
    this.#leaveIfDone();
  }

  // --- the WebSocket ------------------------------------------------------------------------------

  #connect(): void {
    let socket: Socket;
    try {
      socket = this.#options.webSocket(this.#url);
    } catch {
      return this.#wait(); // a page may not: its policy
    }
    socket.binaryType = "arraybuffer";
    this.#phase = { at: "connecting", socket };
    this.state.set("connecting");
    const on = (type: "open" | "message" | "close", handle: (event: Event) => void): void =>
      socket.addEventListener(type, (event) => this.#isOf(socket) && handle(event));
    on("open", () => this.#opened(socket));
    on("message", (event) => this.#handleBytes(event));
    on("close", () => this.#lost());
    socket.addEventListener("error", () => {}); // its close follows
    this.#watch(CONNECT_WITHIN, () => this.#drop(socket));
  }

  #isOf(socket: Socket): boolean {
    return "socket" in this.#phase && this.#phase.socket === socket;
  }

  #opened(socket: Socket): void {
    this.#isAsking = false;
    this.#phase = { at: "here", socket, since: this.#options.clock.now() };
    this.state.set("here");
    this.#watch(LAN_PING_AFTER, () => this.#ping(socket));
    if (this.#onLink !== undefined) this.#say({ type: "listen" });
    if (this.#announcement !== undefined) this.announce(this.#announcement);
  }

  #ping(socket: Socket): void {
    this.#isAsking = true;
    this.#say({ type: "ping" });
    this.#watch(LAN_PONG_WITHIN, () => this.#drop(socket));
  }

  #watch(wait: typeof CONNECT_WITHIN, run: () => void): void {
    this.#cancelWatch();
    this.#cancelWatch = this.#options.clock.schedule(wait, run);
  }

  /** Does not wait for the other side to agree: it may be gone. */
  #drop(socket: Socket, code = 1_000): void {
    this.#lost();
    socket.close(code);
  }

  #lost(): void {
    this.#cancelWatch();
    if (this.#phase.at === "here" && since(this.#phase.since, this.#options.clock.now()) >= RETRY_MAX_MS)
      this.#tries = 0; // one that takes us and drops us at once is not asked twice a second for ever
    const links = [...this.#links.values()];
    const dials = [...this.#dials.values()];
    this.#links.clear();
    this.#dials.clear();
    this.#lastDialed = -1;
    this.#lastIncoming = 0;
    for (const link of links) link.handleLost();
    for (const { reject } of dials) reject(unreachable([], "the node that served this page went away"));
    this.#clearNearby();
    this.listening.set([]);
    if (this.#cancelLeaving === undefined) this.#wait();
    else this.#close();
  }

  #wait(): void {
    const wait = millis(Math.min(RETRY_MIN_MS * 2 ** this.#tries++, RETRY_MAX_MS));
    this.#phase = { at: "away", cancel: this.#options.clock.schedule(wait, () => this.#connect()) };
    this.state.set("away");
  }

  #close(): void {
    const phase = this.#phase;
    this.#phase = { at: "closed" };
    this.#cancelLeaving?.();
    this.#cancelWatch();
    if (phase.at === "away") phase.cancel();
    else if (phase.at !== "closed") phase.socket.close(1_000);
    for (const link of [...this.#links.values()]) link.handleLost();
    this.#links.clear();
    this.state.set("closed");
  }

  #leaveIfDone(): void {
    if (this.#cancelLeaving !== undefined && this.#links.size === 0) this.#close();
  }

  #say(message: PageMessage): void {
    this.#send(encodePageMessage(message));
  }

  #send(bytes: Uint8Array): void {
    if (this.#phase.at === "here") this.#phase.socket.send(bytes as Uint8Array<ArrayBuffer>);
  }

  // --- what the node says -------------------------------------------------------------------------

  #handleBytes(event: Event): void {
    if (this.#phase.at !== "here") return;
    const { socket } = this.#phase;
    this.#isAsking = false;
    const data = event instanceof MessageEvent ? (event.data as unknown) : undefined;
    this.#watch(LAN_PING_AFTER, () => this.#ping(socket));
    try {
      this.#handle(decodeNodeMessage(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(0)));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#drop(socket, VIOLATION);
    }
  }

  #handle(message: NodeMessage): void {
    switch (message.type) {
      case "packet":
        return demand(this.#link(message.link)?.handlePacket(message.packet) ?? true, "packets over the credit");
      case "credit":
        return demand(this.#link(message.link)?.handleCredit(message.bytes) ?? true, "credit over the window");
      case "end":
        return this.#handleEnd(message.link, message.by);
      case "up":
        return this.#handleUp(message.link, message.remote, message.address);
      case "seen": {
        const { name, ...seen } = message.sighting;
        this.#sightings.set(seen.key, { ...seen, name: name === "" ? undefined : name });
        demand(this.#sightings.size <= LAN_SIGHTINGS_MAX, "more sightings than there may be");
        return this.nearby.set([...this.#sightings.values()]);
      }
      case "lost":
        this.#sightings.delete(message.key);
        return this.nearby.set([...this.#sightings.values()]);
      case "listening":
        if (this.#onLink === undefined) return;
        return this.listening.set(message.hosts.map((host) => ({ host, port: message.port })));
      case "pong":
        return;
    }
  }

  /** `undefined`: it is over. */
  #link(id: number): LanLink | undefined {
    demand(id <= (isPagesLink(id) ? this.#lastDialed : this.#lastIncoming), `link ${id} never was`);
    return this.#links.get(id);
  }

  #handleUp(id: number, remote: string, address: string): void {
    const dial = this.#dials.get(id);
    if (isPagesLink(id)) {
      demand(id <= this.#lastDialed && !this.#links.has(id), `link ${id} was not dialled`);
      this.#dials.delete(id);
      dial?.resolve(this.#makeLink(id, remote, parseHint(address) ?? { host: remote, port: 0 }));
      return; // of a dial that was given up the node has been told
    }
    demand(id > this.#lastIncoming, `link ${id} is not the next`);
    this.#lastIncoming = id;
    const onLink = this.#onLink;
    if (onLink === undefined) return this.#say({ type: "end", link: id, by: "refused" });
    onLink(this.#makeLink(id, remote, undefined));
  }

  #makeLink(id: number, remote: string, hint: Hint | undefined): LanLink {
    const link: LanLink = new LanLink(id, remote, hint, {
      clock: this.#options.clock,
      send: (bytes) => this.#send(bytes),
      sendCredit: (bytes) => this.#say({ type: "credit", link: id, bytes }),
      sendAuthenticated: () => this.#say({ type: "authenticated", link: id }),
      sendEnd: () => {
        this.#links.delete(id);
        this.#say({ type: "end", link: id, by: "closed" });
        this.#leaveIfDone();
      },
    });
    this.#links.set(id, link);
    return link;
  }

  #handleEnd(id: number, by: LanEnd): void {
    const dial = this.#dials.get(id);
    const link = this.#link(id);
    this.#dials.delete(id);
    this.#links.delete(id);
    dial?.reject(unreachable([], WHY[by]));
    link?.handleEnd(by);
    this.#leaveIfDone();
  }

  #clearNearby(): void {
    if (this.#sightings.size === 0) return;
    this.#sightings.clear();
    this.nearby.set([]);
  }
}

const WHY: Readonly<Record<LanEnd, string>> = {
  closed: "no address answered",
  network: "no address answered",
  violation: "no address answered",
  refused: "the node that served this page sees nobody there",
  full: "the node that served this page has as many links as it may",
};

/** @throws {WireError} the node broke the protocol */
function demand(isSo: boolean, what: string): void {
  if (!isSo) throw new WireError("ERR_VALUE", what);
}

const unreachable = (addresses: readonly string[], why: string): EndpointError =>
  new EndpointError("ERR_PEER_UNREACHABLE", `Cannot dial ${addresses.join(", ") || "peer"}: ${why}`);
