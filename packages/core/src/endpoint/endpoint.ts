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
import { groundOf } from "./endpoint-ground.ts";
import type { EndpointOptions } from "./endpoint-options.ts";
import type { EndpointOutput } from "./endpoint-output.ts";
import { GrantDesk } from "./grant-desk.ts";
import { JoinCodeDesk } from "./join-code-desk.ts";
import { MailDesk } from "./mail-desk.ts";
import { Pairings } from "./pairings.ts";
import { createPersona, type Persona } from "./persona.ts";
import { Presence, type PrivacyLevel, type Sighting } from "./presence.ts";
import { Reception } from "./reception.ts";
import { RelayMeeting } from "./relay-meeting.ts";
import { RoomDesk } from "./room-desk.ts";
import { Rooms } from "./rooms.ts";
import type { LinkId } from "./session-stack.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";
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
  readonly joinCodes: JoinCodeDesk;
  readonly rooms: Rooms;
  readonly #roomDesk: RoomDesk;
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
    this.identity = identity;
    this.name = name;
    this.#at = at;
    this.#sendRateMax = options.sendRateMax;
    this.#main = createPersona(provider, random, identity);
    this.trust = new TrustDesk({ provider, random, identity, restored }, at);
    this.grants = new GrantDesk({ provider, self: identity.peerId, trust: this.trust, restored }, at);
    this.conversations = new Conversations(
      { self: identity.peerId, random, isPersistent: !identity.isOneTime, restored },
      at,
    );
    this.transfers = new Transfers({ provider, restored }, at);
    this.presence = new Presence(options.privacy, name, this.trust.recognition);
    const own = { identity, name, isBlocked: (peer: PeerId): boolean => this.trust.blocked.has(peer) };
    this.joinCodes = new JoinCodeDesk({ random, introduces: own, trust: this.trust, restored }, at);
    this.meeting = new RelayMeeting({ provider, trust: this.trust, reach: () => this.#switchboard.reach.relayed });
    this.pairings = new Pairings({
      provider,
      random,
      ...(options.introduces ?? own),
      attempts: this.trust.limits,
      isContact: (peer) => this.trust.isContact(peer),
      isForCode: options.introduces !== undefined,
      isKeyChanged: (asks, session) => {
        const [hint] = this.#switchboard.reach.straight.hintsOf(session.stack.peer);
        return this.trust.isKeyChanged(asks, hint);
      },
    });
    const ground = groundOf(this.trust, () => ({ switchboard: this.#switchboard, router: this.#router }));
    this.#roomDesk = new RoomDesk({ provider, random, identity, name, trust: this.trust, restored, ground }, at);
    this.rooms = new Rooms({ provider, random, identity, name, desk: this.#roomDesk });
    const { trust, grants, pairings, conversations, transfers, presence } = this;
    const isUp = (peer: PeerId): boolean => this.#switchboard.stateOf(peer) === "open";
    this.mail = new MailDesk({ provider, random, identity, trust, restored, conversations, isUp }, at);
    const [mail, cards, rooms] = [this.mail, this.mail.cards, this.#roomDesk];
    const [protocols, outputs, main] = [new Set(options.protocols), this.#outputs, this.#main];
    this.#router = new ChannelRouter({
      ...{ trust, grants, cards, pairings, conversations, transfers, rooms, protocols, outputs },
    });
    this.#reception = new Reception({
      ...{ provider, random, main, trust, presence },
      isMember: (peer) => rooms.isMember(peer),
      expectsGuests: () => rooms.expectsGuests(this.#at),
      isPairingOpen: () => this.pairings.isOpen(this.#at.now),
      isUsed: (persona) => [...this.#switchboard.sessions].some((session) => session.persona === persona),
    });
    this.#switchboard = new Switchboard({
      provider,
      random,
      main: this.#main,
      directLinksMax: options.directLinksMax,
      now: at.now,
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
      ...{ trust, grants, pairings, conversations, transfers, mail, rooms },
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
    const { reach, requests, census } = this.#switchboard;
    return { ...census, targets: reach.size, requests, transfers: this.transfers.size, untold: this.#outputs.length };
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
    this.#switchboard.reach.straight.setNearby(contacts, at.now, (peer) => this.trust.isContact(peer));
    this.#outputs.push({ type: "changed", what: "nearby" });
  }

  /** After this, send what is left, then drop the links. */
  close(at: Moment): void {
    this.trust.audit({ event: "stopped" }, at);
    this.#roomDesk.close(at);
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
    else if (owner?.of === "room") this.#roomDesk.handleStored(owner.token, isStored, at);
    else if (owner?.of === "pairing" && isStored) this.pairings.handleStored(owner.pairing, owner.token, at.now);
  }

  handleTimeout(at: Moment): void {
    this.#at = at;
    this.#switchboard.handleTimeout(at.now);
    for (const each of [this.pairings, this.conversations, this.transfers, this.grants]) each.handleTimeout(at.now);
    for (const each of [this.#roomDesk, this.trust, this.meeting, this.mail]) each.handleTimeout(at);
  }

  nextTimeout(): Instant | undefined {
    const { conversations, transfers, mail, pairings, grants, trust, meeting } = this;
    const parts = [conversations, transfers, mail, pairings, grants, trust, meeting, this.#switchboard, this.#roomDesk];
    return parts.reduce<Instant | undefined>((next, part) => sooner(next, part.nextTimeout()), undefined);
  }

  // --- once a turn ----------------------------------------------------------------------------

  settle(at: Moment): void {
    this.#at = at;
    const sessionOf = (peer: PeerId): SessionEntry | undefined => this.#switchboard.contactSession(peer, at.now);
    this.#drainSwitchboard(at);
    this.meeting.settle(at);
    this.#desks.drainTrust(at); // whom we no longer trust is not heard any more
    this.conversations.settle(sessionOf, at.now);
    this.#desks.drainConversations(at);
    this.mail.settle(sessionOf, at);
    this.#desks.drainMail(at);
    this.transfers.settle(sessionOf, at.now);
    this.#desks.drainTransfers(at);
    this.#desks.drainPairings(at);
    this.grants.settle(sessionOf, at);
    // What becomes of sessions is news for rooms, and what rooms ask for is answered at once where it can be.
    for (let round = 0; round < ROOM_ROUNDS_MAX; round++) {
      this.#isNewsForRooms = false;
      this.#roomDesk.settle(at);
      this.#desks.drainRooms();
      this.trust.flush(at);
      this.#desks.drainTrust(at);
      this.#switchboard.settle(at.now);
      this.#drainSwitchboard(at);
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
          this.#handleSessionOpened(output.session, output.hint, at);
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
          this.#roomDesk.channels.handleReshaken(output.session, at);
          break;
        case "pathChanged":
          this.#roomDesk.handlePath(output.session, at);
          this.mail.cards.handlePath(output.session, at.now);
          this.mail.handleChanged(output.session.stack.peer);
          this.#isNewsForRooms = true;
          this.#outputs.push(output);
          break;
        case "connected":
        case "connectFailed":
          this.#isNewsForRooms = true;
          if (output.request < 0) this.#roomDesk.handleAnswer(output, at);
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

  /** Through a mesh ourselves, or whichever way the hints lead. */
  #dial(order: Extract<EndpointOutput, { type: "dial" }>, at: Moment): void {
    const { peer, dial, hints } = order;
    const begun = peer === undefined ? "no" : this.#roomDesk.dialThrough(hints[0], peer, dial);
    if (begun === "failed") this.#switchboard.handleDialFailed(dial, at.now);
    else if (begun === "no") this.#outputs.push(order);
  }

  #isBusy(session: SessionId): boolean {
    if (this.transfers.isBusy(session) || this.#router.hasApps(session)) return true;
    const peer = this.#switchboard.session(session)?.stack.peer;
    return peer !== undefined && this.#roomDesk.isNeighbour(peer);
  }

  #handleSessionOpened(session: SessionEntry, hint: string | undefined, at: Moment): void {
    session.stack.setSendRateMax(this.#sendRateMax, at.now);
    const { stack, source, keying } = session;
    const isContact = this.trust.isContact(stack.peer);
    this.#router.handleReachable(stack.peer);
    for (const left of this.pairings.leftBehind(stack.peer, session)) left.stack.close(CLOSE.done, at.now);
    if (isContact) {
      this.trust.book.seen(stack.peer, at.wall, {
        ...(hint !== undefined && { hint }),
        contactKey: keying.remoteContactKey,
      });
    }
    this.trust.audit({ event: "connected", peer: stack.peer, source, detail: isContact ? "contact" : "stranger" }, at);
  }
}
