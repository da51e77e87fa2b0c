/**
 * Connects to whichever of several addresses answers first, in the manner of RFC 8305: one attempt
 * after the other, the next when the last one failed or has not come up soon.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { connect, isIP, type OnReadOpts, type Socket } from "node:net";
import { DIAL_TIMEOUT, type Duration, millis } from "@kith/core";
import type { Clock } from "../clock.ts";
import { EndpointError } from "../endpoint-error.ts";
import { formatHint, type Hint } from "../transport.ts";
import { plainAddress } from "./address.ts";

/** RFC 8305 §5: "Connection Attempt Delay". */
const ATTEMPT_DELAY: Duration = millis(250);

/** Addresses tried for one dial; a peer's hints are its claim, and each costs a socket. */
export const DIAL_ATTEMPTS_MAX = 16;

export interface DialedSocket<Extra> {
  readonly socket: Socket;
  readonly hint: Hint;
  readonly address: string;
  readonly extra: Extra;
}

export interface DialOptions<Extra> {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly timeout?: Duration;
  /** Called for each attempt: what its socket reads into, and what goes with it. */
  readonly prepare: (target: { readonly hint: Hint; readonly address: string }) => {
    readonly onread: OnReadOpts | undefined;
    readonly extra: Extra;
    readonly discard: () => void;
  };
}

/** @throws {EndpointError} `ERR_PEER_UNREACHABLE` with the last failure as cause; `signal.reason` on abort. */
export async function dialFirst<Extra>(
  hints: readonly Hint[],
  options: DialOptions<Extra>,
): Promise<DialedSocket<Extra>> {
  options.signal?.throwIfAborted();
  const targets = (await Promise.all(hints.slice(0, DIAL_ATTEMPTS_MAX).map(resolve)))
    .flat()
    .slice(0, DIAL_ATTEMPTS_MAX);
  options.signal?.throwIfAborted();
  return await new Promise((fulfil, reject) => race(hints, targets, options, fulfil, reject));
}

interface Target {
  readonly hint: Hint;
  readonly address: string;
}

async function resolve(hint: Hint): Promise<Target[]> {
  if (isIP(hint.host) !== 0) return [{ hint, address: hint.host }];
  try {
    const found = await lookup(hint.host, { all: true });
    return found.map(({ address }) => ({ hint, address }));
  } catch {
    return []; // a name that means nothing here is one hint less
  }
}

function race<Extra>(
  hints: readonly Hint[],
  targets: readonly Target[],
  options: DialOptions<Extra>,
  fulfil: (dialed: DialedSocket<Extra>) => void,
  reject: (reason: unknown) => void,
): void {
  const waiting = [...targets];
  const running = new Map<Socket, () => void>();
  let cancelNext = (): void => {};
  let failure: unknown;

  const settle = (winner?: Socket): void => {
    cancelNext();
    cancelTimeout();
    options.signal?.removeEventListener("abort", abort);
    for (const [socket, discard] of running) {
      if (socket === winner) continue;
      discard();
      socket.destroy();
    }
    running.clear();
  };
  const giveUp = (reason: unknown): void => {
    settle();
    reject(reason);
  };
  const abort = (): void => giveUp(options.signal?.reason);
  const unreachable = (why: string): EndpointError =>
    new EndpointError("ERR_PEER_UNREACHABLE", `Cannot dial ${hints.map(formatHint).join(", ") || "peer"}: ${why}`, {
      cause: failure,
    });
  const cancelTimeout = options.clock.schedule(options.timeout ?? DIAL_TIMEOUT, () => giveUp(unreachable("timed out")));
  options.signal?.addEventListener("abort", abort);

  const tryNext = (): void => {
    cancelNext();
    const target = waiting.shift();
    if (target === undefined) {
      if (running.size === 0) giveUp(unreachable("no address answered"));
      return;
    }
    const { onread, extra, discard } = options.prepare(target);
    const socket = connect({
      host: target.address,
      port: target.hint.port,
      noDelay: true,
      keepAlive: true,
      ...(onread === undefined ? {} : { onread }),
    });
    running.set(socket, discard);
    socket.on("error", (error) => {
      if (!running.delete(socket)) return;
      failure = error;
      discard();
      tryNext();
    });
    socket.once("connect", () => {
      if (!running.has(socket)) return;
      socket.pause();
      settle(socket);
      fulfil({ socket, hint: target.hint, address: plainAddress(target.address), extra });
    });
    cancelNext = options.clock.schedule(ATTEMPT_DELAY, tryNext);
  };
  tryNext();
}
