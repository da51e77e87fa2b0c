/**
 * The port of a relay: HTTP and WebSocket on one, in the clear or by TLS, and what keeps strangers from using it up.
 *
 * Before a client has said anything it costs a socket: those are counted for each source and in all, and are closed
 * when no whole request has come within ten seconds, however slowly it trickles in. Sources behind a trusted proxy are
 * counted when their request says who they are.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Duration, seconds } from "@kith/core";
import type { RelayConfig } from "./config.ts";
import { acceptHandshake, handshakeProblem, type Rejection, rejectUpgrade } from "./handshake.ts";
import { RelayError, reasonOf } from "./relay-error.ts";
import { isRejection, type RouteSockets } from "./routes.ts";
import { AddressSet, clientAddress, relaySourceOf } from "./source.ts";
import type { TlsMaterial } from "./tls-files.ts";

/** For a whole request, from the moment somebody connects. */
export const REQUEST_TIME: Duration = seconds(10);
const IDLE_TIME_MS = 5_000;
const REQUESTS_PER_SOCKET = 100;
const HEADER_BYTES_MAX = 8_192;
/** Sockets beyond those of logged-in clients, for HTTP and for those who come and go. */
const SPARE_PER_SOURCE = 32;
const SPARE_SOCKETS = 1_000;
const BACKLOG = 4_096;

export type RejectReason = "full" | "source" | "handshake" | "draining";

export interface ListenerSink {
  /** An accepted WebSocket. */
  handleSocket(socket: Socket, source: string): void;
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  /** WebSockets at other paths than the relay's own. */
  readonly routes?: RouteSockets;
  /** Somebody was turned away. */
  handleRejected(reason: RejectReason): void;
  /** Whether no new WebSocket is wanted, and why. */
  refusal(): RejectReason | undefined;
}

export interface Listener {
  /** As `ws://127.0.0.1:8420`. */
  readonly address: string;
  readonly port: number;
  /** The address of whoever sent a request, by what trusted proxies say. */
  clientOf(request: IncomingMessage): string;
  renewTls(material: TlsMaterial): void;
  /** Takes nothing new; sockets of HTTP end, those of WebSockets are their owners'. */
  close(): Promise<void>;
}

/** @throws {RelayError} `ERR_LISTEN` */
export async function listen(
  config: RelayConfig,
  tls: TlsMaterial | undefined,
  sink: ListenerSink,
  requestTime: Duration = REQUEST_TIME,
): Promise<Listener> {
  const trusted = new AddressSet(config.trustedProxies);
  const clientOf = (request: IncomingMessage): string =>
    clientAddress(request.socket.remoteAddress ?? "", headerText(request.headers["x-forwarded-for"]), trusted);
  const options = {
    ...{ headersTimeout: requestTime, requestTimeout: requestTime, connectionsCheckingInterval: requestTime / 10 },
    ...{ keepAliveTimeout: IDLE_TIME_MS, maxHeaderSize: HEADER_BYTES_MAX, noDelay: true },
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => sink.handleRequest(request, response);
  const secure =
    tls && createSecureServer({ ...options, cert: tls.cert, key: tls.key, handshakeTimeout: requestTime }, onRequest);
  const server: Server = secure ?? createServer(options, onRequest);
  server.maxRequestsPerSocket = REQUESTS_PER_SOCKET;
  const gate = new SocketGate(config, trusted, sink);
  server.on("connection", (socket: Socket) => gate.admit(socket));
  server.on("upgrade", (request, socket, head) => upgrade(request, socket, head, clientOf, sink));
  server.on("clientError", (_error, socket) => socket.destroy());
  secure?.on("tlsClientError", (_error, socket) => socket.destroy());
  await listening(server, config);
  const at = server.address();
  const port = typeof at === "object" && at !== null ? at.port : config.port;
  return {
    ...{ port, clientOf, address: `${tls === undefined ? "ws" : "wss"}://${hostText(config.host)}:${port}` },
    renewTls: ({ cert, key }) => secure?.setSecureContext({ cert, key }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections(); // of HTTP: a WebSocket's socket is no longer the server's
      }),
  };
}

/** Counts sockets from the first packet on. */
class SocketGate {
  readonly #perSource: number;
  readonly #inAll: number;
  readonly #trusted: AddressSet;
  readonly #sink: ListenerSink;
  readonly #bySource = new Map<string, number>();
  #count = 0;

  constructor(config: RelayConfig, trusted: AddressSet, sink: ListenerSink) {
    this.#perSource = config.connectionsPerSource + SPARE_PER_SOURCE;
    this.#inAll = config.connections + SPARE_SOCKETS;
    this.#trusted = trusted;
    this.#sink = sink;
  }

  admit(socket: Socket): void {
    const remote = socket.remoteAddress;
    if (remote === undefined) return void socket.destroy(); // gone already
    const source = this.#trusted.has(remote) ? undefined : relaySourceOf(remote);
    const ofSource = source === undefined ? 0 : (this.#bySource.get(source) ?? 0);
    if (this.#count >= this.#inAll || ofSource >= this.#perSource) {
      this.#sink.handleRejected(this.#count >= this.#inAll ? "full" : "source");
      socket.destroy();
      return;
    }
    this.#count++;
    if (source !== undefined) this.#bySource.set(source, ofSource + 1);
    socket.once("close", () => this.#release(source));
  }

  #release(source: string | undefined): void {
    this.#count--;
    if (source === undefined) return;
    const left = (this.#bySource.get(source) ?? 1) - 1;
    if (left === 0) this.#bySource.delete(source);
    else this.#bySource.set(source, left);
  }
}

function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  clientOf: (request: IncomingMessage) => string,
  sink: ListenerSink,
): void {
  const { routes } = sink;
  const { url = "", headers } = request;
  const problem = handshakeProblem(request, (path) => routes?.has(path) ?? false);
  const refusal = problem === undefined ? sink.refusal() : "handshake";
  if (refusal !== undefined || !(socket instanceof Socket)) {
    sink.handleRejected(refusal ?? "handshake");
    rejectUpgrade(socket, problem ?? UNAVAILABLE);
    return;
  }
  const address = clientOf(request);
  const admitted = routes?.has(url) ? routes.admit({ url, headers, address }) : sink.handleSocket.bind(sink);
  if (isRejection(admitted)) {
    sink.handleRejected("handshake");
    rejectUpgrade(socket, admitted);
    return;
  }
  acceptHandshake(request, socket);
  if (head.length > 0) socket.unshift(head);
  admitted(socket, relaySourceOf(address));
}

const UNAVAILABLE: Rejection = { status: 503, reason: "Service Unavailable", headers: { "Retry-After": "10" } };

function listening(server: Server, config: RelayConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const where = `${hostText(config.host)}:${config.port}`;
      reject(new RelayError("ERR_LISTEN", `Cannot listen at ${where}: ${reasonOf(cause)}`, { cause }));
    });
    server.listen({ host: config.host, port: config.port, backlog: BACKLOG }, resolve);
  });
}

const headerText = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === "string" ? value : value?.join(",");
const hostText = (host: string): string => (host.includes(":") ? `[${host}]` : host);
