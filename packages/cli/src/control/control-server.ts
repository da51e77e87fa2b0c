/**
 * Serves a node to the other commands of its owner (`kith up`, and any command that had to start a
 * node of its own). The socket is the owner's alone: its folder is, and so is its mode.
 *
 * @module
 */
import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { CliError, EXIT } from "../exit-code.ts";
import type { Kith } from "../kith.ts";
import { VERSION } from "../version.ts";
import { ControlConnection } from "./control-connection.ts";
import { CONNECTIONS_MAX } from "./control-message.ts";
import { checkSocketOwner, controlSocketPath, prepareSocketFolder } from "./socket-path.ts";

export interface ControlServer extends AsyncDisposable {
  readonly path: string;
}

/** @throws {CliError} `ERR_HOME_IN_USE` if another process serves this home, `ERR_CONTROL` if the place is not safe */
export async function serveControl(kith: Kith, home: string): Promise<ControlServer> {
  const path = controlSocketPath(home);
  prepareSocketFolder(path);
  await clearStale(path);
  const connections = new Set<ControlConnection>();
  const server = createServer((socket) => {
    if (connections.size >= CONNECTIONS_MAX) return void socket.destroy();
    const connection = new ControlConnection(kith, socket, VERSION);
    connections.add(connection);
    socket.on("close", () => connections.delete(connection));
  });
  await listen(server, path);
  return {
    path,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.close();
      await closed;
    },
  };
}

/** A socket that nobody answers on was left by a process that was killed. */
async function clearStale(path: string): Promise<void> {
  if (process.platform === "win32" || checkSocketOwner(path) === "none") return;
  const socket = await dialControl(path);
  if (socket !== undefined) {
    socket.destroy();
    throw new CliError(EXIT.home, "ERR_HOME_IN_USE", "Cannot start a node: another one runs with this home");
  }
  rmSync(path, { force: true });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new CliError(EXIT.home, "ERR_CONTROL", `Cannot open the control socket ${path}`, { cause }));
    });
    // The mask makes the socket the owner's from its first moment; the mode says it once more.
    const mask = process.platform === "win32" ? undefined : process.umask(0o177);
    server.listen(path, () => resolve());
    if (mask !== undefined) process.umask(mask);
    server.once("listening", () => {
      if (process.platform !== "win32") chmodSync(path, 0o600);
    });
  });
}

/** An open connection, or `undefined` if nobody serves there. @throws {CliError} if the socket is not ours */
export function dialControl(path: string): Promise<Socket | undefined> {
  if (checkSocketOwner(path) === "none") return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT" || cause.code === "ECONNREFUSED") return resolve(undefined);
      reject(new CliError(EXIT.home, "ERR_CONTROL", `Cannot reach the running node at ${path}`, { cause }));
    });
  });
}
