/**
 * Better links for sessions that a relay, or others of a mesh, carry: WebRTC connections with contacts and members of
 * our rooms, negotiated over a channel of the session itself (spec/signaling.md). The side with the smaller PeerId opens
 * the channel; that it is accepted says that both can. When to try, and when again, is {@link Ways}' business; this
 * desk runs the negotiation of each peer, and tells an adapter what to do with connections.
 *
 * @module
 */
import { streamBytes } from "../channel/message-assembler.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { Deadlines } from "../lib/deadlines.ts";
import { type Instant, sooner } from "../lib/time.ts";
import {
  Negotiation,
  type NegotiationLimits,
  type NegotiationOutput,
  negotiationLimits,
  type OwnDescription,
} from "../link/negotiation.ts";
import type { IceCandidate } from "../link/signal-message.ts";
import { PROTOCOL, RESET } from "../wire/registry.ts";
import { SIGNAL_CONNECTIONS_MAX } from "../wire/signal-limits.ts";
import { ContactChannel } from "./contact-channel.ts";
import type { SessionEntry } from "./session-table.ts";
import type { Ways } from "./ways.ts";

/** For the adapter. `connection` is never used again once it is closed. */
export type RtcOrder =
  /** `dial`: what the link answers, if we began. */
  | {
      readonly type: "open";
      readonly connection: number;
      readonly isOfferer: boolean;
      readonly dial: number | undefined;
      readonly peer: PeerId;
    }
  | Extract<NegotiationOutput, { type: "apply" | "candidate" | "restart" | "close" }>;

export type SignalOutput =
  | { readonly type: "rtc"; readonly order: RtcOrder }
  | { readonly type: "dialFailed"; readonly dial: number };

export interface SignalParts {
  readonly self: PeerId;
  /** Whether there is an adapter that makes connections. */
  readonly isOffered: boolean;
  /** A contact, or a member of a room with us, whom nobody blocked. */
  readonly mayConnect: (peer: PeerId) => boolean;
  /** The session with `peer` under the device's own identity. */
  readonly sessionOf: (peer: PeerId) => SessionEntry | undefined;
  readonly ways: () => Ways;
}

interface Talk {
  readonly channel: ContactChannel;
  machine: Negotiation | undefined; //        while the channel is open
  readonly limits: NegotiationLimits; //      of the session: another channel is no fresh start
  isBarred: boolean; //                       the peer broke the rules
  /** Dials that wait for a connection: the one that began it, and those that came while the peer's was on its way. */
  readonly began: Map<number, number>;
  readonly joined: Map<number, number[]>;
}

export class SignalDesk {
  readonly #parts: SignalParts;
  readonly #talks = new Map<PeerId, Talk>(); // at most one a session
  readonly #peers = new Map<number, PeerId>(); // by connection; at most SIGNAL_CONNECTIONS_MAX
  readonly #touched = new Set<PeerId>();
  readonly #deadlines = new Deadlines<PeerId>();
  readonly #outputs: SignalOutput[] = [];
  #lastConnection = 0;

  constructor(parts: SignalParts) {
    this.#parts = parts;
  }

  /** Connections that are up or on their way. */
  get size(): number {
    return this.#peers.size;
  }

  // --- commands -------------------------------------------------------------------------------

  /** A better link to `peer` is wanted. */
  dial(peer: PeerId, dial: number, now: Instant): void {
    const talk = this.#talks.get(peer);
    const connection = talk?.machine?.offer(now);
    if (talk === undefined || connection === undefined) {
      this.#outputs.push({ type: "dialFailed", dial });
      return;
    }
    if (talk.machine?.isOfferer(connection) === true && !talk.began.has(connection)) talk.began.set(connection, dial);
    else talk.joined.set(connection, [...(talk.joined.get(connection) ?? []), dial]);
    this.#drain(peer, talk, now);
  }

  // --- what the adapter says --------------------------------------------------------------------

  handleDescribed(connection: number, description: OwnDescription, now: Instant): void {
    this.#tell(connection, now, (machine) => machine.handleDescribed(connection, description));
  }

  handleCandidate(connection: number, candidate: IceCandidate, now: Instant): void {
    this.#tell(connection, now, (machine) => machine.handleCandidate(connection, candidate));
  }

  handleApplied(connection: number, now: Instant): void {
    this.#tell(connection, now, (machine) => machine.handleApplied(connection));
  }

  /** Its data channel is open, and the link that it is was added. */
  handleUp(connection: number, now: Instant): void {
    this.#tell(connection, now, (machine, talk) => {
      machine.handleUp(connection);
      talk.began.delete(connection); // the link answers it
      this.#failJoined(talk, connection);
    });
  }

  handleState(connection: number, state: "connected" | "disconnected" | "failed", now: Instant): void {
    this.#tell(connection, now, (machine) => machine.handleState(connection, state, now));
  }

  /** It is no more: the adapter has let it go. */
  handleEnded(connection: number, now: Instant): void {
    this.#tell(connection, now, (machine) => machine.handleEnded(connection));
    this.#peers.delete(connection);
  }

  // --- what sessions do -------------------------------------------------------------------------

  /** Its links are others than before, or who it is to us. */
  handleChanged(peer: PeerId): void {
    if (this.#parts.isOffered) this.#touched.add(peer);
  }

  handleOffered(session: SessionEntry, channel: number, now: Instant): void {
    const { peer } = session.stack;
    const isOwn = this.#parts.sessionOf(peer) === session;
    if (!this.#parts.isOffered || !isOwn) return session.stack.reset(channel, RESET.refused);
    const isBarred = this.#talks.get(peer)?.isBarred === true;
    if (isBarred || !this.#parts.mayConnect(peer)) return session.stack.reset(channel, RESET.notAuthorized);
    this.#talkWith(peer, now).channel.handleOffered(session, channel, now);
    this.#touched.add(peer);
  }

  /** True if the channel is one of ours here. */
  handleAccepted(session: SessionEntry, channel: number, now: Instant): boolean {
    const talk = this.#find(session, channel);
    talk?.channel.handleAccepted(now);
    return talk !== undefined;
  }

  handleMessages(session: SessionEntry, channel: number, messages: readonly Uint8Array[], now: Instant): boolean {
    const talk = this.#find(session, channel);
    if (talk === undefined) return false;
    for (const message of messages) talk.machine?.handleMessage(message, now);
    talk.channel.consumed(messages.reduce((bytes, { length }) => bytes + streamBytes(length), 0));
    this.#drain(session.stack.peer, talk, now);
    return true;
  }

  handleWritable(session: SessionEntry, channel: number, now: Instant): boolean {
    const talk = this.#find(session, channel);
    talk?.channel.handleWritable(now);
    return talk !== undefined;
  }

  /** The peer sends no more (`isOver` false), or the channel is over. */
  handleEndedChannel(session: SessionEntry, channel: number, isOver: boolean, now: Instant): boolean {
    const talk = this.#find(session, channel);
    talk?.channel.handleEnded(isOver, now);
    return talk !== undefined;
  }

  handleSessionOver(session: SessionEntry, now: Instant): void {
    const { peer } = session.stack;
    const talk = this.#talks.get(peer);
    if (talk === undefined) return;
    talk.channel.handleSessionOver(session, now);
    if (!talk.channel.isNone) return; // another session has it
    this.#talks.delete(peer);
    this.#deadlines.set(peer, undefined);
  }

  // --- time and outputs -------------------------------------------------------------------------

  handleTimeout(now: Instant): void {
    for (const peer of this.#deadlines.take(now)) {
      const talk = this.#talks.get(peer);
      if (talk === undefined) continue;
      this.#touched.add(peer);
      talk.channel.handleTimeout(now);
      talk.machine?.handleTimeout(now);
      this.#drain(peer, talk, now);
    }
  }

  nextTimeout(): Instant | undefined {
    return this.#deadlines.next();
  }

  /** Once a turn: whose session could do with a better link. */
  settle(now: Instant): void {
    for (const peer of this.#touched) {
      this.#touched.delete(peer);
      const session = this.#parts.sessionOf(peer);
      if (session === undefined || session.stack.isOver) continue;
      if (!this.#parts.mayConnect(peer)) this.#talks.get(peer)?.channel.drop(RESET.notAuthorized, now);
      else this.#settleOne(peer, session, now);
    }
  }

  poll(): SignalOutput | undefined {
    return this.#outputs.shift();
  }

  // --- inside -----------------------------------------------------------------------------------

  #settleOne(peer: PeerId, session: SessionEntry, now: Instant): void {
    const { linkCount, ways } = session.stack;
    const has = linkCount === 0 ? "none" : ways.straight || ways.negotiated ? "direct" : "lesser";
    const opens = has === "lesser" && this.#parts.self < peer;
    const talk = opens ? this.#talkWith(peer, now) : this.#talks.get(peer);
    if (talk === undefined) return;
    if (opens && !talk.isBarred && talk.channel.isNone && talk.channel.askAgainAt === undefined)
      talk.channel.open(session, now);
    this.#parts.ways().handleNegotiable(peer, talk.machine !== undefined, has, now);
    this.#refreshDeadline(peer, talk);
  }

  #talkWith(peer: PeerId, now: Instant): Talk {
    const known = this.#talks.get(peer);
    if (known !== undefined) return known;
    const { self } = this.#parts;
    const channel = new ContactChannel(self, PROTOCOL.signal, {
      handleChannelOpened: () => {
        const [isPolite, limits] = [self > peer, talk.limits];
        talk.machine = new Negotiation({ isPolite, limits, nextConnection: () => this.#nextConnection(peer) });
        this.#touched.add(peer);
      },
      handleChannelClosed: (now) => {
        talk.machine?.stop();
        this.#drain(peer, talk, now);
        talk.machine = undefined;
        this.#touched.add(peer);
      },
      handleFull: (now) => channel.drop(RESET.cancelled, now), // who does not read is not talked to
      handleWritable: () => {},
    });
    const [began, joined] = [new Map<number, number>(), new Map<number, number[]>()];
    const limits = negotiationLimits(now);
    const talk: Talk = { channel, machine: undefined, limits, isBarred: false, began, joined };
    this.#talks.set(peer, talk);
    return talk;
  }

  #failJoined({ joined }: Talk, connection: number): void {
    for (const dial of joined.get(connection) ?? []) this.#outputs.push({ type: "dialFailed", dial });
    joined.delete(connection);
  }

  #nextConnection(peer: PeerId): number | undefined {
    if (this.#peers.size >= SIGNAL_CONNECTIONS_MAX) return undefined;
    this.#lastConnection += 1;
    this.#peers.set(this.#lastConnection, peer);
    return this.#lastConnection;
  }

  #find(session: SessionEntry, channel: number): Talk | undefined {
    const talk = this.#talks.get(session.stack.peer);
    return talk?.channel.isThis(session, channel) === true ? talk : undefined;
  }

  #tell(connection: number, now: Instant, tell: (machine: Negotiation, talk: Talk) => void): void {
    const peer = this.#peers.get(connection);
    const talk = peer === undefined ? undefined : this.#talks.get(peer);
    if (peer === undefined || talk?.machine === undefined) return;
    tell(talk.machine, talk);
    this.#drain(peer, talk, now);
  }

  #drain(peer: PeerId, talk: Talk, now: Instant): void {
    const { machine, began, channel } = talk;
    for (let output = machine?.poll(); output !== undefined; output = machine?.poll()) {
      switch (output.type) {
        case "send":
          channel.send(output.bytes, now);
          break;
        case "open":
          this.#outputs.push({ type: "rtc", order: { ...output, dial: began.get(output.connection), peer } });
          break;
        case "failed": {
          const dial = began.get(output.connection);
          if (dial !== undefined) this.#outputs.push({ type: "dialFailed", dial });
          began.delete(output.connection);
          this.#failJoined(talk, output.connection);
          break;
        }
        case "violation":
          talk.isBarred = true;
          channel.drop(RESET.protocolError, now);
          break;
        case "close":
          this.#peers.delete(output.connection);
          this.#outputs.push({ type: "rtc", order: output });
          break;
        default:
          this.#outputs.push({ type: "rtc", order: output });
      }
    }
    this.#refreshDeadline(peer, talk);
  }

  #refreshDeadline(peer: PeerId, { channel, machine }: Talk): void {
    this.#deadlines.set(peer, sooner(machine?.nextTimeout(), channel.isNone ? channel.askAgainAt : undefined));
  }
}
