/** A listener whose WebSockets get back what they send: what of a relay is below its protocol. */
import { type Duration, seconds } from "@kith/core";
import { type RelayConfig, readConfig } from "../config.ts";
import { answerRequest } from "../http.ts";
import { type Listener, listen, type RejectReason } from "../listener.ts";
import { readTls } from "../tls-files.ts";
import { Connection } from "../websocket.ts";

export interface EchoServer extends AsyncDisposable {
  readonly listener: Listener;
  readonly rejected: RejectReason[];
  readonly sources: string[];
  /** Those that are open. */
  readonly connections: Set<Connection>;
  /** Fulfils when nobody is connected. */
  empty(): Promise<void>;
  isFull: boolean;
}

export function testConfig(changes: Partial<RelayConfig> = {}): RelayConfig {
  return { ...readConfig({ env: {} }), host: "127.0.0.1", port: 0, log: "off", ...changes };
}

export async function echoServer(
  changes: Partial<RelayConfig> = {},
  requestTime: Duration = seconds(10),
): Promise<EchoServer> {
  const config = testConfig(changes);
  const rejected: RejectReason[] = [];
  const sources: string[] = [];
  const connections = new Set<Connection>();
  const sockets = new Set<Connection>();
  let changed = (): void => {};
  let nextId = 1;
  const events = {
    handleMessage: (connection: Connection, message: Uint8Array) => connection.send([message]),
    handleRoom: () => {},
    handleEnded: (connection: Connection) => void connections.delete(connection),
    handleGone: (connection: Connection) => {
      sockets.delete(connection);
      changed();
    },
  };
  const listener = await listen(
    config,
    readTls(config),
    {
      handleSocket(socket, source) {
        const connection = new Connection(nextId++, source, socket, events, 66_560);
        connections.add(connection);
        sockets.add(connection);
        sources.push(source);
      },
      handleRequest: (request, response) =>
        answerRequest(request, response, { readiness: () => "ready", metrics: () => undefined }),
      handleRejected: (reason) => void rejected.push(reason),
      refusal: () => (server.isFull ? "full" : undefined),
    },
    requestTime,
  );
  const server: EchoServer = {
    ...{ listener, rejected, sources, connections, isFull: false },
    empty: () =>
      new Promise((resolve) => {
        changed = () => {
          if (sockets.size === 0) resolve();
        };
        changed();
      }),
    async [Symbol.asyncDispose]() {
      for (const connection of sockets) connection.destroy();
      await listener.close();
    },
  };
  return server;
}
