/**
 * One way of ours into a room: whom to ask, one after the other, until a member lets us in or says that nobody will.
 * The member that made the link is asked first, then whoever is near; a room code is asked of everybody near. Where the
 * link names relays, its maker is looked for there as well: whoever arrives under the link's tag is dialled, and learns
 * nothing of us unless it is the maker.
 *
 *     dialling ─▶ asking ─▶ the next … ─▶ in, or failed
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import { after, type Instant, sooner } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { JoinGuest } from "../room/join-guest.ts";
import type { JoinFailure, JoinGuestOutput } from "../room/join-guest-output.ts";
import type { JoinPart } from "../room/join-message.ts";
import type { TypedRoomCode } from "../room/room-code.ts";
import type { RoomId } from "../room/room-id.ts";
import type { Ticket } from "../room/ticket.ts";
import { JOIN_AGAIN, JOIN_CANDIDATES_MAX, JOIN_OPEN_TIMEOUT, JOIN_ROUNDS_MAX } from "../wire/limits.ts";
import { PROTOCOL, RESET } from "../wire/registry.ts";
import { AppChannel } from "./app-channel.ts";
import type { JoinRunOutput, RoomDraft } from "./join-run-output.ts";
import { SETBACKS, WEIGHT } from "./join-setbacks.ts";
import { MakerSearch } from "./maker-search.ts";
import type { RoomJoinFailure } from "./room-output.ts";
import type { SessionEntry } from "./session-table.ts";

export interface JoinRunOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly self: PeerId;
  /** What we call ourselves. */
  readonly name: string;
  readonly ticket: Ticket | TypedRoomCode;
  /** Endpoints that may be members, each by its addresses: two dials of one would take each other's session over. */
  readonly nearby: readonly (readonly string[])[];
  /** Begins a room that we know the id of and nothing else. */
  readonly draft: (room: RoomId, at: Moment) => RoomDraft;
}

interface Asking {
  readonly session: SessionEntry;
  readonly app: AppChannel;
  /** When the channel must be open. */
  readonly openBy: Instant;
  /** Once the channel is open. */
  machine: JoinGuest | undefined;
}

export class JoinRun {
  readonly #options: JoinRunOptions;
  readonly #outputs: JoinRunOutput[] = [];
  /** Sessions with whoever may be asked, in the order in which they came up. */
  #ready: SessionEntry[] = [];
  readonly #asked = new Set<PeerId>(); // in this round; at most as many as were dialled
  #dials = 0;
  #isWide = false; // whoever is near was dialled too
  readonly #search = new MakerSearch();
  #asking: Asking | undefined;
  #draft: RoomDraft | undefined;
  #setback: RoomJoinFailure = "unreachable";
  #rounds = 1;
  #againAt: Instant | undefined;
  /** Asking once more may help. */
  #isHopeful = false;
  /** Our person answered, and the member has not said what that was. */
  #isAnswering = false;
  #isOver = false;

  constructor(options: JoinRunOptions) {
    this.#options = options;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The member whose challenge waits for our person's answer. */
  get challenger(): PeerId | undefined {
    return this.#asking?.machine?.isChallenged === true ? this.#asking.session.stack.peer : undefined;
  }

  /** What the link calls the room: a claim. */
  get roomName(): string {
    const { ticket } = this.#options;
    return "number" in ticket ? "" : ticket.name;
  }

  get room(): RoomId | undefined {
    const { ticket } = this.#options;
    return "number" in ticket ? this.#draft?.id : ticket.room;
  }

  /** The member that made the link. */
  get knocksAt(): PeerId | undefined {
    const { ticket } = this.#options;
    return "number" in ticket ? undefined : ticket.member;
  }

  isWith(session: SessionEntry): boolean {
    return this.#asking?.session === session;
  }

  isThis(session: SessionEntry, channel: number): boolean {
    return this.#asking?.session === session && this.#asking.app.channel === channel;
  }

  // --- commands -------------------------------------------------------------------------------

  start(at: Moment): void {
    const { ticket } = this.#options;
    if ("relays" in ticket) this.#search.begin(ticket, at.now);
    this.#begin();
  }

  #begin(): void {
    const { ticket } = this.#options;
    this.#outputs.push({ type: "step", step: "looking", room: this.room });
    if ("number" in ticket) this.#dialNearby();
    else this.#dial(ticket.member, ticket.hints);
    if (this.#dials === 0) this.#fail("unreachable");
  }

  /** False: nobody asks for an answer, or this can be no code. */
  answer(code: string, at: Moment): boolean {
    const isTaken = this.#asking?.machine?.answer(code, at.now) ?? false;
    this.#isAnswering = isTaken;
    this.#drain(at);
    return isTaken;
  }

  cancel(at: Moment): void {
    if (this.#isOver) return;
    this.#asking?.machine?.cancel();
    this.#drain(at);
    this.#fail("cancelled");
  }

  // --- what the world did ---------------------------------------------------------------------

  handleConnected(session: SessionEntry, isMet: boolean, at: Moment): void {
    this.#handleDialled(isMet);
    this.#ready.push(session);
    this.#next(at);
  }

  handleDialFailed(isMet: boolean, at: Moment): void {
    this.#handleDialled(isMet);
    this.#next(at);
  }

  /** Who is under the link's tag at relays now. */
  handleMet(hints: readonly string[]): void {
    this.#search.handleMet(hints);
    this.#dialMet();
  }

  handleAccepted(at: Moment): void {
    const asking = this.#asking;
    if (asking === undefined || asking.machine !== undefined) return;
    const { provider, random, self, name, ticket } = this.#options;
    const { session } = asking;
    const { peer } = session.stack;
    asking.machine = new JoinGuest({
      ...{ provider, random, self, peer, transcript: session.transcript, ticket, name },
      prekeyOf: (room) => this.#draftOf(room, at).prekey,
    });
    asking.machine.start(at.now);
    this.#drain(at);
  }

  handleMessages(batch: { readonly messages: readonly Uint8Array[]; readonly bytes: number }, at: Moment): void {
    const asking = this.#asking;
    if (asking === undefined) return;
    for (const message of batch.messages) {
      asking.machine?.handleMessage(message, at.now);
      this.#drain(at);
    }
    asking.app.consumed(batch.bytes);
  }

  handleWritable(): void {
    this.#asking?.app.handleWritable();
  }

  /** The channel is over; or what it was proven under is not what it was. */
  handleEnded(at: Moment): void {
    const asking = this.#asking;
    if (asking === undefined) return;
    asking.machine?.handleClosed();
    this.#drain(at);
    if (this.#asking !== asking) return;
    this.#isHopeful = true; // it was never taken: whoever is there may take the next
    this.#leave(at);
  }

  handleTimeout(at: Moment): void {
    this.#asking?.machine?.handleTimeout(at.now);
    this.#drain(at);
    const asking = this.#asking;
    if (asking !== undefined && asking.machine === undefined && at.now >= asking.openBy) this.#giveUp(at);
    if (this.#search.handleTimeout(at.now)) this.#next(at);
    if (this.#againAt === undefined || at.now < this.#againAt) return;
    this.#againAt = undefined;
    this.#isHopeful = false;
    this.#rounds += 1;
    this.#asked.clear();
    this.#search.beginRound();
    this.#isWide = false;
    this.#begin();
  }

  nextTimeout(): Instant | undefined {
    if (this.#isOver) return undefined;
    const asking = this.#asking;
    const next = asking?.machine === undefined ? asking?.openBy : asking.machine.nextTimeout();
    return sooner(sooner(this.#againAt, this.#search.nextTimeout()), next);
  }

  poll(): JoinRunOutput | undefined {
    return this.#outputs.shift();
  }

  // --- whom to ask ------------------------------------------------------------------------------

  #dial(peer: PeerId | undefined, hints: readonly string[]): void {
    this.#dials += 1;
    this.#outputs.push({ type: "dial", peer, hints, isMet: false });
  }

  #handleDialled(isMet: boolean): void {
    if (isMet) this.#search.handleDialled();
    else this.#dials -= 1;
  }

  /** The maker alone is expected at a relay: who is brought to us there instead does not learn who we are. */
  #dialMet(): void {
    const { knocksAt: peer } = this;
    if (this.#isOver || this.#asking !== undefined || peer === undefined || this.#asked.has(peer)) return;
    const hint = this.#search.next();
    if (hint !== undefined) this.#outputs.push({ type: "dial", peer, hints: [hint], isMet: true });
  }

  #dialNearby(): void {
    this.#isWide = true;
    for (const hints of this.#options.nearby.slice(0, JOIN_CANDIDATES_MAX)) this.#dial(undefined, hints);
  }

  /** Asks whoever is ready, looks further, or waits for what is under way. */
  #next(at: Moment): void {
    while (!this.#isOver && this.#asking === undefined) {
      const session = this.#ready.shift();
      if (session === undefined) break;
      const { peer } = session.stack;
      if (session.stack.isOver || this.#asked.has(peer)) continue;
      this.#asked.add(peer);
      const channel = session.stack.open(PROTOCOL.join, 0);
      if (channel === undefined) continue;
      const app = new AppChannel(session.stack, channel);
      this.#asking = { session, app, openBy: after(at.now, JOIN_OPEN_TIMEOUT), machine: undefined };
    }
    if (this.#isOver || this.#asking !== undefined || this.#againAt !== undefined) return;
    this.#dialMet();
    if (this.#dials > 0) return;
    if (!this.#isWide) {
      this.#dialNearby();
      if (this.#dials > 0) return;
    }
    if (this.#search.isDialling) return;
    // An invitation may be on its way to them, made a moment ago; or a session was renewed in the middle of it.
    if (this.#isHopeful && this.#rounds < JOIN_ROUNDS_MAX) {
      this.#againAt = after(at.now, JOIN_AGAIN);
      return;
    }
    const { knocksAt } = this;
    if (this.#search.isOn && knocksAt !== undefined && !this.#asked.has(knocksAt)) return; // it may come yet
    this.#fail(this.#setback);
  }

  /** Its session was renewed, or its links broke, before it took our channel. */
  #giveUp(at: Moment): void {
    this.#isHopeful = true;
    this.#leave(at);
  }

  /** Done with this one: the next. */
  #leave(at: Moment): void {
    const asking = this.#asking;
    if (asking === undefined) return;
    this.#asking = undefined;
    asking.app.stack.reset(asking.app.channel, RESET.cancelled);
    this.#next(at);
  }

  #fail(reason: RoomJoinFailure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#outputs.push({ type: "failed", reason });
    const asking = this.#asking;
    this.#asking = undefined;
    asking?.app.stack.reset(asking.app.channel, RESET.cancelled);
  }

  // --- what comes of it -------------------------------------------------------------------------

  #drain(at: Moment): void {
    for (let asking = this.#asking; asking !== undefined; asking = this.#asking) {
      const output = asking.machine?.poll();
      if (output === undefined) return;
      this.#carryOut(asking, output, at);
    }
  }

  #carryOut(asking: Asking, output: JoinGuestOutput, at: Moment): void {
    switch (output.type) {
      case "send":
        asking.app.send(output.bytes);
        break;
      case "step":
        if (output.step.at === "challenged") this.#answered(asking, "wrong");
        if (output.step.at === "receiving") this.#answered(asking, "right");
        this.#outputs.push({ type: "step", step: output.step.at, room: this.room });
        break;
      case "room":
        this.#draftOf(output.room, at);
        break;
      case "part":
        this.#takePart(asking, output.part, at);
        break;
      case "received":
        this.#answered(asking, "right");
        this.#judge(asking, output.room, at);
        break;
      case "failed":
        this.#answered(asking, "tryLater");
        this.#handleFailure(output.reason, at);
    }
  }

  #answered({ session }: Asking, result: "right" | "wrong" | "tryLater"): void {
    if (this.#isAnswering) this.#outputs.push({ type: "answered", member: session.stack.peer, result });
    this.#isAnswering = false;
  }

  #draftOf(room: RoomId, at: Moment): RoomDraft {
    if (this.#draft?.id !== room) this.#draft = this.#options.draft(room, at);
    return this.#draft;
  }

  #takePart(asking: Asking, part: JoinPart, at: Moment): void {
    try {
      this.#draft?.takePart(part, at);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      asking.machine?.reject();
    }
  }

  #judge({ machine, app, session }: Asking, room: RoomId, at: Moment): void {
    const host = session.stack.peer;
    const draft = this.#draftOf(room, at);
    if (machine === undefined) return;
    if (!isWhole(draft, host, at)) return machine.reject();
    machine.accept();
    this.#drain(at);
    app.stack.finish(app.channel);
    this.#asking = undefined;
    this.#isOver = true;
    this.#outputs.push({ type: "joined", draft, host });
  }

  #handleFailure(reason: JoinFailure, at: Moment): void {
    const { isFinal, failure } = SETBACKS[reason];
    if (isFinal) return this.#fail(failure);
    if (failure === "unknown" || reason === "closed") this.#isHopeful = true;
    if (WEIGHT.indexOf(failure) > WEIGHT.indexOf(this.#setback)) this.#setback = failure;
    this.#leave(at);
  }
}

function isWhole(draft: RoomDraft, host: PeerId, at: Moment): boolean {
  try {
    return draft.isWhole(host, at);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return false;
  }
}
