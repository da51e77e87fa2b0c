/**
 * The LAN for a page: transport and discovery through the node that served it.
 *
 * @module
 */
import { millis } from "@kith/core";
import type { Clock } from "../clock.ts";
import type { Discovery } from "../discovery.ts";
import { EndpointError } from "../endpoint-error.ts";
import type { Observable } from "../observable.ts";
import type { OpenWebSocket } from "../relay-connection.ts";
import type { Link, Listener, Transport } from "../transport.ts";
import { LanConnection, type NodeState } from "./lan-connection.ts";

export type { NodeState };

export interface LanThroughNodeOptions {
  /** Origin that the page was served from: `http://192.168.1.2:8420`. */
  readonly node: string;
  readonly clock: Clock;
  /** The platform's WebSocket unless told. */
  readonly webSocket?: OpenWebSocket | undefined;
}

export interface LanThroughNode {
  /** Reaches whom the node sees, and nobody else. Its listener has no address while the node is away. */
  readonly transport: Transport;
  /** Its close ends the way to the node, once links have sent their last. */
  readonly discovery: Discovery;
  readonly state: Observable<NodeState>;
}

/** A node that answers does so within this; who waits longer goes on without an address, and is told of it later. */
const ADDRESS_WITHIN = millis(1_000);

/** @throws {EndpointError} `ERR_ARGUMENT` */
export function lanThroughNode({ node, clock, webSocket }: LanThroughNodeOptions): LanThroughNode {
  const url = URL.parse(node);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new EndpointError("ERR_ARGUMENT", `Cannot use ${JSON.stringify(node)} as a node: no origin of a page`);
  const open: OpenWebSocket = webSocket ?? ((address) => new WebSocket(address));
  const connection = new LanConnection({ node: url.origin, clock, webSocket: open });
  return {
    state: connection.state,
    transport: {
      kind: "websocket",
      dial: (hints, { signal } = {}) => connection.dial(hints, signal),
      listen: (onLink) => listen(connection, clock, onLink),
    },
    discovery: {
      nearby: connection.nearby,
      announce: (what) => connection.announce(what),
      refresh: () => connection.refresh(),
      doubt: (key) => connection.doubt(key),
      close: async () => connection.leave(),
    },
  };
}

async function listen(connection: LanConnection, clock: Clock, onLink: (link: Link) => void): Promise<Listener> {
  connection.listen(onLink);
  await new Promise<void>((resolve) => {
    const stops = [clock.schedule(ADDRESS_WITHIN, () => settle())];
    const look = (): void => {
      const isOut = connection.state.get() === "away" || connection.state.get() === "closed";
      if (isOut || connection.listening.get().length > 0) settle();
    };
    const settle = (): void => {
      for (const stop of stops) stop();
      resolve();
    };
    stops.push(connection.listening.subscribe(look), connection.state.subscribe(look));
    look();
  });
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) connection.unlisten();
    isOpen = false;
  };
  return {
    addresses: () => (isOpen ? connection.listening.get() : []),
    get port() {
      return connection.listening.get()[0]?.port ?? 0;
    },
    watch: (changed) => connection.listening.subscribe(changed),
    close,
    [Symbol.asyncDispose]: close,
  };
}
