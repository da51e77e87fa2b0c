/**
 * A relay (spec/relay.md, spec/relay-meeting.md): the parts put together. It owns no rule of any part.
 *
 * Whoever runs it calls `handle…` with what happened, then `poll` until nothing is left; `pollTransmit` for each
 * connection that is writable; then `poll` again, because what left may have given somebody a window back.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import { after, type Duration, type Instant, millis, minutes, since, sooner } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import { WireError } from "../lib/wire-error.ts";
import { RELAY_MESSAGE } from "../wire/registry.ts";
import { RELAY_ITEM_LIFETIME_MAX, RELAY_LOGINS_PER_MINUTE, RELAY_WINDOW_BYTES } from "../wire/relay-limits.ts";
import { Forwarding } from "./forwarding.ts";
import { KeptItems } from "./kept-items.ts";
import { MailboxCallers } from "./mailbox-callers.ts";
import type { LoginClaim, RelayConnection } from "./relay-connection.ts";
import { EmbeddedDelivery, type RelayDelivery } from "./relay-delivery.ts";
import { RelayMailboxes } from "./relay-mailboxes.ts";
import { type ClientMessage, decodeClientMessage, isForward, READY_FLAG, type Succession } from "./relay-message.ts";
import { RelayNews } from "./relay-news.ts";
import type { RelayCounters, RelayGauges, RelayOutput } from "./relay-output.ts";
import { RelayOwnership } from "./relay-ownership.ts";
import { RelayRendezvous } from "./relay-rendezvous.ts";
import type { RelayAnswer, RelayAnswers } from "./relay-state.ts";
import { CROWDED_WAIT, ServerLogin } from "./server-login.ts";
import { SOURCE_BOUNDS, type SourceBounds, SourceLimits } from "./source-limits.ts";
import { Switchboard } from "./switchboard.ts";
import type { TagLimits } from "./tag-table.ts";
import { TOLL_BITS, type TollBits } from "./toll.ts";

export interface RelayServerOptions {
  readonly crypto: CryptoProvider;
  readonly random: RandomSource;
  /** Of the relay's key, 32 bytes. */
  readonly seed: Secret;
  /** How it came by that key, newest last. */
  readonly successions?: readonly Succession[];
  readonly at: Moment;
  /** Where keys and tags are found; {@link EmbeddedDelivery} for a relay that stands alone, unless told. */
  readonly delivery?: RelayDelivery<RelayConnection>;
  readonly bounds?: Partial<RelayBounds>;
}

/** What an operator sets. */
export interface RelayBounds extends SourceBounds, TagLimits {
  readonly connectionsMax: number;
  /** Connections that are not logged in. */
  readonly unreadyMax: number;
  /** Of one source. */
  readonly loginsPerMinute: number;
  /** Bits of the toll: none at all if `busy` is 0. */
  readonly toll: TollBits;
  readonly window: number;
  /** Of forwarded messages that wait, in all. */
  readonly waitingBytesMax: number;
  /** Logins for one mailbox, of those who are not let in otherwise. */
  readonly callersMax: number;
  /** What one key may send; undefined: as much as it likes. */
  readonly bytesPerSecond: number | undefined;
}

const BOUNDS: RelayBounds = {
  ...SOURCE_BOUNDS,
  connectionsMax: 20_000,
  unreadyMax: 2_048,
  loginsPerMinute: RELAY_LOGINS_PER_MINUTE,
  toll: TOLL_BITS,
  window: RELAY_WINDOW_BYTES,
  waitingBytesMax: 268_435_456,
  watchesMax: 524_288,
  watchesPerSourceMax: 65_536,
  callersMax: 1_024,
  bytesPerSecond: undefined,
};

const SWEEP_EVERY: Duration = minutes(1);
/** Requests that one connection may make at once, and each second. */
const REQUEST_RATE = { capacity: 64, perSecond: 8 } as const;
/** Seconds of its rate that one key may send at once. */
const BURST_SECONDS = 2;

type Mode = { readonly at: "open" } | { readonly at: "draining"; readonly until: Instant } | { readonly at: "drained" };

export class RelayServer {
  readonly #board: Switchboard;
  readonly #bounds: RelayBounds;
  readonly #login: ServerLogin;
  readonly #forwarding: Forwarding;
  readonly #rendezvous: RelayRendezvous;
  readonly #callers: MailboxCallers;
  readonly #mailboxes: RelayMailboxes;
  readonly #kept: KeptItems;
  readonly #news: RelayNews;
  readonly #ownership: RelayOwnership;
  readonly relayKey: Uint8Array;
  #mode: Mode = { at: "open" };
  #sweepAt: Instant;

  constructor({ crypto, random, seed, successions = [], at, delivery, bounds }: RelayServerOptions) {
    this.#bounds = { ...BOUNDS, ...bounds };
    this.relayKey = crypto.ed25519PublicKey(seed.reveal());
    this.#board = new Switchboard(crypto, random, delivery ?? new EmbeddedDelivery(random, this.#bounds), at);
    const login = { ...this.#bounds, seed, successions, relayKey: this.relayKey };
    this.#login = new ServerLogin(this.#board, login, new SourceLimits(this.#bounds), (...entered) =>
      this.#enter(...entered),
    );
    this.#forwarding = new Forwarding(this.#board, this.#bounds);
    this.#callers = new MailboxCallers(this.#board, this.#bounds);
    this.#mailboxes = new RelayMailboxes(this.#board, this.#callers);
    this.#kept = new KeptItems(this.#board);
    this.#news = new RelayNews(this.#board, this.#kept);
    this.#rendezvous = new RelayRendezvous(this.#board, this.#news);
    this.#ownership = new RelayOwnership(this.#board, seed, (time, other) => this.#drain(time, other));
    this.#board.parts.push(this.#login, this.#forwarding, this.#kept, this.#callers);
    this.#sweepAt = after(at.now, SWEEP_EVERY);
  }

  /** What has been done since the start. */
  get counters(): Readonly<RelayCounters> {
    return this.#board.counters;
  }

  /** What there is now. Counts flows one by one: for metrics, not for every message. */
  get gauges(): RelayGauges {
    const { connections, delivery } = this.#board;
    const { waitingBytes } = this.#forwarding;
    const { watches, tags } = delivery;
    let flows = 0;
    for (const { incoming } of connections.values()) flows += incoming?.size ?? 0;
    return { connections: connections.size, unready: this.#login.unready, flows, waitingBytes, watches, tags };
  }

  /** `connection` is a number that no other has; `source` the address from which it comes. */
  handleConnection(connection: number, source: string, at: Moment): void {
    this.#board.at = at;
    const made = this.#login.connect(connection, source);
    if (this.#mode.at === "open") return;
    this.#board.refuse(made, "draining");
    this.#board.end(made, "goingAway");
  }

  /** `bytes` are the relay's from now on: what is forwarded is written over in place. */
  handleMessage(connection: number, bytes: Uint8Array, at: Moment): void {
    const { connections } = this.#board;
    this.#board.at = at;
    const from = connections.get(connection);
    if (from === undefined || from.phase.at === "ended") return;
    if (this.#bounds.bytesPerSecond !== undefined) this.#throttle(from, bytes.length, this.#bounds.bytesPerSecond);
    if (!this.#take(from, bytes)) this.#board.violate(from, bytes[0] ?? 0);
    this.#endOverfull();
  }

  /** Its socket is gone, whoever closed it. */
  handleClosed(connection: number, at: Moment): void {
    this.#board.at = at;
    const gone = this.#board.connections.get(connection);
    if (gone === undefined) return;
    this.#board.leave(gone);
    this.#login.closed(gone);
    this.#board.connections.delete(connection);
    if (this.#mode.at === "draining" && this.#board.connections.size === 0) this.#endDrain();
    this.#endOverfull();
  }

  /** The answer to an *ask*; one that was answered before is ignored. */
  handleAnswer(ask: number, answer: RelayAnswer, at: Moment): void {
    this.#board.at = at;
    this.#board.answer(ask, answer);
    this.#news.hear();
    this.#endOverfull();
  }

  /** The delivery has something to tell, of keys that are elsewhere. One that is embedded has not. */
  handleDelivery(at: Moment): void {
    this.#board.at = at;
    this.#news.hear();
    this.#endOverfull();
  }

  handleTimeout(at: Moment): void {
    this.#board.at = at;
    this.#news.hear();
    this.#forwarding.handleTimeout();
    this.#callers.handleTimeout();
    for (const connection of this.#board.deadlines.take(at.now)) this.#timeOut(connection);
    if (this.#mode.at === "draining" && at.now >= this.#mode.until) this.#endDrain();
    if (at.now >= this.#sweepAt) {
      this.#sweepAt = after(at.now, SWEEP_EVERY);
      this.#board.ask<"sweep">({ type: "sweep", wall: at.wall }, undefined, () => {});
    }
    this.#endOverfull();
  }

  nextTimeout(): Instant | undefined {
    const draining = this.#mode.at === "draining" ? this.#mode.until : undefined;
    const told = sooner(this.#callers.nextTimeout(), this.#board.delivery.nextTimeout());
    const first = sooner(this.#board.deadlines.next(), told);
    return sooner(sooner(first, this.#forwarding.nextTimeout()), sooner(draining, this.#sweepAt));
  }

  /** Ends in `time`, and says that `other` is where to go instead; it may be empty. */
  drain(time: Duration, other: string, at: Moment): void {
    this.#board.at = at;
    this.#drain(time, other);
  }

  #drain(time: Duration, other: string): void {
    if (this.#mode.at !== "open") return;
    const left = millis(Math.min(time, 0xffff_ffff));
    this.#mode = { at: "draining", until: after(this.#board.at.now, left) };
    this.#board.event({ type: "draining" });
    for (const connection of this.#board.connections.values()) {
      if (connection.phase.at === "ready") this.#board.send(connection, { type: "draining", left, other });
      else if (connection.phase.at !== "ended") {
        this.#board.refuse(connection, "draining");
        this.#board.end(connection, "goingAway");
      }
    }
    if (this.#board.connections.size === 0) this.#endDrain();
  }

  poll(): RelayOutput | undefined {
    return this.#board.poll();
  }

  /**
   * The next message for it while there is room, in bytes; the last may be longer than that. Undefined with room left:
   * nothing waits, and *writable* says when something does. A message is the caller's to read; the array of a *spread* is given for
   * each of its receivers.
   */
  pollTransmit(connection: number, room: number): Uint8Array | undefined {
    const to = this.#board.connections.get(connection);
    if (to === undefined || room <= 0) return undefined;
    const own = to.outbox.takeOwn();
    if (own !== undefined) this.#kept.handleRoom(to);
    const message = own ?? this.#forwarding.take(to);
    if (message === undefined) to.isAnnounced = false;
    else to.taken += 1;
    return message;
  }

  /** False: a violation. */
  #take(from: RelayConnection, bytes: Uint8Array): boolean {
    const { phase } = from;
    if (phase.at === "ready") {
      if (isForward(bytes))
        return this.#callers.mayForward(from, bytes) && this.#forwarding.forward(from, phase.key, bytes) === "ok";
      if (bytes[0] === RELAY_MESSAGE.spread && from.only === undefined)
        return this.#forwarding.spread(from, phase.key, bytes) === "ok";
    }
    let message: ClientMessage;
    try {
      message = decodeClientMessage(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return false;
    }
    return phase.at === "ready" ? this.#serve(from, phase.key, message) : this.#login.handle(from, message);
  }

  #serve(from: RelayConnection, key: Uint8Array, message: ClientMessage): boolean {
    const isForMore = message.type !== "enter" && message.type !== "ping";
    if (from.only !== undefined && isForMore) {
      if (!("request" in message)) return false;
      this.#board.fail(from, message.request, "forbidden");
      return true;
    }
    switch (message.type) {
      case "watch":
        this.#rendezvous.watch(from, key, message.tags);
        return true;
      case "unwatch":
        this.#rendezvous.unwatch(from, key, message.tags);
        return true;
      case "shut":
        if (this.#board.mayAsk(from)) this.#mailboxes.shut(from, key, message.mailbox);
        return true;
      case "hello":
      case "login":
      case "pay":
      case "forward":
      case "spread":
        return false;
      case "taken":
        this.#kept.taken(from, key, message.items);
        return true;
      default:
        this.#request(from, key, message);
        return true;
    }
  }

  #request(from: RelayConnection, key: Uint8Array, message: RequestMessage): void {
    const { request, type } = message;
    if (type === "ping") return this.#board.done(from, request);
    const { now } = this.#board.at;
    from.requests ??= new TokenBucket({ ...REQUEST_RATE, now });
    if (!this.#board.mayAsk(from) || !from.requests.take(1, now)) {
      const wait = Math.max(1_000, since(now, from.requests.availableAt(1, now)));
      return this.#board.fail(from, request, "crowded", wait);
    }
    const isLate = this.#mode.at !== "open" && (type === "open" || type === "enter" || type === "deposit");
    if (isLate) return this.#board.fail(from, request, "draining");
    switch (type) {
      case "open":
        return this.#mailboxes.open(from, key, request, message.lifetime);
      case "enter":
        return this.#mailboxes.enter(from, key, request, message.mailbox);
      case "deposit":
        return this.#kept.deposit(from, key, message);
      case "claim":
        return this.#ownership.claim(from, key, request, message.code);
      case "manage":
        return this.#ownership.manage(from, key, message);
      case "purge":
        return this.#ownership.purge(from, key, request);
      case "turn":
        return this.#ownership.turn(from, request);
      case "ticket":
        return this.#ownership.ticket(from, key, request);
    }
  }

  #enter(connection: RelayConnection, { key, mailbox }: LoginClaim, { standing, met }: RelayAnswers["login"]): void {
    if (this.#mode.at !== "open") {
      this.#board.refuse(connection, "draining");
      return this.#board.end(connection, "goingAway");
    }
    const isStranger = standing.invitedOnly && !standing.known;
    const other = met.find((one) => one.mailbox === mailbox)?.other;
    if (mailbox !== undefined && !this.#callers.enter(connection, mailbox, other, isStranger)) {
      this.#board.refuse(connection, "crowded", CROWDED_WAIT);
      return this.#board.end(connection, "policy");
    }
    this.#board.delivery.attach(key, connection);
    this.#news.hear(); // where it was before ends first
    connection.phase = { at: "ready", key };
    this.#board.counters.logins += 1;
    const flags =
      (standing.known ? READY_FLAG.known : 0) |
      (standing.owner ? READY_FLAG.owner : 0) |
      (standing.claimed ? READY_FLAG.claimed : 0) |
      (standing.invitedOnly ? READY_FLAG.invitedOnly : 0);
    const { wall } = this.#board.at;
    const { window } = this.#bounds;
    this.#board.send(connection, { type: "ready", flags, wall, window, keptMax: RELAY_ITEM_LIFETIME_MAX / 1_000 });
    this.#board.event({ type: "ready", connection: connection.id, known: standing.known });
    this.#mailboxes.tellMet(connection, met);
    this.#kept.enter(connection);
  }

  #timeOut(connection: RelayConnection): void {
    if (connection.phase.at !== "ready") return this.#login.timeOut(connection);
    if (!this.#board.isStalled(connection)) return;
    const bytes = connection.outbox.ownBytes + connection.outbox.forwardedBytes;
    this.#board.event({ type: "stalled", connection: connection.id, bytes });
    this.#board.end(connection, "policy");
  }

  #throttle(from: RelayConnection, bytes: number, perSecond: number): void {
    const { now } = this.#board.at;
    from.rate ??= new TokenBucket({ capacity: BURST_SECONDS * perSecond, perSecond, now });
    from.rate.spend(bytes, now);
    if (from.rate.available(now) > 0 || (from.pausedUntil !== undefined && now < from.pausedUntil)) return;
    from.pausedUntil = from.rate.availableAt(1, now);
    this.#board.output({ type: "pause", connection: from.id, until: from.pausedUntil });
  }

  #endOverfull(): void {
    if (this.#board.overfull.size === 0) return;
    for (const connection of this.#board.overfull) this.#board.end(connection, "policy");
    this.#board.overfull.clear();
  }

  #endDrain(): void {
    this.#mode = { at: "drained" };
    for (const connection of this.#board.connections.values()) this.#board.end(connection, "goingAway");
    this.#board.output({ type: "drained" });
  }
}

type RequestMessage = Extract<ClientMessage, { readonly request: number }>;
