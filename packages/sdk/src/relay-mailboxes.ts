/**
 * Mailboxes of real relays: for each code a connection of its own, under the code's one-time identity, so that the
 * relay cannot tell whose it is (spec/relay-meeting.md §3). Where only invited ones may, who makes a code does it as
 * itself, over the connection that is there; who has it comes for that mailbox alone.
 *
 * @module
 */
import {
  bytesEqual,
  type CryptoProvider,
  type Duration,
  mailboxPass,
  minutes,
  type RandomSource,
  type RelayFailure,
  type RelayLoss,
  seconds,
} from "@kith/core";
import type { Clock } from "./clock.ts";
import { EndpointError, type EndpointErrorCode } from "./endpoint-error.ts";
import type { Mailbox, Mailboxes, MailboxRequest } from "./mailbox.ts";
import { parseRelayAddress, type RelayAddress } from "./relay-address.ts";
import { type OpenWebSocket, RelayConnection } from "./relay-connection.ts";
import { type MailboxEvent, type MailboxHolder, type MailboxLine, ownLine } from "./relay-loans.ts";
import type { RelayPin } from "./relay-pins.ts";
import type { Link } from "./transport.ts";

/** From the first look at a relay to its answer, a toll included. */
const ANSWER_MAX: Duration = seconds(40);
/** A relay that is away for so long has forgotten whom it brought together, or nobody waits any more. */
const AWAY_MAX: Duration = minutes(2);
/** How long a mailbox that nobody needs any more waits for links. */
const IDLE_MAX: Duration = minutes(2);

export interface RelayMailboxesParts {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly webSocket: OpenWebSocket | undefined;
  /** The relay that codes are made at unless told. */
  readonly usual: () => RelayAddress | undefined;
  /** By what a relay is known; and one that is known by another key from now on. */
  readonly pinned: (address: RelayAddress) => RelayPin | undefined;
  readonly pin: (host: string, pin: RelayPin) => void;
  /** Our own connection there, for a while; `undefined`: we do not use that relay. */
  readonly borrow: (address: RelayAddress, holder: MailboxHolder) => MailboxLine | undefined;
}

export class RelayMailboxes implements Mailboxes {
  readonly #parts: RelayMailboxesParts;

  constructor(parts: RelayMailboxesParts) {
    this.#parts = parts;
  }

  async open(request: MailboxRequest & { readonly lifetimeMs: number }): Promise<Mailbox> {
    const lifetime = Math.ceil(request.lifetimeMs / 1_000);
    const ask = (box: RelayMailbox): Promise<void> => box.open(lifetime);
    const { borrow } = this.#parts;
    try {
      return await this.#reach(request, (address, holder) => this.#connect(address, request, undefined, holder), ask);
    } catch (error) {
      // A stranger's key may not; perhaps we may.
      if (!(error instanceof UnwelcomeError)) throw error;
      return await this.#reach(request, borrow, ask, error);
    }
  }

  enter(request: MailboxRequest & { readonly number: number }): Promise<Mailbox> {
    const pass = mailboxPass(request.number);
    return this.#reach(
      request,
      (address, holder) => this.#connect(address, request, pass, holder),
      (box) => box.enter(request.number),
    );
  }

  #connect(
    address: RelayAddress,
    { identity }: MailboxRequest,
    pass: Uint8Array | undefined,
    holder: MailboxHolder,
  ): MailboxLine {
    const { provider, random, clock, webSocket, pinned } = this.#parts;
    const client = { provider, random, seed: identity.seed, relayKey: undefined, ...pinned(address), pass };
    return ownLine(holder, (emit, onLink) => new RelayConnection({ address, client, clock, webSocket, emit, onLink }));
  }

  async #reach(
    { host, signal }: MailboxRequest,
    line: (address: RelayAddress, holder: MailboxHolder) => MailboxLine | undefined,
    ask: (box: RelayMailbox) => Promise<void>,
    otherwise?: Error,
  ): Promise<Mailbox> {
    signal?.throwIfAborted();
    const { clock, usual, pin } = this.#parts;
    const address = host === undefined ? usual() : parseRelayAddress(host);
    if (address === undefined) throw relayError(host === undefined ? "no relay is set" : "that is no relay's address");
    const box = new RelayMailbox({ address, clock, line, pin: (found) => pin(address.host, found) });
    if (!box.hasLine) throw otherwise ?? relayError("that relay is none of ours");
    const abort = (): void => box.giveUp(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const cancel = clock.schedule(ANSWER_MAX, () => box.giveUp(relayError(`${address.host} does not answer`)));
    try {
      await box.ready;
      await ask(box);
      return box;
    } catch (error) {
      await box.close();
      throw error;
    } finally {
      cancel();
      signal?.removeEventListener("abort", abort);
    }
  }
}

interface RelayMailboxOptions {
  readonly address: RelayAddress;
  readonly clock: Clock;
  readonly line: (address: RelayAddress, holder: MailboxHolder) => MailboxLine | undefined;
  readonly pin: (pin: RelayPin) => void;
}

class RelayMailbox implements Mailbox, MailboxHolder {
  readonly host: string;
  /** Rejects if the relay cannot be entered at first. */
  readonly ready: Promise<void>;
  readonly closed: Promise<void>;
  number = 0;
  lifetimeMs = 0;
  readonly #options: RelayMailboxOptions;
  readonly #line: MailboxLine | undefined;
  readonly #entering = Promise.withResolvers<void>();
  readonly #asking = Promise.withResolvers<void>();
  readonly #ending = Promise.withResolvers<void>();
  #request: number | undefined;
  #other: Uint8Array | undefined;
  #onLink: ((link: Link) => void) | undefined;
  #cancelAway: (() => void) | undefined;
  #cancelIdle: (() => void) | undefined;
  #isOver = false;

  constructor(options: RelayMailboxOptions) {
    this.#options = options;
    this.host = options.address.host;
    this.ready = this.#entering.promise;
    this.closed = this.#ending.promise;
    // Whoever waits for neither has given up already.
    this.#entering.promise.catch(() => {});
    this.#asking.promise.catch(() => {});
    this.#line = options.line(options.address, this);
  }

  get hasLine(): boolean {
    return this.#line !== undefined;
  }

  async open(lifetime: number): Promise<void> {
    this.#request = this.#line?.run((client) => client.ask({ type: "open", lifetime }));
    await this.#asking.promise;
  }

  async enter(number: number): Promise<void> {
    this.number = number;
    this.#request = this.#line?.run((client) => client.ask({ type: "enter", mailbox: number }));
    await this.#asking.promise;
  }

  async dial(): Promise<Link> {
    const link = this.#other === undefined ? undefined : this.#line?.dial(this.#other);
    if (link === undefined)
      throw new EndpointError("ERR_PEER_UNREACHABLE", "Cannot dial: the relay is away, or nobody came");
    return link;
  }

  listen(onLink: (link: Link) => void): void {
    this.#onLink = onLink;
  }

  giveUp(reason: unknown): void {
    this.#entering.reject(reason);
    this.#asking.reject(reason);
  }

  leave(): void {
    if (this.#isOver) return;
    this.#cancelIdle?.();
    this.#cancelIdle = this.#options.clock.schedule(IDLE_MAX, () => {
      if (this.#other !== undefined && (this.#line?.countLinks(this.#other) ?? 0) > 0) this.leave();
      else void this.close();
    });
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelAway?.();
    this.#cancelIdle?.();
    if (this.lifetimeMs > 0 && this.#other === undefined)
      this.#line?.run((client) => client.tell({ type: "shut", mailbox: this.number }));
    this.#line?.stop(this.#other);
    this.#ending.resolve();
  }

  /** Nobody but the one whom the mailbox brought. */
  take(link: Link, from: Uint8Array): boolean {
    if (this.#other === undefined || !bytesEqual(from, this.#other)) return false;
    if (this.#onLink !== undefined && !this.#isOver) this.#onLink(link);
    else link.close();
    return true;
  }

  handle(event: MailboxEvent): void {
    switch (event.type) {
      case "pin":
        return this.#options.pin(event);
      case "ready":
        this.#cancelAway?.();
        this.#cancelAway = undefined;
        return this.#entering.resolve();
      case "lost":
        this.giveUp(lossError(this.host, event.why));
        this.#cancelAway ??= this.#options.clock.schedule(AWAY_MAX, () => void this.close());
        return;
      case "keyChanged":
        this.giveUp(relayError(`${this.host} IS NOT THE RELAY IT WAS: it has another key`));
        return void this.close();
      case "opened":
        if (event.request !== this.#request) return;
        this.number = event.mailbox;
        this.lifetimeMs = event.lifetime * 1_000;
        return this.#asking.resolve();
      case "met":
        if (event.mailbox !== this.number || this.#other !== undefined) return;
        this.#other = event.key.slice();
        return this.#asking.resolve();
      case "failed":
        if (event.request === this.#request) this.#asking.reject(refusalOf(event.reason));
    }
  }
}

const relayError = (why: string): EndpointError => new EndpointError("ERR_RELAY", `Cannot meet: ${why}`);

/** It is for invited ones. */
class UnwelcomeError extends EndpointError {}

function lossError(host: string, why: RelayLoss): EndpointError {
  const words = LOSSES[why] ?? `${host} does not let us in (${why})`;
  return why === "unwelcome" ? new UnwelcomeError("ERR_RELAY", `Cannot meet: ${words}`) : relayError(words);
}

const LOSSES: Readonly<Partial<Record<RelayLoss, string>>> = {
  unreachable: "the relay does not answer",
  ended: "the relay ended the connection",
  unwelcome: "the relay takes nobody without an invitation: it must be one that you use, or another",
  crowded: "the relay is crowded; try again in a minute",
  paused: "the relay has seen too many wrong tries from here; try again in a minute",
  draining: "the relay is about to end",
};

const REFUSALS: Readonly<Partial<Record<RelayFailure, readonly [EndpointErrorCode, string]>>> = {
  unknown: ["ERR_JOIN_CODE", "nobody waits with this code: it was used, or is over, or its number is another"],
  paused: ["ERR_TRY_LATER", "too many codes that nobody waits with; try again in half a minute"],
  full: ["ERR_LIMIT", "there are as many codes at this relay as there may be"],
};

function refusalOf(reason: RelayFailure): EndpointError {
  const [code, why] = REFUSALS[reason] ?? ["ERR_RELAY", `the relay says no (${reason})`];
  return new EndpointError(code, `Cannot meet: ${why}`);
}
