/**
 * Our ways into rooms that go on, each with the number that the program gave it.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { doorSecret, doorTag } from "../identity/door.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, sooner, wallAfter } from "../lib/time.ts";
import { invitationPublicKey } from "../room/invitation.ts";
import type { TypedRoomCode } from "../room/room-code.ts";
import type { RoomId } from "../room/room-id.ts";
import type { Ticket } from "../room/ticket.ts";
import { JOIN_REQUEST_LIFETIME, JOINS_MAX } from "../wire/limits.ts";
import { JoinRun } from "./join-run.ts";
import type { JoinRunOutput, RoomDraft } from "./join-run-output.ts";
import type { Calling } from "./persona.ts";
import type { RoomCall, RoomCalls } from "./room-calls.ts";
import type { RoomMeetings } from "./room-meetings.ts";
import type { SessionEntry } from "./session-table.ts";

export interface RoomJoinsOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly calls: RoomCalls;
  /** Where links that we come by are watched for. */
  readonly meetings: RoomMeetings;
  readonly draft: (room: RoomId, at: Moment) => RoomDraft;
}

export interface RoomJoinsOutput {
  readonly request: number;
  /** As far as it is known. */
  readonly room: RoomId | undefined;
  readonly output: Exclude<JoinRunOutput, { type: "dial" }>;
}

type JoinCall = Extract<RoomCall, { for: "join" }>;

interface Running {
  readonly run: JoinRun;
  readonly calling: Calling;
}

export class RoomJoins {
  readonly #options: RoomJoinsOptions;
  readonly #running = new Map<number, Running>(); // at most JOINS_MAX
  readonly #outputs: RoomJoinsOutput[] = [];
  #nextKnock = -1;

  constructor(options: RoomJoinsOptions) {
    this.#options = options;
  }

  /** Members whose challenge waits for our person, with the room. */
  get challenges(): readonly {
    readonly request: number;
    readonly room: RoomId | undefined;
    readonly member: PeerId;
  }[] {
    return [...this.#running].flatMap(([request, { run }]) => {
      const member = run.challenger;
      return member === undefined ? [] : [{ request, room: run.room, member }];
    });
  }

  /** Rooms that we come into, as far as they are known yet. */
  get rooms(): readonly { readonly room: RoomId; readonly name: string }[] {
    return [...this.#running.values()].flatMap(({ run: { room, roomName } }) =>
      room === undefined ? [] : { room, name: roomName },
    );
  }

  /** Whether one into this room goes on. */
  isJoining(room: RoomId): boolean {
    for (const { run } of this.#running.values()) if (run.room === room) return true;
    return false;
  }

  // --- commands -------------------------------------------------------------------------------

  /** False: as many go on as may. */
  start(
    request: number,
    ticket: Ticket | TypedRoomCode,
    nearby: readonly (readonly string[])[],
    at: Moment,
    known?: RoomDraft,
  ): boolean {
    if (this.#running.size >= JOINS_MAX) return false;
    const { provider, random, identity, name } = this.#options;
    const draft = known === undefined ? this.#options.draft : () => known;
    const run = new JoinRun({ provider, random, self: identity.peerId, name, ticket, nearby, draft });
    const running = { run, calling: this.#callingFor(ticket) };
    this.#running.set(request, running);
    if ("relays" in ticket) this.#options.meetings.begin(request, ticket);
    run.start(at);
    this.#drain(request, running, at);
    return true;
  }

  /**
   * A member that came before us links to whoever answers its own challenge: we knock at its door, as a member. With
   * a number below 0. False: that goes on already, or as many as may.
   */
  knock(draft: RoomDraft, member: PeerId, hints: readonly string[], at: Moment): boolean {
    for (const { run } of this.#running.values()) if (run.room === draft.id && run.knocksAt === member) return false;
    const place = {
      room: draft.id,
      member,
      hints,
      relays: [],
      name: "",
      expires: wallAfter(at.wall, JOIN_REQUEST_LIFETIME),
    };
    return this.start(this.#nextKnock--, { kind: "knock", ...place }, [], at, draft);
  }

  answer(request: number, code: string, at: Moment): boolean {
    return this.#with(request, at, (run) => run.answer(code, at)) ?? false;
  }

  cancel(request: number, at: Moment): void {
    this.#with(request, at, (run) => run.cancel(at));
  }

  // --- what the world did ---------------------------------------------------------------------

  handleConnected({ join, isMet }: JoinCall, session: SessionEntry, at: Moment): void {
    this.#with(join, at, (run) => run.handleConnected(session, isMet, at));
  }

  handleDialFailed({ join, isMet }: JoinCall, at: Moment): void {
    this.#with(join, at, (run) => run.handleDialFailed(isMet, at));
  }

  /** Where whoever made the link may be met now, at relays. */
  handleMet(request: number, hints: readonly string[], at: Moment): void {
    this.#with(request, at, (run) => run.handleMet(hints));
  }

  /** True if the channel is one of these. */
  handleAccepted(session: SessionEntry, channel: number, at: Moment): boolean {
    return this.#onChannel(session, channel, at, (run) => run.handleAccepted(at));
  }

  handleMessages(
    session: SessionEntry,
    channel: number,
    batch: { readonly messages: readonly Uint8Array[]; readonly bytes: number },
    at: Moment,
  ): boolean {
    return this.#onChannel(session, channel, at, (run) => run.handleMessages(batch, at));
  }

  handleWritable(session: SessionEntry, channel: number, at: Moment): boolean {
    return this.#onChannel(session, channel, at, (run) => run.handleWritable());
  }

  handleEnded(session: SessionEntry, channel: number, at: Moment): boolean {
    return this.#onChannel(session, channel, at, (run) => run.handleEnded(at));
  }

  /** Also where it goes on under another handshake. */
  handleSessionOver(session: SessionEntry, at: Moment): void {
    for (const [request, { run }] of [...this.#running])
      if (run.isWith(session)) this.#with(request, at, () => run.handleEnded(at));
  }

  handleTimeout(at: Moment): void {
    for (const request of [...this.#running.keys()]) this.#with(request, at, (run) => run.handleTimeout(at));
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const { run } of this.#running.values()) next = sooner(next, run.nextTimeout());
    return next;
  }

  poll(): RoomJoinsOutput | undefined {
    return this.#outputs.shift();
  }

  // --- inside ---------------------------------------------------------------------------------

  /** We come as who we will be in the room; with an invitation we show its door tag. */
  #callingFor(ticket: Ticket | TypedRoomCode): Calling {
    if ("number" in ticket || ticket.kind === "knock") return { tag: undefined };
    const { provider } = this.#options;
    const door = doorSecret(provider, invitationPublicKey(provider, ticket.seed));
    return { tag: (ephemeralKey) => doorTag(provider, door, ephemeralKey) };
  }

  #onChannel(session: SessionEntry, channel: number, at: Moment, act: (run: JoinRun) => void): boolean {
    for (const [request, { run }] of this.#running) {
      if (!run.isThis(session, channel)) continue;
      this.#with(request, at, act);
      return true;
    }
    return false;
  }

  #with<Answer>(request: number, at: Moment, act: (run: JoinRun) => Answer): Answer | undefined {
    const running = this.#running.get(request);
    if (running === undefined) return undefined;
    const answer = act(running.run);
    this.#drain(request, running, at);
    return answer;
  }

  #drain(request: number, { run, calling }: Running, { now }: Moment): void {
    for (let output = run.poll(); output !== undefined; output = run.poll()) {
      if (output.type !== "dial") this.#outputs.push({ request, room: run.room, output });
      else {
        const { peer, hints, isMet } = output;
        this.#options.calls.begin({ for: "join", join: request, isMet }, { peer, hints, calling }, now);
      }
    }
    if (!run.isOver) return;
    this.#running.delete(request);
    this.#options.meetings.end(request);
  }
}
