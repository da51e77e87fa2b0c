/**
 * WebRTC connections with one peer, negotiated over a channel inside the session (spec/signaling.md §3).
 *
 *     offerer    describing ──offer──▶ awaiting ──answer──▶ applying ──▶ done      (then the channel opens: up)
 *     answerer   ──offer──▶ applying ──▶ describing ──answer──▶ done
 *
 * Either side may offer; each numbers its offers by its own parity, so that no two are taken for one another. Of two
 * offers that cross, that of the smaller PeerId stays (perfect negotiation: the other side is the polite one). A side
 * keeps what it knows of its own addresses until the description that they belong to is at the other side: the offerer
 * until the answer is applied here, because checks that arrive while DTLS has no fingerprint to compare end the
 * connection (libdatachannel 0.24, one in a hundred on a fast network). What the peer says of its addresses waits until its
 * description is applied.
 *
 * It decides and never acts: connections belong to an adapter. A connection that came up is a link of the session from
 * then on, and the session judges it; this machine only restarts its ICE.
 *
 * @module
 */
import { after, type Instant, sooner } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import { WireError } from "../lib/wire-error.ts";
import {
  SIGNAL_CANDIDATES_MAX,
  SIGNAL_CONNECTIONS_PER_PEER_MAX,
  SIGNAL_MESSAGES_BURST,
  SIGNAL_MESSAGES_PER_SECOND,
  SIGNAL_NEGOTIATION_TIMEOUT,
  SIGNAL_OFFER_EVERY,
  SIGNAL_OFFERS_BURST,
  SIGNAL_RESTART_AFTER,
} from "../wire/signal-limits.ts";
import {
  decodeSignalMessage,
  encodeSignalMessage,
  type IceCandidate,
  isCandidate,
  isDescription,
  type SignalEndReason,
  type SignalMessage,
  withoutCandidates,
} from "./signal-message.ts";

/** A description that the adapter made. */
export interface OwnDescription {
  readonly type: "offer" | "answer";
  readonly sdp: string;
  /** Whether ICE of this connection can be restarted here. */
  readonly canRestart: boolean;
}

/** `connection`: ours, by which the adapter knows it. */
export type NegotiationOutput =
  | { readonly type: "send"; readonly bytes: Uint8Array }
  /** Make a connection; with an offer, or to take one that follows. */
  | { readonly type: "open"; readonly connection: number; readonly isOfferer: boolean }
  /** Take the peer's description; if it is an offer, answer it. */
  | {
      readonly type: "apply";
      readonly connection: number;
      readonly description: { readonly type: "offer" | "answer"; readonly sdp: string };
    }
  | { readonly type: "candidate"; readonly connection: number; readonly candidate: IceCandidate }
  /** Make another offer, with new ICE credentials. */
  | { readonly type: "restart"; readonly connection: number }
  | { readonly type: "close"; readonly connection: number }
  /** It did not come up. */
  | { readonly type: "failed"; readonly connection: number }
  /** The peer broke the rules, or asks too much. */
  | { readonly type: "violation" };

interface Attempt {
  readonly connection: number;
  /** Its number on the wire. */
  readonly number: number;
  readonly isOfferer: boolean;
  exchange: "describing" | "awaiting" | "applying" | "done";
  isUp: boolean;
  /** Of the exchange, or of the channel's opening. */
  deadline: Instant | undefined;
  /** When ICE is to be restarted. */
  restartAt: Instant | undefined;
  canRestart: boolean; //                 here
  canPeerRestart: boolean;
  /** Ours that wait, and the peer's; at most SIGNAL_CANDIDATES_MAX, as all of one description. */
  held: IceCandidate[];
  received: IceCandidate[];
  candidates: number; //                  of ours for this description
  peerCandidates: number;
}

/** What a peer may ask of us, over all its channels of one session. */
export interface NegotiationLimits {
  readonly messages: TokenBucket;
  readonly offers: TokenBucket;
}

export const negotiationLimits = (now: Instant): NegotiationLimits => ({
  messages: new TokenBucket({ capacity: SIGNAL_MESSAGES_BURST, perSecond: SIGNAL_MESSAGES_PER_SECOND, now }),
  offers: new TokenBucket({ capacity: SIGNAL_OFFERS_BURST, perSecond: 1_000 / SIGNAL_OFFER_EVERY, now }),
});

export class Negotiation {
  readonly #isPolite: boolean;
  readonly #nextConnection: () => number | undefined;
  readonly #attempts = new Map<number, Attempt>(); // by number; at most SIGNAL_CONNECTIONS_PER_PEER_MAX
  readonly #outputs: NegotiationOutput[] = [];
  readonly #limits: NegotiationLimits;
  #nextNumber: number;
  #lastOffered = -1; //                   by the peer
  #isBroken = false;

  /** `isPolite`: true at exactly one end, that of the larger PeerId. `nextConnection`: `undefined`: there are too many. */
  constructor(options: {
    isPolite: boolean;
    limits: NegotiationLimits;
    nextConnection: () => number | undefined;
  }) {
    this.#isPolite = options.isPolite;
    this.#limits = options.limits;
    this.#nextConnection = options.nextConnection;
    this.#nextNumber = options.isPolite ? 1 : 0;
  }

  // --- read -----------------------------------------------------------------------------------

  /** Connections that are up or on their way. */
  get size(): number {
    return this.#attempts.size;
  }

  /** Whether we began it. */
  isOfferer(connection: number): boolean {
    return this.#find(connection)?.isOfferer === true;
  }

  // --- commands -------------------------------------------------------------------------------

  /** Begins a connection, or joins the one that is on its way; `undefined`: there are too many. */
  offer(now: Instant): number | undefined {
    const pending = this.#pending();
    if (pending !== undefined) return pending.connection;
    const attempt = this.#add(this.#nextNumber, true, now);
    if (attempt === undefined) return undefined;
    this.#nextNumber += 2;
    this.#outputs.push({ type: "open", connection: attempt.connection, isOfferer: true });
    return attempt.connection;
  }

  /** The channel is gone. Connections that are up stay, as links; the others end. */
  stop(): void {
    for (const attempt of [...this.#attempts.values()]) this.#forget(attempt, !attempt.isUp);
  }

  // --- what the peer said -----------------------------------------------------------------------

  handleMessage(bytes: Uint8Array, now: Instant): void {
    if (this.#isBroken) return;
    try {
      if (!this.#limits.messages.take(1, now)) throw new WireError("ERR_LIMIT", "too many signals");
      this.#receive(decodeSignalMessage(bytes), now);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#isBroken = true;
      this.#outputs.push({ type: "violation" });
    }
  }

  // --- what the adapter says --------------------------------------------------------------------

  handleDescribed(connection: number, { type, sdp, canRestart }: OwnDescription): void {
    const attempt = this.#find(connection);
    if (attempt?.exchange !== "describing" || (type === "offer") !== attempt.isOfferer) return;
    const shown = attempt.isOfferer ? withoutCandidates(sdp) : sdp;
    if (!isDescription(shown)) return this.#end(attempt, "failed");
    attempt.canRestart = canRestart;
    this.#send({ type, connection: attempt.number, canRestart, sdp: shown });
    if (attempt.isOfferer) attempt.exchange = "awaiting";
    else this.#finish(attempt);
  }

  handleCandidate(connection: number, candidate: IceCandidate): void {
    const attempt = this.#find(connection);
    if (attempt === undefined || !isCandidate(candidate) || attempt.candidates >= SIGNAL_CANDIDATES_MAX) return;
    attempt.candidates += 1;
    if (attempt.exchange === "done") this.#send({ type: "candidate", connection: attempt.number, ...candidate });
    else attempt.held.push(candidate);
  }

  /** The peer's description is in force. */
  handleApplied(connection: number): void {
    const attempt = this.#find(connection);
    if (attempt?.exchange !== "applying") return;
    if (attempt.isOfferer) this.#finish(attempt);
    else attempt.exchange = "describing";
    for (const candidate of attempt.received.splice(0))
      this.#outputs.push({ type: "candidate", connection, candidate });
  }

  /** Its data channel is open: it is a link now. */
  handleUp(connection: number): void {
    const attempt = this.#find(connection);
    if (attempt === undefined) return;
    attempt.isUp = true;
    if (attempt.exchange === "done") attempt.deadline = undefined;
  }

  /** What the platform thinks of it. `disconnected` is often over soon; `failed` is not. */
  handleState(connection: number, state: "connected" | "disconnected" | "failed", now: Instant): void {
    const attempt = this.#find(connection);
    if (attempt === undefined) return;
    if (state === "connected") attempt.restartAt = undefined;
    else if (state === "disconnected") attempt.restartAt ??= after(now, SIGNAL_RESTART_AFTER);
    else if (attempt.isUp && canRestart(attempt)) this.#restart(attempt, now);
    else this.#end(attempt, "failed");
  }

  /** The connection is no more, or never was: the link ended, the platform refused something. */
  handleEnded(connection: number): void {
    const attempt = this.#find(connection);
    if (attempt !== undefined) this.#end(attempt, attempt.isUp ? "closed" : "failed");
  }

  // --- time and outputs -------------------------------------------------------------------------

  handleTimeout(now: Instant): void {
    for (const attempt of [...this.#attempts.values()]) {
      if (attempt.deadline !== undefined && now >= attempt.deadline) this.#end(attempt, "failed");
      else if (attempt.restartAt !== undefined && now >= attempt.restartAt) this.#restart(attempt, now);
    }
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const { deadline, restartAt } of this.#attempts.values()) next = sooner(next, sooner(deadline, restartAt));
    return next;
  }

  poll(): NegotiationOutput | undefined {
    return this.#outputs.shift();
  }

  // --- inside -----------------------------------------------------------------------------------

  #receive(message: SignalMessage, now: Instant): void {
    if (message.type === "offer") return this.#handleOffer(message, now);
    const attempt = this.#attempts.get(message.connection);
    if (attempt === undefined) return; // it has ended here, and the peer is about to hear of it
    switch (message.type) {
      case "answer":
        if (attempt.exchange !== "awaiting") throw new WireError("ERR_UNEXPECTED", "answer to nothing");
        attempt.canPeerRestart = message.canRestart;
        return this.#apply(attempt, message);
      case "candidate": {
        attempt.peerCandidates += 1;
        if (attempt.peerCandidates > SIGNAL_CANDIDATES_MAX) throw new WireError("ERR_LIMIT", "too many candidates");
        const { mid, candidate } = message;
        if (!knowsPeer(attempt)) attempt.received.push({ mid, candidate });
        else
          this.#outputs.push({
            type: "candidate",
            connection: attempt.connection,
            candidate: { mid, candidate },
          });
        return;
      }
      case "restart":
        if (attempt.isOfferer && attempt.isUp && canRestart(attempt)) this.#restart(attempt, now);
        return;
      case "end":
        this.#forget(attempt, true);
    }
  }

  #handleOffer(offer: Extract<SignalMessage, { type: "offer" | "answer" }>, now: Instant): void {
    const { connection: number, canRestart } = offer;
    if (number % 2 !== (this.#isPolite ? 0 : 1)) throw new WireError("ERR_VALUE", "offer under a number of ours");
    const known = this.#attempts.get(number);
    if (known !== undefined) {
      if (known.exchange !== "done") throw new WireError("ERR_UNEXPECTED", "offer before the answer to the last");
      begin(known, now);
      known.canPeerRestart = canRestart;
      return this.#apply(known, offer);
    }
    if (number <= this.#lastOffered) return this.#send({ type: "end", connection: number, reason: "closed" });
    this.#lastOffered = number;
    const pending = this.#pending();
    if (pending?.isOfferer === true && !this.#isPolite) return; // the peer takes ours, which is on its way
    if (pending !== undefined) this.#forget(pending, true); // ours yields to it, or the peer gave its own up
    const attempt = this.#limits.offers.take(1, now) ? this.#add(number, false, now) : undefined;
    if (attempt === undefined) return this.#send({ type: "end", connection: number, reason: "busy" });
    attempt.canPeerRestart = canRestart;
    this.#outputs.push({ type: "open", connection: attempt.connection, isOfferer: false });
    this.#apply(attempt, offer);
  }

  #apply(attempt: Attempt, { type, sdp }: { type: "offer" | "answer"; sdp: string }): void {
    attempt.exchange = "applying";
    this.#outputs.push({ type: "apply", connection: attempt.connection, description: { type, sdp } });
  }

  /** Both descriptions are where they belong: what we held back may go. */
  #finish(attempt: Attempt): void {
    attempt.exchange = "done";
    if (attempt.isUp) attempt.deadline = undefined;
    for (const candidate of attempt.held.splice(0))
      this.#send({ type: "candidate", connection: attempt.number, ...candidate });
  }

  /** Only the offerer makes offers, so that none of a restart cross; the other side asks for one. */
  #restart(attempt: Attempt, now: Instant): void {
    attempt.restartAt = undefined;
    if (!attempt.isUp || attempt.exchange !== "done" || !canRestart(attempt)) return; // the session judges it
    if (!attempt.isOfferer) return this.#send({ type: "restart", connection: attempt.number });
    begin(attempt, now);
    attempt.exchange = "describing";
    this.#outputs.push({ type: "restart", connection: attempt.connection });
  }

  /** The one that is neither up nor given up. */
  #pending(): Attempt | undefined {
    for (const attempt of this.#attempts.values()) if (!attempt.isUp) return attempt;
    return undefined;
  }

  #add(number: number, isOfferer: boolean, now: Instant): Attempt | undefined {
    const connection =
      this.#attempts.size < SIGNAL_CONNECTIONS_PER_PEER_MAX && number <= NUMBER_MAX
        ? this.#nextConnection()
        : undefined;
    if (connection === undefined) return undefined;
    const attempt: Attempt = {
      ...{ connection, number, isOfferer, exchange: "describing", isUp: false, restartAt: undefined },
      ...{ deadline: undefined, canRestart: false, canPeerRestart: false },
      ...{ held: [], received: [], candidates: 0, peerCandidates: 0 },
    };
    begin(attempt, now);
    this.#attempts.set(number, attempt);
    return attempt;
  }

  #end(attempt: Attempt, reason: SignalEndReason): void {
    this.#send({ type: "end", connection: attempt.number, reason });
    this.#forget(attempt, true);
  }

  #forget(attempt: Attempt, closes: boolean): void {
    const { connection, number, isUp } = attempt;
    this.#attempts.delete(number);
    if (closes) this.#outputs.push({ type: "close", connection });
    if (!isUp) this.#outputs.push({ type: "failed", connection });
  }

  #find(connection: number): Attempt | undefined {
    for (const attempt of this.#attempts.values()) if (attempt.connection === connection) return attempt;
    return undefined;
  }

  #send(message: SignalMessage): void {
    this.#outputs.push({ type: "send", bytes: encodeSignalMessage(message) });
  }
}

const NUMBER_MAX = 0xffff_ffff;

/** Another exchange of descriptions. */
function begin(attempt: Attempt, now: Instant): void {
  attempt.deadline = after(now, SIGNAL_NEGOTIATION_TIMEOUT);
  attempt.held = [];
  attempt.received = [];
  attempt.candidates = attempt.peerCandidates = 0;
}

const canRestart = (attempt: Attempt): boolean => attempt.canRestart && attempt.canPeerRestart;

/** Whether the peer's description is applied. */
const knowsPeer = ({ isOfferer, exchange }: Attempt): boolean =>
  exchange === "done" || (!isOfferer && exchange === "describing");
