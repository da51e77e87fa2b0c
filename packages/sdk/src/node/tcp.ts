/**
 * TCP between machines of one network: IPv4 and IPv6, all interfaces, any free port. Answers near
 * addresses only, unless told otherwise, and so many at once. Limits for strangers are the link's.
 *
 * @module
 */
import { createServer, type OnReadOpts, type Server, Socket } from "node:net";
import { after, type Instant, seconds } from "@kith/core";
import type { Clock } from "../clock.ts";
import { systemClock } from "../clock.ts";
import { EndpointError } from "../endpoint-error.ts";
import type { Hint, Link, Listener, Transport } from "../transport.ts";
import { isNear, plainAddress } from "./address.ts";
import { AddressWatch } from "./address-watch.ts";
import { type LocalAddress, localSubnets, reachableAddresses } from "./interfaces.ts";
import { dialFirst } from "./tcp-dial.ts";
import { TcpLink } from "./tcp-link.ts";

/**
 * Connections that others may have open with us, strangers and peers; more are closed at once. Well above
 * what the core lets strangers hold (SILENT_LINKS_MAX and HALF_OPEN_MAX), so that it is the core that
 * chooses who goes, and a contact gets in.
 */
export const TCP_INCOMING_MAX = 512;

const SUBNETS_LIFETIME = seconds(1);

export interface TcpOptions {
  readonly clock?: Clock;
  /** Listens there; 0, the default, lets the system choose. */
  readonly port?: number;
  /** Listens on this address only, instead of all. */
  readonly host?: string;
  /** Whom to answer: `near` (default) is the local network, see address.ts; dialling is not restricted. */
  readonly reach?: "near" | "anywhere";
  /** Told of each connection that was closed unanswered. */
  readonly onRefused?: (address: string, why: "not-near" | "too-many") => void;
  /** False reads the plain way, into new buffers: slower, and free of Node's internals. */
  readonly reusesBuffers?: boolean;
  /** Bytes that a link queues: a mebibyte unless told. */
  readonly writeBytesMax?: number;
  /** For tests: the machine's addresses. */
  readonly look?: () => LocalAddress[];
}

export function tcpTransport(options: TcpOptions = {}): Transport {
  const clock = options.clock ?? systemClock;
  const { reusesBuffers = true, writeBytesMax } = options;
  const watch = new AddressWatch({ clock, look: options.look });
  return {
    kind: "tcp",
    async dial(hints, { signal } = {}): Promise<Link> {
      const { socket, extra } = await dialFirst(hints, {
        clock,
        signal,
        prepare: ({ hint, address }) => {
          const link = new TcpLink({ clock, remote: plainAddress(address), hint, writeBytesMax });
          return { onread: reusesBuffers ? link.onread : undefined, extra: link, discard: () => link.close() };
        },
      });
      if (!reusesBuffers) socket.on("data", (chunk: Uint8Array) => extra.takeChunk(chunk)).pause();
      extra.attach(socket);
      watch.add(socket);
      return extra;
    },
    listen: (onLink) => listen(options, clock, watch, onLink),
  };
}

async function listen(
  options: TcpOptions,
  clock: Clock,
  watch: AddressWatch,
  onLink: (link: Link) => void,
): Promise<Listener> {
  const sockets = new Map<Socket, TcpLink>();
  const subnets = subnetsLately(clock);
  const server = createServer({ pauseOnConnect: true, noDelay: true, keepAlive: true }, (accepted) => {
    const remote = plainAddress(accepted.remoteAddress ?? "");
    const isWelcome = options.reach === "anywhere" || isNear(remote, subnets());
    if (isWelcome && sockets.size >= TCP_INCOMING_MAX) endOneThatLingers(sockets);
    if (remote === "" || !isWelcome || sockets.size >= TCP_INCOMING_MAX) {
      accepted.destroy();
      if (remote !== "") options.onRefused?.(remote, isWelcome ? "too-many" : "not-near");
      return;
    }
    const link = new TcpLink({ clock, remote, hint: undefined, writeBytesMax: options.writeBytesMax });
    const socket = (options.reusesBuffers ?? true) ? withReusedBuffer(accepted, server, link.onread) : undefined;
    const used = socket ?? accepted;
    if (socket === undefined) accepted.on("data", (chunk: Uint8Array) => link.takeChunk(chunk)).pause();
    sockets.set(used, link);
    used.once("close", () => sockets.delete(used));
    link.attach(used);
    watch.add(used);
    onLink(link);
  });
  const port = await bind(server, options);
  server.on("error", () => {}); // accept failed, as when file descriptors run out: those that are up go on
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      if (!server.listening) resolve();
      else server.close(() => {});
      resolve();
    });
  return {
    port,
    addresses: () => listening(options.host, port),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The subnets that we are in, looked at once a second at most: callers come in floods. */
function subnetsLately(clock: Clock): () => readonly string[] {
  let known: { readonly subnets: readonly string[]; readonly until: Instant } | undefined;
  return () => {
    const now = clock.now();
    if (known === undefined || now >= known.until)
      known = { subnets: localSubnets(), until: after(now, SUBNETS_LIFETIME) };
    return known.subnets;
  };
}

/** Whoever was told to go, and does not, makes room for somebody new. */
function endOneThatLingers(sockets: Map<Socket, TcpLink>): void {
  for (const [socket, link] of sockets) {
    if (!link.isClosing) continue;
    sockets.delete(socket);
    socket.destroy();
    return;
  }
}

function listening(host: string | undefined, port: number): Hint[] {
  if (host !== undefined && host !== "::" && host !== "0.0.0.0") return [{ host, port }];
  return reachableAddresses().map(({ address }) => ({ host: address, port }));
}

/** Both families on one port if the machine has IPv6, else IPv4 alone. */
async function bind(server: Server, options: TcpOptions): Promise<number> {
  const hosts = options.host === undefined ? ["::", "0.0.0.0"] : [options.host];
  let failure: unknown;
  for (const host of hosts) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port: options.port ?? 0 }, () => {
          server.off("error", reject);
          resolve();
        });
      });
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : 0;
    } catch (error) {
      failure = error;
    }
  }
  throw new EndpointError("ERR_ADDRESS", `Cannot listen on port ${options.port ?? 0}: in use, or not allowed`, {
    cause: failure,
  });
}

/**
 * An accepted socket cannot be told to read into our buffer, but one made from its handle can
 * (one buffer for all reads). `undefined` where Node keeps the handle elsewhere: then the plain way.
 */
function withReusedBuffer(accepted: Socket, server: Server, onread: OnReadOpts): Socket | undefined {
  const handle: unknown = Reflect.get(accepted, "_handle");
  if (typeof handle !== "object" || handle === null || !("useUserBuffer" in handle)) return undefined;
  const made = { onread, pauseOnCreate: true, allowHalfOpen: false, readable: true, writable: true };
  Reflect.set(made, "handle", handle); // what net's own server does
  const socket = new Socket(made);
  // The server counts its sockets by these fields; without them close() would wait for ever.
  Reflect.set(socket, "server", server);
  Reflect.set(socket, "_server", server);
  Reflect.set(accepted, "_handle", null);
  Reflect.set(accepted, "_server", null);
  return socket;
}
