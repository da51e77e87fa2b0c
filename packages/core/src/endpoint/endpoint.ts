/**
 * One endpoint, whole: an identity, whom it trusts, its sessions and what runs on them. It routes
 * inputs to the machines of this folder and owns no rule of theirs. Inputs and commands come in any
 * number within a turn; then {@link Endpoint.settle}, {@link Endpoint.poll} until empty, and
 * {@link Endpoint.pollTransmit} for every link that has room.
 *
 * @module
 */
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import { type Instant, sooner } from "../lib/time.ts";
import type { OpenJob, SealJob } from "../session/session-output.ts";
import type { Paired } from "../trust/pairing-options.ts";
import { CLOSE } from "../wire/registry.ts";
import { ChannelRouter } from "./channel-router.ts";
import { Conversations } from "./conversations.ts";
import { DeskOutputs } from "./desk-outputs.ts";
import { groundOf, signalsOf } from "./endpoint-ground.ts";
import type { EndpointOptions } from "./endpoint-options.ts";
import type { EndpointOutput } from "./endpoint-output.ts";
import { GrantDesk } from "./grant-desk.ts";
import { NEGOTIATED_HINT } from "./hint.ts";
import { JoinCodeDesk } from "./join-code-desk.ts";
import { MailDesk } from "./mail-desk.ts";
import { Pairings } from "./pairings.ts";
import { createPersona, type Persona } from "./persona.ts";
import { Presence, type PrivacyLevel, type Sighting } from "./presence.ts";
import { QrMeetings } from "./qr-meetings.ts";
import type { Reach } from "./reach.ts";
import { Reception } from "./reception.ts";
import { RelayMeeting } from "./relay-meeting.ts";
import { RoomSpace } from "./room-space.ts";
import type { Rooms } from "./rooms.ts";
import type { LinkId } from "./session-stack.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";
import type { SignalDesk } from "./signal-desk.ts";
import { StoreDesk } from "./store-desk.ts";
import { Switchboard } from "./switchboard.ts";
import type { NewLink } from "./switchboard-output.ts";
import { Transfers } from "./transfers.ts";
import { TrustDesk } from "./trust-desk.ts";

/** Each round answers something that was asked in the one before: more than a few are our bug, or wait for the next turn. */
const ROOM_ROUNDS_MAX = 8;

export class Endpoint {
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly trust: TrustDesk;
  readonly grants: GrantDesk;
  readonly pairings: Pairings;
  readonly conversations: Conversations;
  readonly transfers: Transfers;
  readonly mail: MailDesk;
  readonly presence: Presence;
  readonly meeting: RelayMeeting;
  readonly qrCodes: QrMeetings;
  readonly joinCodes: JoinCodeDesk;
  readonly signals: SignalDesk;
  readonly roomSpace: RoomSpace;
  readonly #main: Persona;
  readonly #sendRateMax: number | undefined;
  readonly #switchboard: Switchboard;
  readonly #store = new StoreDesk();
  readonly #router: ChannelRouter;
  readonly #reception: Reception;
  readonly #desks: DeskOutputs;
  readonly #outputs: EndpointOutput[] = [];
  #at: Moment;
  #isNewsForRooms = false;

  constructor(options: EndpointOptions, at: Moment) {
    const { provider, random, identity, name, restored } = options;
    [this.identity, this.name, this.#at] = [identity, name, at];
    this.#sendRateMax = options.sendRateMax;
    this.#main = createPersona(provider, random, identity);
    this.trust = new TrustDesk({ provider, random, identity, restored }, at);
    this.grants = new GrantDesk({ provider, self: identity.peerId, trust: this.trust, restored }, at);
    const kept = { isPersistent: !identity.isOneTime, keeps: options.keepsChats !== false, restored };
    this.conversations = new Conversations({ self: identity.peerId, random, ...kept }, at);
    this.transfers = new Transfers({ provider, restored }, at);
    this.presence = new Presence(options.privacy, name, this.trust.recognition);
    const own = { identity, name, isBlocked: (peer: PeerId): boolean => this.trust.blocked.has(peer) };
    this.joinCodes = new JoinCodeDesk({ random, introduces: own, trust: this.trust, restored }, at);
    this.pairings = new Pairings({
      provider,
      random,
      ...(options.introduces ?? own),
      attempts: this.trust.limits,
      isContact: (peer) => this.trust.isContact(peer),
      isForCode: options.introduces !== undefined,
      isKeyChanged: (asks, { stack }) => this.trust.isKeyChanged(asks, this.hintsOf(stack.peer)[0]),
    });
    const ground = groundOf(this.trust, () => ({ switchboard: this.#switchboard, router: this.#router }));
    const rooms = new RoomSpace({ provider, random, identity, name, trust: this.trust, restored, ground });
    if (options.rooms !== undefined) rooms.add(options.rooms, at);
    this.roomSpace = rooms;
    this.qrCodes = new QrMeetings(provider, (peer, isHoped) => this.#switchboard.dials.setHope(peer, isHoped));
    this.meeting = new RelayMeeting({
      ...{ provider, trust: this.trust, links: rooms, codes: this.qrCodes },
      setMet: (join, hints, now) => rooms.desk?.joins.handleMet(join, hints, now),
      setNearby: (hints, now) => this.#sight(this.#switchboard.reach.relayed, hints, now),
    });
    const { trust, grants, pairings, conversations, transfers, presence } = this;
    const isUp = (peer: PeerId): boolean => this.#switchboard.stateOf(peer) === "open";
    this.mail = new MailDesk({ provider, random, identity, trust, restored, conversations, isUp }, at);
    const [mail, cards] = [this.mail, this.mail.cards];
    const signals = signalsOf({ identity, hasWebRtc: options.hasWebRtc, trust, rooms }, () => this.#switchboard);
    this.signals = signals;
    const [protocols, outputs, main] = [new Set(options.protocols), this.#outputs, this.#main];
    this.#router = new ChannelRouter({
      ...{ trust, grants, cards, pairings, conversations, transfers, rooms, signals, protocols, outputs },
    });
    this.#reception = new Reception({
      ...{ provider, random, main, trust, presence },
      isMember: (peer) => rooms.isMember(peer),
      expectsGuests: () => rooms.desk?.door.expectsGuests(this.#at) === true,
      isPairingOpen: () => this.pairings.isOpen(this.#at.now),
      isUsed: (persona) => [...this.#switchboard.sessions].some((session) => session.persona === persona),
    });
    this.#switchboard = new Switchboard({
      ...{ provider, random, main, directLinksMax: options.directLinksMax, now: at.now },
      policy: {
        hostFor: (hello, isByMember) => this.#reception.hostFor(hello, isByMember),
        isWelcome: (peer) => !this.trust.blocked.has(peer),
        isContact: (peer) => this.trust.isContact(peer),
        standingOf: (peer) => (rooms.isMember(peer) ? "member" : this.trust.isContact(peer) ? "contact" : "stranger"),
        pinnedHints: (peer) => this.trust.hintsOf(peer),
        dialAs: (peer) => this.#reception.dialAs(peer),
        isBusy: (session) => this.#isBusy(session),
      },
    });
    const [switchboard, router, store] = [this.#switchboard, this.#router, this.#store];
    this.#desks = new DeskOutputs({
      ...{ trust, grants, pairings, conversations, transfers, mail, rooms, signals },
      ...{ switchboard, router, store, main, outputs },
    });
    this.trust.audit({ event: "started" }, at);
  }

  // --- read -----------------------------------------------------------------------------------

  get sessions(): Iterable<SessionEntry> {
    return this.#switchboard.sessions;
  }

  sessionOf(peer: PeerId): SessionEntry | undefined {
    return this.#switchboard.sessionOf(peer);
  }

  session(id: SessionId): SessionEntry | undefined {
    return this.#switchboard.session(id);
  }

  stateOf(peer: PeerId): ReturnType<Switchboard["stateOf"]> {
    return this.#switchboard.stateOf(peer);
  }

  /** Addresses known for `peer`, freshest first. */
  hintsOf(peer: PeerId): readonly string[] {
    return this.#switchboard.reach.straight.hintsOf(peer);
  }

  /** The key under which somebody who scans our QR meets us. */
  answersAs(): { readonly peer: PeerId; readonly isOneTime: boolean } {
    const { identity } = this.#reception.strangersMeet;
    return { peer: identity.peerId, isOneTime: identity.isOneTime };
  }

  /** How much of everything there is; what bounds it is named in `wire/limits.ts`. */
  get census(): Switchboard["census"] & { targets: number; requests: number; transfers: number; untold: number } {
    const { reach, dials, census } = this.#switchboard;
    const [targets, requests, transfers] = [reach.size, dials.requests, this.transfers.size];
    return { ...census, targets, requests, transfers, untold: this.#outputs.length };
  }

  /** Asserts that they were given, at the start or since. */
  get rooms(): Rooms {
    return this.roomSpace.commands;
  }

  // --- commands -------------------------------------------------------------------------------

  /** Reaches a peer, or whoever the hints lead to; answers `connected` or `connectFailed` with `request`. */
  connect(target: { peer: PeerId | undefined; hints: readonly string[] }, request: number, at: Moment): void {
    this.#switchboard.connect(target, request, at.now);
  }

  /** An endpoint that served a join code brought somebody, and our person has agreed. */
  adopt(paired: Paired, at: Moment): void {
    this.trust.audit({ event: "paired", peer: paired.peer, detail: paired.verifiedBy }, at);
    this.#desks.adopt(paired, undefined, at);
  }

  /** Ends what there is with a key that was blocked. */
  expel(peer: PeerId, at: Moment): void {
    this.#switchboard.expel(peer, CLOSE.revoked, at.now);
  }

  closeSession(id: SessionId, at: Moment): void {
    this.#switchboard.session(id)?.stack.close(CLOSE.done, at.now);
  }

  /** Opens a channel of an application's protocol; `undefined`: the session is over, or has too many. */
  openChannel(id: SessionId, protocol: string, channelClass: 0 | 1): number | undefined {
    const entry = this.#switchboard.session(id);
    return entry === undefined ? undefined : this.#router.open(entry, protocol, channelClass);
  }

  setPrivacy(level: PrivacyLevel, at: Moment): void {
    this.presence.setLevel(level);
    this.trust.audit({ event: "privacyChanged", detail: level }, at);
  }

  /** What discovery sees now: contacts among it are recognised and dialled. */
  setNearby(sightings: readonly Sighting[], at: Moment): void {
    const contacts = this.presence.setNearby(sightings, at.wall);
    if (contacts === undefined) return;
    for (const peer of contacts.keys()) if (this.trust.blocked.has(peer)) contacts.delete(peer);
    this.#sight(this.#switchboard.reach.straight, contacts, at.now);
    this.#outputs.push({ type: "changed", what: "nearby" });
  }

  /** After this, send what is left, then drop the links. */
  close(at: Moment): void {
    this.trust.audit({ event: "stopped" }, at);
    this.roomSpace.desk?.close(at);
    this.#switchboard.closeAll(CLOSE.goingAway, at.now);
  }

  // --- what the world did ---------------------------------------------------------------------

  handleLinkUp(link: LinkId, info: NewLink, at: Moment): void {
    this.#switchboard.handleLinkUp(link, info, at.now);
  }

  handlePacket(link: LinkId, packet: Uint8Array, at: Moment): OpenJob | undefined {
    this.#at = at;
    return this.#switchboard.handlePacket(link, packet, at.now);
  }

  /** Returns whether views of `plaintext` live on in outputs; if not, its memory may be used again. */
  handleOpened(link: LinkId, job: OpenJob, plaintext: Uint8Array | undefined, at: Moment): boolean {
    return this.#switchboard.handleOpened(link, job, plaintext, at.now);
  }

  /** `isViolation`: it was ended for what the other side sent, before that reached us. */
  handleLinkDown(link: LinkId, at: Moment, isViolation = false): void {
    this.#switchboard.handleLinkDown(link, at.now, isViolation);
  }

  /** The machine slept for longer than `PATH_DEAD_AFTER`. */
  handleWake(at: Moment): void {
    this.#switchboard.handleWake(at.now);
  }

  handleDialFailed(dial: number, at: Moment): void {
    this.#switchboard.handleDialFailed(dial, at.now);
  }

  /** The transaction is durable, or was not applied. */
  handleStored(token: number, isStored: boolean, at: Moment): void {
    const owner = this.#store.take(token);
    if (owner?.of === "chat") this.conversations.handleStored(owner.peer, owner.token, isStored, at);
    else if (owner?.of === "file") this.transfers.handleStored(owner.key, owner.token, isStored, at.now);
    else if (owner?.of === "trust") this.trust.handleStored(owner.token, isStored, at.now);
    else if (owner?.of === "mail") this.mail.cards.handleStored(owner.token, isStored, at.now);
    else if (owner?.of === "room") this.roomSpace.desk?.handleStored(owner.token, isStored, at);
    else if (owner?.of === "pairing" && isStored) this.pairings.handleStored(owner.pairing, owner.token, at.now);
  }

  handleTimeout(at: Moment): void {
    this.#at = at;
    this.#switchboard.handleTimeout(at.now);
    const { pairings, qrCodes, conversations, transfers, grants, signals } = this;
    for (const each of [pairings, qrCodes, conversations, transfers, grants, signals]) each.handleTimeout(at.now);
    for (const each of [this.roomSpace.desk, this.trust, this.meeting, this.mail]) each?.handleTimeout(at);
  }

  nextTimeout(): Instant | undefined {
    const { conversations, transfers, mail, pairings, qrCodes, grants, trust, meeting, signals } = this;
    const own = [conversations, transfers, mail, pairings, qrCodes, grants, trust, meeting, signals];
    return [...own, this.#switchboard, this.roomSpace.desk].reduce<Instant | undefined>(
      (next, part) => sooner(next, part?.nextTimeout()),
      undefined,
    );
  }

  // --- once a turn ----------------------------------------------------------------------------

  settle(at: Moment): void {
    this.#at = at;
    const sessionOf = (peer: PeerId): SessionEntry | undefined => this.#switchboard.contactSession(peer, at.now);
    this.#drainSwitchboard(at);
    this.#desks.drainTrust(at); // whom we no longer trust is not heard any more
    this.conversations.settle(sessionOf, at.now);
    this.#desks.drainConversations(at);
    this.mail.settle(sessionOf, at);
    this.#desks.drainMail(at);
    this.transfers.settle(sessionOf, at.now);
    this.#desks.drainTransfers(at);
    this.#desks.drainPairings(at);
    this.qrCodes.settle(this.pairings);
    this.grants.settle(sessionOf, at);
    // What becomes of sessions is news for rooms, and what rooms ask for is answered at once where it can be.
    for (let round = 0; round < ROOM_ROUNDS_MAX; round++) {
      this.#isNewsForRooms = false;
      this.roomSpace.desk?.settle(at);
      this.meeting.settle(at);
      this.#desks.drainRooms();
      this.trust.flush(at);
      this.#desks.drainTrust(at);
      this.#switchboard.settle(at.now);
      this.#drainSwitchboard(at);
      this.#desks.drainSignals(at);
      if (!this.#isNewsForRooms) return;
    }
  }

  poll(): EndpointOutput | undefined {
    return this.#outputs.shift();
  }

  pollTransmit(link: LinkId, room: number, at: Moment): SealJob | undefined {
    return this.#switchboard.pollTransmit(link, room, at.now);
  }

  #drainSwitchboard(at: Moment): void {
    for (let output = this.#switchboard.poll(); output !== undefined; output = this.#switchboard.poll()) {
      switch (output.type) {
        case "channel":
          this.#router.route(output.session, output.output, at);
          break;
        case "sessionOpened":
          output.session.stack.setSendRateMax(this.#sendRateMax, at.now);
          this.#desks.greet(output.session, output.hint, at);
          this.#outputs.push(output);
          break;
        case "sessionOver":
          this.#router.handleSessionOver(output.session, output.reason, at);
          this.mail.handleChanged(output.session.stack.peer);
          this.#isNewsForRooms = true;
          this.#outputs.push(output);
          break;
        case "reshaken":
          this.pairings.handleReshaken(output.session, at.now);
          this.roomSpace.desk?.channels.handleReshaken(output.session, at);
          break;
        case "pathChanged":
          this.roomSpace.desk?.handlePath(output.session, at);
          this.mail.cards.handlePath(output.session, at.now);
          this.signals.handleChanged(output.session.stack.peer);
          this.mail.handleChanged(output.session.stack.peer);
          this.#isNewsForRooms = true;
          this.#outputs.push(output);
          break;
        case "connected":
        case "connectFailed":
          this.#isNewsForRooms = true;
          if (output.request < 0) this.roomSpace.desk?.handleAnswer(output, at);
          else this.#outputs.push(output);
          break;
        case "dial":
          this.#dial(output, at);
          this.#isNewsForRooms = true;
          break;
        case "unexpectedPeer":
        case "refused":
        case "misbehaved":
        case "passive":
          this.#desks.tell(output, at);
          break;
        default:
          this.#outputs.push(output);
      }
    }
  }

  /** Through a mesh or inside a session ourselves, or whichever way the hints lead. */
  #dial(order: Extract<EndpointOutput, { type: "dial" }>, at: Moment): void {
    const { peer, dial, hints } = order;
    if (peer !== undefined && hints[0] === NEGOTIATED_HINT) return this.signals.dial(peer, dial, at.now);
    const begun = peer === undefined ? "no" : (this.roomSpace.desk?.dialThrough(hints[0], peer, dial) ?? "no");
    if (begun === "failed") this.#switchboard.handleDialFailed(dial, at.now);
    else if (begun === "no") this.#outputs.push(order);
  }

  /** A contact is dialled for being seen alone; other members of rooms, if their mesh lacks them. */
  #sight(way: Reach, hints: ReadonlyMap<PeerId, readonly string[]>, now: Instant): void {
    const news = way.setNearby(hints, now, (peer) => this.trust.isContact(peer));
    this.roomSpace.desk?.handleSighted(news, now);
  }

  #isBusy(session: SessionId): boolean {
    if (this.transfers.isBusy(session) || this.#router.hasApps(session)) return true;
    const peer = this.#switchboard.session(session)?.stack.peer;
    return peer !== undefined && this.roomSpace.desk?.isNeighbour(peer) === true;
  }
}
