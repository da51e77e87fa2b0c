/**
 * What owners ask of their relays. At a relay that we use it goes over the connection that is there: a second login of
 * our key would end the first ([REL-6]). At another one a connection is made for it, and ends with the answer.
 *
 * @module
 */
import {
  type CryptoProvider,
  type Duration,
  decodeOrderAnswer,
  encodeOrder,
  type LocalIdentity,
  type RandomSource,
  type RelayFailure,
  type RelayOrder,
  type RelayOrderAnswers,
  seconds,
  WireError,
} from "@kith/core";
import type { Waiting } from "./channel-api.ts";
import type { Clock } from "./clock.ts";
import { EndpointError, type EndpointErrorCode } from "./endpoint-error.ts";
import type { RelayAddress } from "./relay-address.ts";
import { type OpenWebSocket, RelayConnection, type RelayEvent } from "./relay-connection.ts";
import type { RelayPin } from "./relay-pins.ts";

/** From the first look to the answer, a toll included. */
const ANSWER_MAX: Duration = seconds(40);

export interface RelayOfficeParts {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  readonly clock: Clock;
  readonly webSocket: OpenWebSocket | undefined;
  readonly pinned: (address: RelayAddress) => RelayPin | undefined;
  readonly pin: (host: string, pin: RelayPin) => void;
}

type Answer = RelayOrderAnswers[keyof RelayOrderAnswers];

interface Waiter {
  readonly order: RelayOrder;
  readonly host: string;
  request: number | undefined;
  readonly settle: (result: Answer | EndpointError) => void;
}

export class RelayOffice {
  readonly #parts: RelayOfficeParts;
  readonly #waiters = new Map<RelayConnection, Set<Waiter>>();

  constructor(parts: RelayOfficeParts) {
    this.#parts = parts;
  }

  /** `connection`: ours at that relay, if we use it. */
  async manage(
    address: RelayAddress,
    connection: RelayConnection | undefined,
    order: RelayOrder,
    { signal }: Waiting,
  ): Promise<Answer> {
    signal?.throwIfAborted();
    if (connection !== undefined) return this.#ask(connection, address.host, order, signal);
    const visit = this.#visit(address);
    try {
      return await this.#ask(visit, address.host, order, signal);
    } finally {
      visit.stop();
    }
  }

  /** What happened at a relay that we use. */
  handle(connection: RelayConnection, event: RelayEvent): void {
    const waiters = [...(this.#waiters.get(connection) ?? [])];
    switch (event.type) {
      case "ready":
        for (const waiter of waiters) this.#say(connection, waiter);
        return;
      case "keyChanged":
        for (const { host, settle } of waiters)
          settle(
            new EndpointError("ERR_PEER_UNEXPECTED", `Cannot trust the relay ${host}: it has another key than before`),
          );
        return;
      case "lost":
        // Who is turned away is told; who finds nobody hopes until time is up.
        if (event.why === "unwelcome" || event.why === "unreachable")
          for (const { host, settle } of waiters) settle(lostError(host, event.why));
        return;
      case "done":
      case "failed": {
        const waiter = waiters.find(({ request }) => request === event.request);
        if (waiter === undefined) return;
        if (event.type === "failed") waiter.settle(failedError(waiter, event.reason, event.wait));
        else waiter.settle(this.#read(connection, waiter, event.answer));
      }
    }
  }

  #visit(address: RelayAddress): RelayConnection {
    const { provider, random, identity, clock, webSocket, pinned, pin } = this.#parts;
    const connection = new RelayConnection({
      ...{ address, clock, webSocket },
      client: { provider, random, seed: identity.seed, relayKey: undefined, ...pinned(address), pass: address.pass },
      emit: (event) => {
        if (event.type === "pin") pin(address.host, event);
        this.handle(connection, event);
      },
      onLink: (link) => link.close(), // we came to ask something
    });
    return connection;
  }

  #ask(connection: RelayConnection, host: string, order: RelayOrder, signal: AbortSignal | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(connection) ?? new Set<Waiter>();
      this.#waiters.set(connection, waiters);
      const end = (): void => {
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiters.delete(connection);
        signal?.removeEventListener("abort", onAbort);
        cancel();
      };
      const onAbort = (): void => {
        end();
        reject(signal?.reason);
      };
      const settle = (result: Answer | EndpointError): void => {
        end();
        if (result instanceof EndpointError) reject(result);
        else resolve(result);
      };
      const waiter: Waiter = { order, host, request: undefined, settle };
      const cancel = this.#parts.clock.schedule(ANSWER_MAX, () => settle(lostError(host, "silent")));
      waiters.add(waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
      if (connection.client.phase === "ready") this.#say(connection, waiter);
      else if (connection.client.phase === "over")
        settle(
          new EndpointError("ERR_PEER_UNEXPECTED", `Cannot trust the relay ${host}: it has another key than before`),
        );
      else connection.run((client, now) => client.hurry(now));
    });
  }

  /** Once: an order that was lost with its connection may have been carried out. */
  #say(connection: RelayConnection, waiter: Waiter): void {
    if (waiter.request !== undefined) return;
    connection.run((client) => {
      waiter.request = client.ask(encodeOrder(waiter.order));
    });
  }

  #read(connection: RelayConnection, { order, host }: Waiter, answer: Uint8Array): Answer | EndpointError {
    const { provider } = this.#parts;
    try {
      const relayKey = connection.client.relayKey ?? new Uint8Array(32);
      return decodeOrderAnswer(order.type, answer, { provider, relayKey });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return new EndpointError("ERR_RELAY", `Cannot read what the relay ${host} answered`, { cause: error });
    }
  }
}

const lostError = (host: string, why: "unwelcome" | "unreachable" | "silent"): EndpointError =>
  why === "unwelcome"
    ? new EndpointError("ERR_NOT_AUTHORIZED", `Cannot use the relay ${host}: it takes invited ones only`)
    : new EndpointError("ERR_RELAY", `Cannot reach the relay ${host}: nobody answers there`);

function failedError({ order, host }: Waiter, reason: RelayFailure, wait: number): EndpointError {
  const [code, words]: readonly [EndpointErrorCode, string] =
    reason === "unknown" && order.type === "claim"
      ? ["ERR_WRONG_CODE", "that is not its claim code, nor its recovery key"]
      : (FAILURES[reason] ?? ["ERR_RELAY", reason]);
  const when = wait > 0 ? `; again in ${Math.ceil(wait / 60_000)} min` : "";
  return new EndpointError(code, `The relay ${host} says no: ${words}${when}`);
}

const FAILURES: { readonly [reason in RelayFailure]?: readonly [EndpointErrorCode, string] } = {
  forbidden: ["ERR_NOT_AUTHORIZED", "this identity does not own it"],
  paused: ["ERR_TRY_LATER", "too many wrong tries"],
  full: ["ERR_LIMIT", "as many passes are out as there may be"],
  storage: ["ERR_RELAY", "it could not write"],
  disconnected: ["ERR_RELAY", "the connection was lost, and perhaps the answer with it"],
  draining: ["ERR_RELAY", "it is about to end"],
};
