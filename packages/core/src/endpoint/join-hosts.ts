/**
 * Guests at our door: a machine for each `join/1` channel that somebody opened with us. What they wish for is
 * carried out by the desk of rooms; what is said to them waits for their channels.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, sooner } from "../lib/time.ts";
import { JoinHost } from "../room/join-host.ts";
import type { JoinHostOutput } from "../room/join-host-output.ts";
import type { JoinPart, JoinRefusalWord } from "../room/join-message.ts";
import type { JoinPolicy, JoinRequest } from "../room/join-policy.ts";
import type { JoinRequests } from "../room/join-requests.ts";
import type { RoomId } from "../room/room-id.ts";
import type { AttemptLimits } from "../trust/attempt-limits.ts";
import { JOIN_HOSTS_MAX } from "../wire/limits.ts";
import { RESET } from "../wire/registry.ts";
import { AppChannel } from "./app-channel.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";

export interface JoinHostsOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  readonly attempts: AttemptLimits;
  readonly requests: JoinRequests;
  readonly policy: JoinPolicy;
  readonly isKnown: (peer: PeerId) => boolean;
}

/** As the machine said it, with the session whose guest it is about. */
export interface JoinHostsOutput {
  readonly session: SessionId;
  readonly guest: PeerId;
  readonly output: Exclude<JoinHostOutput, { type: "send" | "over" }>;
}

interface Hosting {
  readonly session: SessionEntry;
  readonly app: AppChannel;
  readonly machine: JoinHost;
}

export class JoinHosts {
  readonly #options: JoinHostsOptions;
  readonly #hosting = new Map<SessionId, Hosting>(); // at most JOIN_HOSTS_MAX
  readonly #outputs: JoinHostsOutput[] = [];

  constructor(options: JoinHostsOptions) {
    this.#options = options;
  }

  /** Guests of the room that wait for a person here. */
  requestsOf(room: RoomId): readonly JoinRequest[] {
    return [...this.#hosting.values()].flatMap(({ machine }) =>
      machine.request?.room === room ? machine.request : [],
    );
  }

  /** The session of a guest that waits for a person here. */
  sessionOf(room: RoomId, guest: PeerId): SessionId | undefined {
    for (const [session, { machine }] of this.#hosting)
      if (machine.request?.room === room && machine.request.guest === guest) return session;
    return undefined;
  }

  // --- commands -------------------------------------------------------------------------------

  approve(room: RoomId, guest: PeerId, at: Moment): boolean {
    return this.#command(room, guest, at, (machine) => machine.approve(at.now, at.wall));
  }

  refuse(room: RoomId, guest: PeerId, at: Moment): boolean {
    return this.#command(room, guest, at, (machine) => {
      machine.refuse();
      return true;
    });
  }

  challenge(room: RoomId, guest: PeerId, at: Moment): boolean {
    return this.#command(room, guest, at, (machine) => machine.challenge(at.now, at.wall));
  }

  /** The guest is a member by our log: it gets what makes it one. */
  admitted(session: SessionId, parts: readonly JoinPart[], at: Moment): void {
    const hosting = this.#hosting.get(session);
    if (hosting === undefined) return;
    hosting.machine.admitted(parts, at.now);
    this.#drain(hosting, at);
  }

  notAdmitted(session: SessionId, why: JoinRefusalWord, at: Moment): void {
    const hosting = this.#hosting.get(session);
    if (hosting === undefined) return;
    hosting.machine.notAdmitted(why);
    this.#drain(hosting, at);
  }

  // --- what the world did ---------------------------------------------------------------------

  handleOffered(session: SessionEntry, channel: number, at: Moment): void {
    const { stack, source, id } = session;
    const old = this.#hosting.get(id);
    if (old !== undefined) this.#end(old, at); // it begins anew
    if (this.#hosting.size >= JOIN_HOSTS_MAX) return stack.reset(channel, RESET.tooMany);
    const { provider, random, identity, attempts, requests, policy, isKnown } = this.#options;
    const machine = new JoinHost({
      ...{ provider, random, attempts, requests, policy, source, now: at.now },
      self: identity.peerId,
      peer: stack.peer,
      transcript: session.transcript,
      isKnown: isKnown(stack.peer),
    });
    stack.accept(channel);
    this.#hosting.set(id, { session, app: new AppChannel(stack, channel), machine });
  }

  /** True if the channel is one of these. */
  handleMessages(
    session: SessionEntry,
    channel: number,
    batch: { readonly messages: readonly Uint8Array[]; readonly bytes: number },
    at: Moment,
  ): boolean {
    const hosting = this.#find(session, channel);
    if (hosting === undefined) return false;
    for (const message of batch.messages) hosting.machine.handleMessage(message, at.now, at.wall);
    hosting.app.consumed(batch.bytes);
    this.#drain(hosting, at);
    return true;
  }

  handleWritable(session: SessionEntry, channel: number, at: Moment): boolean {
    const hosting = this.#find(session, channel);
    if (hosting?.app.handleWritable() === true) {
      hosting.machine.handleWritable(at.now);
      this.#drain(hosting, at);
    }
    return hosting !== undefined;
  }

  handleEnded(session: SessionEntry, channel: number, at: Moment): boolean {
    const hosting = this.#find(session, channel);
    if (hosting !== undefined) this.#end(hosting, at);
    return hosting !== undefined;
  }

  /** Also where it goes on under another handshake: what was proven was bound to the one before. */
  handleSessionOver(session: SessionEntry, at: Moment): void {
    const hosting = this.#hosting.get(session.id);
    if (hosting !== undefined) this.#end(hosting, at);
  }

  handleStored(session: SessionId, token: number, at: Moment): void {
    const hosting = this.#hosting.get(session);
    if (hosting === undefined) return;
    hosting.machine.handleStored(token, at.now, at.wall);
    this.#drain(hosting, at);
  }

  handleTimeout(at: Moment): void {
    for (const hosting of [...this.#hosting.values()]) {
      hosting.machine.handleTimeout(at.now, at.wall);
      this.#drain(hosting, at);
    }
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const { machine } of this.#hosting.values()) next = sooner(next, machine.nextTimeout());
    return next;
  }

  poll(): JoinHostsOutput | undefined {
    return this.#outputs.shift();
  }

  // --- inside ---------------------------------------------------------------------------------

  #command(room: RoomId, guest: PeerId, at: Moment, run: (machine: JoinHost) => boolean): boolean {
    for (const hosting of this.#hosting.values()) {
      const { request } = hosting.machine;
      if (request?.room !== room || request.guest !== guest) continue;
      const isDone = run(hosting.machine);
      this.#drain(hosting, at);
      return isDone;
    }
    return false;
  }

  #find(session: SessionEntry, channel: number): Hosting | undefined {
    const hosting = this.#hosting.get(session.id);
    return hosting?.app.channel === channel ? hosting : undefined;
  }

  #end(hosting: Hosting, at: Moment): void {
    hosting.machine.handleClosed();
    this.#drain(hosting, at);
    this.#forget(hosting, RESET.cancelled);
  }

  #forget({ session, app }: Hosting, code: number): void {
    if (this.#hosting.get(session.id)?.app !== app) return;
    this.#hosting.delete(session.id);
    if (!session.stack.isOver) session.stack.reset(app.channel, code);
  }

  #drain(hosting: Hosting, at: Moment): void {
    const { session, app, machine } = hosting;
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) {
      if (output.type === "send") {
        if (!app.send(output.bytes)) machine.handleFull();
      } else if (output.type !== "over") {
        this.#outputs.push({ session: session.id, guest: session.stack.peer, output });
      } else if (output.end === "protocol") this.#forget(hosting, RESET.protocolError);
      else this.#finish(hosting, at);
    }
  }

  /** The last word, say of refusal, still arrives. */
  #finish({ session, app }: Hosting, _at: Moment): void {
    this.#hosting.delete(session.id);
    if (!session.stack.isOver) session.stack.finish(app.channel);
  }
}
