/**
 * From links to sessions: who dials, which link belongs to which session, what happens when links
 * or keys come and go. Above it there are sessions with channels; below, links with packets.
 *
 *     link up ─▶ Doorway ─keyed─▶ SessionTable ─▶ SessionStack
 *        └─(session has keys)─────────────────────────▲
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, sooner } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { ResumeBook } from "../session/resume-book.ts";
import type { OpenJob, SealJob } from "../session/session-output.ts";
import { DIRECT_LINKS_MAX, MEMBER_SESSIONS_MAX } from "../wire/limits.ts";
import { decodeRecordHeader } from "../wire/record-header.ts";
import { CLOSE, PACKET } from "../wire/registry.ts";
import { DialBook, type DialTarget } from "./dial-book.ts";
import { type DoorFailure, type DoorPolicy, Doorway } from "./doorway.ts";
import type { Calling, Persona } from "./persona.ts";
import { encodeReceivedOffsets, takeReceivedOffsets } from "./received-offsets.ts";
import type { LinkId } from "./session-stack.ts";
import { type SessionEntry, type SessionId, SessionTable } from "./session-table.ts";
import { SessionUpkeep } from "./session-upkeep.ts";
import type { NewLink, SwitchboardOutput, SwitchboardPolicy } from "./switchboard-output.ts";
import type { Ways } from "./ways.ts";

interface LinkRecord extends NewLink {
  session: SessionId | undefined;
}

export class Switchboard {
  readonly #random: RandomSource;
  readonly #main: Persona;
  readonly #policy: SwitchboardPolicy;
  readonly #table: SessionTable;
  readonly #book: ResumeBook;
  readonly #doorway: Doorway;
  readonly #dials: DialBook;
  readonly #upkeep: SessionUpkeep;
  readonly #links = new Map<LinkId, LinkRecord>();
  readonly #outputs: SwitchboardOutput[] = [];

  constructor(options: {
    provider: CryptoProvider;
    random: RandomSource;
    main: Persona;
    policy: SwitchboardPolicy;
    directLinksMax?: number | undefined;
    now: Instant;
  }) {
    const { provider, random, main, policy, now } = options;
    const self = main.identity.peerId;
    this.#random = random;
    this.#main = main;
    this.#policy = policy;
    this.#table = new SessionTable({ provider, random });
    this.#book = new ResumeBook({ provider, random, self });
    this.#dials = new DialBook({ self, random, pinned: (peer) => policy.pinnedHints(peer) });
    const [table, book, reach, outputs] = [this.#table, this.#book, this.#dials.reach, this.#outputs];
    const own = options.directLinksMax ?? DIRECT_LINKS_MAX;
    const directMax = { contact: own, member: MEMBER_SESSIONS_MAX, stranger: own };
    this.#upkeep = new SessionUpkeep({ table, book, reach, main, policy, directMax, outputs });
    const door: DoorPolicy = {
      hostFor: (hello, link) => policy.hostFor(hello, this.#links.get(link)?.traits.kind === "routed"),
      isWelcome: (peer) => policy.isWelcome(peer),
      receivedFrom: (peer) => encodeReceivedOffsets(this.#table.of(peer)?.stack.receivedOffsets() ?? []),
      freeIndex: () => this.#freeIndex(),
    };
    this.#doorway = new Doorway({ provider, random, book: this.#book, main, policy: door, now });
  }

  // --- read -----------------------------------------------------------------------------------

  get sessions(): Iterable<SessionEntry> {
    return this.#table.entries;
  }

  session(id: SessionId): SessionEntry | undefined {
    return this.#table.get(id);
  }

  /** The session with `peer` that can carry something new. */
  sessionOf(peer: PeerId): SessionEntry | undefined {
    return this.#table.of(peer);
  }

  /** The session with a contact for a new channel of its chat or files. One that lost its links is to be reached again. */
  contactSession(peer: PeerId, now: Instant): SessionEntry | undefined {
    const entry = this.#table.of(peer);
    if (entry?.persona !== this.#main || !this.#policy.isContact(peer)) return undefined;
    if (entry.stack.linkCount === 0) this.reach.want(peer, "session", now);
    return entry;
  }

  /** The session with `peer` under the device's own identity: the one in which members of rooms meet. */
  ownSession(peer: PeerId): SessionEntry | undefined {
    const entry = this.#table.of(peer);
    return entry?.persona === this.#main ? entry : undefined;
  }

  /** Whether a session with `peer` has a link, or one is being made. */
  stateOf(peer: PeerId): "none" | "connecting" | "open" {
    const entry = this.#table.of(peer);
    if (entry !== undefined && entry.stack.linkCount > 0) return "open";
    return this.#dials.isDialling(peer) ? "connecting" : "none";
  }

  get reach(): Ways {
    return this.#dials.reach;
  }

  /** Requests to connect that have no answer yet, and for whom they wait. */
  get dials(): Pick<DialBook, "requests" | "setHope"> {
    return this.#dials;
  }

  /** How much of everything there is; what bounds it is named in `wire/limits.ts`. */
  get census(): { links: number; sessions: number; closing: number; doors: number; dials: number; resumable: number } {
    const { size: sessions, closing } = this.#table;
    const { size: doors } = this.#doorway;
    return { links: this.#links.size, sessions, closing, doors, dials: this.#dials.size, resumable: this.#book.size };
  }

  // --- commands -------------------------------------------------------------------------------

  /** Reaches a contact, or whoever the hints lead to; answers `connected` or `connectFailed` with `request`. */
  connect(target: DialTarget, request: number, now: Instant): void {
    const open = target.peer === undefined ? undefined : this.#meant(target.peer, target.calling);
    const isUp = open !== undefined && open.stack.linkCount > 0;
    const isEnough = target.isDirect === true ? open?.stack.hasDirectLink === true : isUp;
    this.#dials.connect(target, isEnough ? open : undefined, request, now, isUp);
  }

  /** Ends what there is with `peer`, its resume secrets included. */
  expel(peer: PeerId, code: number, now: Instant): void {
    for (const entry of this.#table.entries) if (entry.stack.peer === peer) entry.stack.close(code, now);
    this.#book.dropPeer(peer);
    this.reach.forget(peer);
  }

  /** No room wants `peer` now: whatever else keeps a session goes on keeping it. */
  release(peer: PeerId, now: Instant): void {
    if (this.#policy.isContact(peer)) return;
    this.reach.release(peer);
    const entry = this.ownSession(peer);
    if (entry !== undefined && entry.stack.channelCount === 0) entry.stack.close(CLOSE.done, now);
  }

  closeAll(code: number, now: Instant): void {
    for (const entry of this.#table.entries) entry.stack.close(code, now);
  }

  // --- links ----------------------------------------------------------------------------------

  handleLinkUp(link: LinkId, info: NewLink, now: Instant): void {
    this.#links.set(link, { ...info, session: undefined });
    const dial = info.dial === undefined ? undefined : this.#dials.get(info.dial);
    if (info.dial === undefined || dial === undefined) {
      this.#doorway.handleArrived(link, info, now);
      return this.#drainDoorway(now);
    }
    const { expected, calling } = dial;
    const session = expected === undefined ? undefined : this.#meant(expected, calling);
    if (session?.stack.attachDialled(link, info.traits, now) === true) {
      this.#attached(link, session, now);
      return;
    }
    const { persona, tag } = this.#dialAs(expected, calling);
    // Resuming would prove nothing about what a link is bound to.
    const canResume = session?.persona === this.#main && info.binding === undefined;
    const resumeId = canResume ? this.#book.idFor(session.stack.peer) : undefined;
    const plan = { persona, expected, resumeId, tag, binding: info.binding };
    this.#doorway.handleDialled(link, plan, info.traits.ordered, now);
    this.#drainDoorway(now);
  }

  handlePacket(link: LinkId, packet: Uint8Array, now: Instant): OpenJob | undefined {
    const record = this.#links.get(link);
    if (record === undefined) return undefined;
    if (record.session !== undefined) return this.#table.get(record.session)?.stack.handleRecord(link, packet, now);
    if (packet[0] === PACKET.record) {
      // It overtook the end of the handshake: what it carries is sent again.
      if (!record.traits.ordered && this.#doorway.isShaking(link)) return undefined;
      return this.#handleFirstRecord(link, record, packet, now);
    }
    this.#doorway.handlePacket(link, packet, now);
    this.#drainDoorway(now);
    return undefined;
  }

  /** Returns whether views of `plaintext` live on in outputs. */
  handleOpened(link: LinkId, job: OpenJob, plaintext: Uint8Array | undefined, now: Instant): boolean {
    const session = this.#links.get(link)?.session;
    const entry = session === undefined ? undefined : this.#table.get(session);
    if (entry === undefined) return false;
    const isKept = entry.stack.handleOpened(job, plaintext, now);
    this.#upkeep.drain(entry, now);
    return isKept;
  }

  /** `isViolation`: the adapter ended it, for what the other side sent. */
  handleLinkDown(link: LinkId, now: Instant, isViolation = false): void {
    const record = this.#links.get(link);
    if (record === undefined) return;
    this.#links.delete(link);
    this.#doorway.forget(link);
    const entry = record.session === undefined ? undefined : this.#table.get(record.session);
    if (isViolation) this.#outputs.push(violation(record.source, entry?.stack.peer));
    if (entry === undefined) {
      if (record.dial !== undefined) this.#dials.handleFailed(record.dial, "unreachable", undefined, now);
      return;
    }
    entry.stack.handleLinkDown(link, now);
    this.#upkeep.drain(entry, now);
  }

  /**
   * The machine slept for longer than links live without a sign of life: those that are up here are
   * dead there, and waiting for their silence would only cost time. Sessions stay, and are dialled.
   */
  handleWake(now: Instant): void {
    for (const { stack } of this.#table.entries) stack.handleWake();
    for (const [link, { session }] of [...this.#links]) {
      if (session === undefined) continue;
      this.#outputs.push({ type: "closeLink", link });
      this.handleLinkDown(link, now);
    }
    this.reach.hurry(now);
  }

  handleDialFailed(dial: number, now: Instant): void {
    this.#dials.handleFailed(dial, "unreachable", undefined, now);
  }

  pollTransmit(link: LinkId, room: number, now: Instant): SealJob | undefined {
    const session = this.#links.get(link)?.session;
    return session === undefined ? undefined : this.#table.get(session)?.stack.pollTransmit(link, room, now);
  }

  // --- time and outputs -----------------------------------------------------------------------

  handleTimeout(now: Instant): void {
    this.#doorway.handleTimeout(now);
    this.#drainDoorway(now);
    this.#book.handleTimeout(now);
    for (const entry of this.#table.takeDue(now)) {
      entry.stack.handleTimeout(now);
      this.#upkeep.drain(entry, now);
    }
    this.reach.handleTimeout(now);
  }

  nextTimeout(): Instant | undefined {
    const links = sooner(this.#doorway.nextTimeout(), this.#table.nextTimeout());
    return sooner(links, sooner(this.#book.nextTimeout(), this.reach.nextTimeout()));
  }

  /** Once a turn, after everything else. */
  settle(now: Instant): void {
    for (const entry of this.#table.takeTouched()) {
      entry.stack.settle(now);
      this.#upkeep.drain(entry, now);
      this.#table.refreshDeadline(entry);
    }
    this.#dials.settle();
    for (let output = this.#dials.poll(); output !== undefined; output = this.#dials.poll()) this.#outputs.push(output);
  }

  poll(): SwitchboardOutput | undefined {
    return this.#outputs.shift();
  }

  // --- inside ---------------------------------------------------------------------------------

  /** The session with `peer` under the identity that we would dial it with. */
  #meant(peer: PeerId, calling: Calling | undefined): SessionEntry | undefined {
    const entry = this.#table.of(peer);
    return entry?.persona === this.#dialAs(peer, calling).persona ? entry : undefined;
  }

  #dialAs(peer: PeerId | undefined, calling: Calling | undefined): ReturnType<SwitchboardPolicy["dialAs"]> {
    const usual = this.#policy.dialAs(peer);
    const meant = calling ?? (peer === undefined ? undefined : this.#table.of(peer)?.calling);
    return meant === undefined ? usual : { persona: this.#main, tag: usual.tag ?? meant.tag };
  }

  /** A link that nobody knows begins with a record: it may be a new way to a session that has keys. */
  #handleFirstRecord(link: LinkId, record: LinkRecord, packet: Uint8Array, now: Instant): OpenJob | undefined {
    try {
      const { index, path } = decodeRecordHeader(packet);
      const entry = this.#table.byIndex(index);
      if (entry?.stack.attachIncoming(link, path, record.traits, now) === true) {
        this.#doorway.forget(link);
        record.session = entry.id;
        return entry.stack.handleRecord(link, packet, now);
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
    this.#doorway.forget(link);
    this.#outputs.push({ type: "closeLink", link });
    return undefined;
  }

  #drainDoorway(now: Instant): void {
    for (let output = this.#doorway.poll(); output !== undefined; output = this.#doorway.poll()) {
      if (output.type === "transmit") this.#outputs.push(output);
      else if (output.type === "failed") this.#handleDoorFailure(output.link, output.reason, output.peer, now);
      else this.#handleKeyed(output, now);
    }
  }

  #handleKeyed(keyed: Extract<ReturnType<Doorway["poll"]>, { type: "keyed" }>, now: Instant): void {
    const { link, keying, persona, resumed, received } = keyed;
    const record = this.#links.get(link);
    if (record === undefined) return;
    const isByHandshake = resumed === undefined;
    const adoption = this.#table.adopt({ keying, persona, isByHandshake, source: record.source }, now);
    if (adoption.outcome === "lost") {
      this.#outputs.push({ type: "closeLink", link });
      const winner = this.#table.of(keying.peer);
      if (winner !== undefined) this.#dials.handleConnected(record.dial, winner, false, now);
      return;
    }
    const { entry } = adoption;
    entry.calling ??= record.dial === undefined ? undefined : this.#dials.get(record.dial)?.calling;
    if (!entry.stack.attachFirst(link, record.traits, now)) {
      // An answer that was lost with its link came again, but its keys were used meanwhile: begin anew.
      this.#outputs.push({ type: "closeLink", link });
      return;
    }
    if (persona === this.#main) this.#book.hold(keying);
    if (received !== undefined) takeReceivedOffsets(entry.stack, received, now);
    if (adoption.outcome === "rekeyed" && adoption.isReshaken) this.#outputs.push({ type: "reshaken", session: entry });
    if (adoption.outcome === "opened") {
      this.#outputs.push({ type: "sessionOpened", session: entry, hint: record.hint });
      if (adoption.replaced !== undefined) this.#upkeep.drain(adoption.replaced, now);
      this.#upkeep.handleOpened(entry, now);
    }
    // Only now do we know who it is; a sealed close is the one answer that nobody else can forge or read.
    if (!this.#policy.isWelcome(keying.peer)) entry.stack.close(CLOSE.revoked, now);
    this.#attached(link, entry, now);
    if (record.traits.kind !== "routed") this.#dropOvertaken(entry, now);
    this.#upkeep.makeRoom(entry, now);
  }

  /** SES-30: another handshake of ours would only renew the session, and end what is bound to the one that it has. */
  #dropOvertaken({ stack, persona }: SessionEntry, now: Instant): void {
    for (const [link, { dial, binding }] of [...this.#links]) {
      if (dial === undefined || binding !== undefined || !this.#doorway.isGreeting(link, persona)) continue;
      if (!this.#dials.handleOvertaken(dial, stack.peer, now)) continue;
      this.#outputs.push({ type: "closeLink", link });
      this.handleLinkDown(link, now);
    }
  }

  #attached(link: LinkId, entry: SessionEntry, now: Instant): void {
    const record = this.#links.get(link);
    if (record === undefined) return;
    record.session = entry.id;
    this.#book.expireAt(entry.keying.resumeId, undefined);
    if (record.hint !== undefined) this.reach.straight.remember(entry.stack.peer, [record.hint], now);
    this.#upkeep.handleLinks(entry, now);
    this.#dials.handleConnected(record.dial, entry, record.traits.kind === "routed", now);
    entry.lastUsedAt = now;
    this.#upkeep.drain(entry, now);
    this.#outputs.push({ type: "pathChanged", session: entry });
  }

  #handleDoorFailure(link: LinkId, reason: DoorFailure, peer: PeerId | undefined, now: Instant): void {
    const record = this.#links.get(link);
    this.#outputs.push({ type: "closeLink", link });
    if (record === undefined) return;
    if (record.dial === undefined) {
      this.#outputs.push({ type: "refused", source: record.source, reason });
      return;
    }
    const expected = this.#dials.get(record.dial)?.expected;
    if (reason === "unexpected-peer" && peer !== undefined && expected !== undefined) {
      this.#outputs.push({ type: "unexpectedPeer", expected, found: peer, hint: record.hint });
    }
    this.#dials.handleFailed(record.dial, reason, peer, now);
  }

  #freeIndex(): number {
    for (;;) {
      const bytes = this.#random(4);
      const index = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
      if (this.#table.byIndex(index) === undefined) return index;
    }
  }
}

const violation = (source: string, peer: PeerId | undefined): SwitchboardOutput =>
  peer === undefined
    ? { type: "refused", source, reason: "violation" }
    : { type: "misbehaved", source, reason: "violation", peer };
