/**
 * The one channel of a protocol that a contact and we share while a session is up. It is opened by
 * whoever has something to say; if both do at once, the smaller PeerId's stays. One that the contact
 * does not take is asked for again, less and less often.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { after, type Duration, type Instant, millis, minutes, seconds } from "../lib/time.ts";
import { RESET } from "../wire/registry.ts";
import { AppChannel } from "./app-channel.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";

/** A peer that refuses our channel is asked again after so long, then after twice as long each time. */
const ASK_AGAIN_MIN: Duration = seconds(2);
const ASK_AGAIN_MAX: Duration = minutes(10);

/** What speaks on it. */
export interface ChannelMachine {
  handleChannelOpened(now: Instant): void;
  handleChannelClosed(now: Instant): void;
  handleFull(now: Instant): void;
  handleWritable(now: Instant): void;
}

interface Current {
  readonly app: AppChannel;
  readonly session: SessionId;
  readonly isOurs: boolean;
  isOpen: boolean;
}

export class ContactChannel {
  readonly #self: PeerId;
  readonly #protocol: string;
  readonly #machine: ChannelMachine;
  #current: Current | undefined;
  /** Our channels that the peer did not take, in a row; and when the next may be tried. */
  #refusals = 0;
  #askAgainAt: Instant | undefined;

  constructor(self: PeerId, protocol: string, machine: ChannelMachine) {
    this.#self = self;
    this.#protocol = protocol;
    this.#machine = machine;
  }

  get isNone(): boolean {
    return this.#current === undefined;
  }

  /** When it may be asked for again; `undefined`: now. */
  get askAgainAt(): Instant | undefined {
    return this.#askAgainAt;
  }

  isThis(session: SessionEntry, channel: number): boolean {
    return this.#current?.session === session.id && this.#current.app.channel === channel;
  }

  // --- commands -------------------------------------------------------------------------------

  open(session: SessionEntry, now: Instant): void {
    const channel = session.stack.open(this.#protocol, 0);
    if (channel === undefined) return this.#wait(now); // too many channels
    this.#current = { app: new AppChannel(session.stack, channel), session: session.id, isOurs: true, isOpen: false };
  }

  send(bytes: Uint8Array, now: Instant): void {
    if (this.#current?.app.send(bytes) === false) this.#machine.handleFull(now);
  }

  consumed(bytes: number): void {
    this.#current?.app.consumed(bytes);
  }

  drop(code: number, now: Instant): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    current.app.stack.reset(current.app.channel, code);
    this.#machine.handleChannelClosed(now);
  }

  /** We say no more: what was said arrives. */
  finish(now: Instant): void {
    const current = this.#current;
    if (current === undefined) return;
    if (!current.isOpen) return this.drop(RESET.cancelled, now);
    this.#current = undefined;
    current.app.stack.finish(current.app.channel);
    this.#machine.handleChannelClosed(now);
  }

  // --- what the world did ---------------------------------------------------------------------

  /** There is a session with the peer, or it is a contact from now on. */
  handleReachable(): void {
    this.#refusals = 0;
    this.#askAgainAt = undefined;
  }

  /** The peer opened a channel of this protocol, and may. */
  handleOffered(session: SessionEntry, channel: number, now: Instant): void {
    const current = this.#current;
    if (current?.session === session.id && current.isOurs && this.#self < session.stack.peer) {
      session.stack.reset(channel, RESET.cancelled); // ours stays
      return;
    }
    this.drop(RESET.cancelled, now);
    session.stack.accept(channel);
    this.#current = { app: new AppChannel(session.stack, channel), session: session.id, isOurs: false, isOpen: true };
    this.#machine.handleChannelOpened(now);
  }

  handleAccepted(now: Instant): void {
    if (this.#current === undefined) return;
    this.#current.isOpen = true;
    this.#refusals = 0;
    this.#machine.handleChannelOpened(now);
  }

  handleWritable(now: Instant): void {
    if (this.#current?.app.handleWritable() === true) this.#machine.handleWritable(now);
  }

  /** The peer sends no more (`isOver` false), or the channel is over. */
  handleEnded(isOver: boolean, now: Instant): void {
    const current = this.#current;
    if (current === undefined) return;
    if (!isOver) current.app.stack.reset(current.app.channel, RESET.cancelled);
    if (current.isOurs && !current.isOpen) this.#wait(now);
    this.#current = undefined;
    this.#machine.handleChannelClosed(now);
  }

  handleSessionOver(session: SessionEntry, now: Instant): void {
    if (this.#current?.session !== session.id) return;
    this.#current = undefined;
    this.#machine.handleChannelClosed(now);
  }

  handleTimeout(now: Instant): void {
    if (this.#askAgainAt !== undefined && now >= this.#askAgainAt) this.#askAgainAt = undefined;
  }

  #wait(now: Instant): void {
    const wait = Math.min(ASK_AGAIN_MAX, ASK_AGAIN_MIN * 2 ** Math.min(this.#refusals, 16));
    this.#refusals += 1;
    this.#askAgainAt = after(now, millis(wait));
  }
}
