/**
 * What else lives on a relay's port: further paths and further WebSockets, of the program that runs it in its own
 * process. They pass the same gate and the same time limits as the relay's own, which knows nothing of their contents.
 *
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Duration, seconds } from "@kith/core";
import type { Rejection } from "./handshake.ts";
import { Connection, type ConnectionSink, TICK } from "./websocket.ts";

/** WebSockets of routes at once. */
export const ROUTE_SOCKETS_MAX = 256;
/** For a whole answer of a route: who reads more slowly holds a socket for nothing. */
export const ANSWER_TIME: Duration = seconds(120);
/** For clients to answer a close when the relay ends. */
const STOP_TIME_MS = 1_000;

/** Whoever asks for something, as nobody has checked yet. */
export interface Caller {
  /** As it was sent: path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Its address, by what trusted proxies say. */
  readonly address: string;
}

export interface RouteAnswer {
  readonly status: number;
  /** All but `Content-Length` and `X-Content-Type-Options`, which are added. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface Routes {
  /** Answers GET and HEAD of `/` and of every path that is not the relay's own. `undefined`: nothing is there. */
  readonly get?: (caller: Caller) => RouteAnswer | undefined;
  /** By path, without a query. The relay's own is taken. */
  readonly sockets?: Readonly<Record<string, SocketRoute>>;
  /** Called and waited for when the relay ends, and when it could not begin. */
  readonly close?: () => Promise<void>;
}

export interface SocketRoute {
  /** Of one message; who sends a longer one is closed. */
  readonly messageBytesMax: number;
  /** Takes it, and says what happens when it is open; or says why not. */
  readonly admit: (caller: Caller) => Rejection | ((socket: RouteSocket) => RouteHandlers);
}

/** A WebSocket as its route sees it. Silence of a minute ends it. */
export interface RouteSocket {
  readonly isOpen: boolean;
  /** Bytes of messages that it takes now; after more than that, {@link RouteHandlers.onRoom} says when it takes more. */
  readonly room: number;
  /** One write. The messages may be used again at once. */
  send(messages: readonly Uint8Array[]): void;
  /** Reads nothing until {@link resume}. */
  pause(): void;
  resume(): void;
  close(code: number): void;
}

export interface RouteHandlers {
  /** One binary message: the receiver's from then on. */
  onMessage(message: Uint8Array): void;
  onRoom(): void;
  /** It gives and takes nothing more; told once. */
  onClosed(): void;
}

export const isRejection = (value: unknown): value is Rejection =>
  typeof value === "object" && value !== null && "status" in value;

export function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: RouteAnswer): void {
  const { status, headers, body } = answer;
  const length = status === 204 ? {} : { "Content-Length": String(Buffer.byteLength(body)) }; // RFC 9110 §8.6
  response.writeHead(status, { ...headers, ...length, "X-Content-Type-Options": "nosniff" });
  const timer = setTimeout(() => response.destroy(), ANSWER_TIME);
  response.once("close", () => clearTimeout(timer));
  response.end(request.method === "HEAD" ? undefined : body);
}

/** The WebSockets of all routes. */
export class RouteSockets implements ConnectionSink {
  readonly #routes: ReadonlyMap<string, SocketRoute>;
  readonly #connections = new Map<Connection, RouteHandlers | undefined>();
  #nextId = 1;
  #ticker: NodeJS.Timeout | undefined;
  #phase: "open" | "stopped" = "open";
  #allGone: () => void = () => {};

  constructor(routes: Routes) {
    this.#routes = new Map(Object.entries(routes.sockets ?? {}));
  }

  get count(): number {
    return this.#connections.size;
  }

  has(path: string): boolean {
    return this.#routes.has(path);
  }

  /** @returns why there is none, or what takes its socket once that is upgraded */
  admit(caller: Caller): Rejection | ((socket: Socket, source: string) => void) {
    const route = this.#routes.get(caller.url);
    if (route === undefined) return { status: 404, reason: "Not Found" };
    if (this.#connections.size >= ROUTE_SOCKETS_MAX || this.#phase === "stopped")
      return { status: 503, reason: "Service Unavailable", headers: { "Retry-After": "10" } };
    const begin = route.admit(caller);
    if (isRejection(begin)) return begin;
    return (socket, source) => {
      const connection = new Connection(this.#nextId++, source, socket, this, route.messageBytesMax);
      this.#connections.set(connection, undefined);
      this.#ticker ??= setInterval(() => this.#tick(), TICK);
      this.#connections.set(connection, begin(connection));
    };
  }

  handleMessage(connection: Connection, message: Uint8Array): void {
    this.#connections.get(connection)?.onMessage(message);
  }

  handleRoom(connection: Connection): void {
    this.#connections.get(connection)?.onRoom();
  }

  handleEnded(connection: Connection): void {
    this.#connections.get(connection)?.onClosed();
  }

  handleGone(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    this.#allGone();
  }

  /** Closes every one, and takes no more. */
  async stop(code: number): Promise<void> {
    this.#phase = "stopped";
    if (this.#connections.size === 0) return;
    const gone = new Promise<void>((resolve) => {
      this.#allGone = resolve;
    });
    for (const connection of this.#connections.keys()) connection.close(code);
    const deadline = setTimeout(() => {
      for (const connection of this.#connections.keys()) connection.destroy();
    }, STOP_TIME_MS);
    await gone;
    clearTimeout(deadline);
  }

  #tick(): void {
    for (const connection of this.#connections.keys()) connection.tick();
  }
}
