/** Servers on the loopback, in this process or in one of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Missing } from "../scenario/scenario.ts";
import type { RelayServing } from "./relay-contender.ts";

const BACKLOG = 4_096;
const START_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** Its port. */
export async function listenOnLoopback(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", BACKLOG, resolve));
  return (server.address() as AddressInfo).port;
}

/** A port that nobody has now, for programs that cannot say which one they were given. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnLoopback(server);
  await new Promise<unknown>((resolve) => server.close(resolve));
  return port;
}

/**
 * Runs a program until it listens at `port`.
 *
 * @throws {Missing} it is not installed: then `advice` says what to do
 */
export async function serveByProgram(
  command: string,
  args: readonly string[],
  { port, address, advice }: { readonly port: number; readonly address: string; readonly advice: string },
): Promise<RelayServing> {
  // Debian's servers are where only an administrator's shell looks.
  const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` };
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], env });
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-1_000);
  });
  const failure = new Promise<Error>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "ENOENT" ? new Missing(`no ${command} on this machine: ${advice}`) : error),
    );
    child.once("exit", (code) => resolve(new Error(`${command} ended with ${code}: ${complaint}`)));
  });
  process.once("exit", () => child.kill("SIGKILL"));
  const problem = await Promise.race([failure, listens(port, command)]);
  if (problem !== undefined) {
    child.kill("SIGKILL");
    throw problem;
  }
  return { address, pid: pidOf(child), stop: () => child.kill("SIGKILL") };
}

/** Resolves when it does, or to an error when that takes too long. */
async function listens(port: number, command: string): Promise<Error | undefined> {
  for (let waited = 0; waited < START_MS; waited += LOOK_EVERY_MS) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: "127.0.0.1", port });
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (isThere) return undefined;
    await sleep(LOOK_EVERY_MS);
  }
  return new Error(`${command} did not listen within ${START_MS / 1_000} s`);
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("a process without a number");
  return pid;
}
