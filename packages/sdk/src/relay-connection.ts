/**
 * Drives one {@link RelayClient} over a WebSocket, the platform's own: the same code in a page and in Node. Holds no
 * protocol rule.
 *
 * @module
 */
import {
  bytesEqual,
  bytesToHex,
  type Instant,
  millis,
  RelayClient,
  type RelayClientOptions,
  type RelayClientOutput,
  searchToll,
} from "@kith/core";
import type { Clock } from "./clock.ts";
import type { RelayAddress } from "./relay-address.ts";
import { RelayedLink, relayedName } from "./relayed-link.ts";

/** What it needs of a `WebSocket`. */
export interface RelaySocket {
  binaryType: BinaryType;
  readonly bufferedAmount: number;
  addEventListener(type: "open" | "message" | "error" | "close", listener: (event: Event) => void): void;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code: number): void;
}

/** Opens one; throws what `new WebSocket` throws. */
export type OpenWebSocket = (url: string) => RelaySocket;

/** What is told to whoever has the connection: everything that is not about the socket, tolls and links. */
export type RelayEvent = Exclude<
  RelayClientOutput,
  { type: "connect" | "close" | "solve" | "send" | "flowUp" | "flowPacket" | "flowRoom" | "flowDown" }
>;

export interface RelayConnectionOptions {
  readonly address: RelayAddress;
  readonly client: RelayClientOptions;
  readonly clock: Clock;
  /** The platform's WebSocket unless told. */
  readonly webSocket?: OpenWebSocket | undefined;
  readonly emit: (event: RelayEvent) => void;
  /** The one with that key began a link. It must be started or closed. */
  readonly onLink: (link: RelayedLink, from: Uint8Array) => void;
  /** Something came that may have changed what there is to do. */
  readonly touched?: () => void;
}

/** Bytes that the socket may hold back; and when it is looked at again, for it does not say when it has sent them. */
const SOCKET_BYTES_MAX = 1_048_576;
const SOCKET_LOOK = millis(10);
/** Tries of a toll at a time, a few milliseconds: a page stays alive. */
const TOLL_SLICE = 16_384;
/** As long as anybody would wait: the relay's time for it is over before. */
const TOLL_TRIES_MAX = 2 ** 30;
const LABEL_DIGITS = 16;
const NOBODY = new Uint8Array(0);

export class RelayConnection {
  readonly client: RelayClient;
  readonly #options: RelayConnectionOptions;
  readonly #links = new Map<number, RelayedLink>(); // the machine bounds them
  readonly #keys = new WeakMap<RelayedLink, Uint8Array>(); // with whom
  #socket: RelaySocket | undefined;
  #alarm: { readonly at: Instant; readonly cancel: () => void } | undefined;
  #cancelLook: (() => void) | undefined;
  #cancelSearch: () => void = () => {};
  #isDraining = false;

  constructor(options: RelayConnectionOptions) {
    this.#options = options;
    this.client = new RelayClient(options.client, options.clock.now());
    queueMicrotask(() => this.#drain()); // whoever made it can tell what it emits from whom
  }

  get host(): string {
    return this.#options.address.host;
  }

  linksWith(key: Uint8Array): readonly RelayedLink[] {
    return [...this.#links.values()].filter((link) => bytesEqual(this.#keys.get(link) ?? NOBODY, key));
  }

  /** Asks the machine for something, and does what comes of it. */
  run<Result>(command: (client: RelayClient, now: Instant) => Result): Result {
    const result = command(this.client, this.#options.clock.now());
    this.#drain();
    return result;
  }

  /** A link to another key at this relay; `undefined`: there is none to be had now. */
  dial(key: Uint8Array): RelayedLink | undefined {
    const flow = this.run((client, now) => client.dialFlow(key, now));
    return flow === undefined ? undefined : this.#links.get(flow);
  }

  /** For good. */
  stop(): void {
    this.run((client) => client.stop());
  }

  // --- the machine ------------------------------------------------------------------------------

  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      for (let output = this.client.poll(); output !== undefined; output = this.client.poll()) this.#carryOut(output);
    } finally {
      this.#isDraining = false;
    }
    this.#setAlarm();
    this.#options.touched?.();
  }

  #carryOut(output: RelayClientOutput): void {
    switch (output.type) {
      case "connect":
        return this.#connect();
      case "close":
        return this.#close(output.code);
      case "send":
        this.#socket?.send(output.bytes as Uint8Array<ArrayBuffer>);
        return;
      case "solve":
        this.#cancelSearch();
        return this.#search(output.challenge, output.bits, 0);
      case "flowUp": {
        const { flow, key, isOutgoing } = output;
        const label = relayedName(this.host, bytesToHex(key).slice(0, LABEL_DIGITS));
        const link = new RelayedLink(label, isOutgoing, {
          clock: this.#options.clock,
          room: () => Math.min(this.client.room(flow), this.#socketRoom()),
          send: (parts) => this.run((client) => client.sendPacket(flow, parts)),
          close: () => {
            this.#links.delete(flow);
            this.run((client) => client.endFlow(flow));
          },
        });
        this.#links.set(flow, link);
        this.#keys.set(link, key.slice());
        if (!isOutgoing) this.#options.onLink(link, key);
        return;
      }
      case "flowPacket":
        this.#links.get(output.flow)?.handlePacket(output.packet);
        return;
      case "flowRoom":
        this.#links.get(output.flow)?.handleRoom();
        return;
      case "flowDown":
        this.#links.get(output.flow)?.handleDown(this.client.phase === "ready" ? "peer" : "network");
        this.#links.delete(output.flow);
        return;
      default:
        this.#options.emit(output);
    }
  }

  #setAlarm(): void {
    const { clock } = this.#options;
    const next = this.client.nextTimeout();
    if (next === undefined) {
      this.#alarm?.cancel();
      this.#alarm = undefined;
      return;
    }
    if (this.#alarm !== undefined && this.#alarm.at <= next) return; // an early look costs less than a new timer
    this.#alarm?.cancel();
    const cancel = clock.schedule(millis(Math.max(0, next - clock.now())), () => {
      this.#alarm = undefined;
      this.run((client, now) => client.handleTimeout(now));
    });
    this.#alarm = { at: next, cancel };
  }

  // --- the socket -------------------------------------------------------------------------------

  #connect(): void {
    const { address, webSocket = (url) => new WebSocket(url) } = this.#options;
    let socket: RelaySocket;
    try {
      socket = webSocket(address.url);
    } catch {
      return this.client.handleDown(this.#options.clock.now()); // a page may not: no TLS, or its policy
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    const on = (type: "open" | "message" | "close", handle: (event: Event) => void): void =>
      socket.addEventListener(type, (event) => this.#socket === socket && handle(event));
    on("open", () => this.run((client, now) => client.handleUp(now)));
    on("message", (event) => {
      const data = event instanceof MessageEvent ? (event.data as unknown) : undefined;
      const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(0); // text is no message
      this.run((client, now) => client.handleMessage(bytes, now));
    });
    on("close", () => {
      this.#forget();
      this.run((client, now) => client.handleDown(now));
    });
    socket.addEventListener("error", () => {}); // its close follows
  }

  #close(code: number): void {
    const socket = this.#socket;
    this.#forget();
    this.#cancelSearch();
    // A page's own codes begin at 3000 (RFC 6455 §7.4.2), and it may use no other but 1000.
    socket?.close(code === 1_000 ? code : code + 3_000);
  }

  #forget(): void {
    this.#socket = undefined;
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  /** Bytes that the socket takes before it holds too many; asked again until there is room. */
  #socketRoom(): number {
    const socket = this.#socket;
    if (socket === undefined) return 0;
    const room = Math.max(0, SOCKET_BYTES_MAX - socket.bufferedAmount);
    if (4 * room < SOCKET_BYTES_MAX) this.#lookForRoom();
    return room;
  }

  #lookForRoom(): void {
    this.#cancelLook ??= this.#options.clock.schedule(SOCKET_LOOK, () => {
      this.#cancelLook = undefined;
      if (this.#socket === undefined) return;
      if (4 * (SOCKET_BYTES_MAX - this.#socket.bufferedAmount) < SOCKET_BYTES_MAX) return this.#lookForRoom();
      for (const link of [...this.#links.values()]) link.handleRoom();
    });
  }

  // --- the toll ---------------------------------------------------------------------------------

  #search(challenge: Uint8Array, bits: number, from: number): void {
    const found = searchToll(challenge, bits, from, TOLL_SLICE);
    if (found !== undefined || from >= TOLL_TRIES_MAX) {
      this.run((client, now) => client.handleSolved(found, now));
      return;
    }
    this.#cancelSearch = this.#options.clock.schedule(millis(0), () =>
      this.#search(challenge, bits, from + TOLL_SLICE),
    );
  }
}
