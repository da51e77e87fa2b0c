/**
 * An endpoint as the SDK gives it out: the core machine, its driver, and a handle for each concern.
 *
 * @module
 */
import {
  CHANNEL_CLASS,
  Endpoint as CoreEndpoint,
  fingerprint,
  type PeerId,
  parsePeerId,
  type RoomId,
} from "@kith/core";
import { AlarmList } from "./alarm-list.ts";
import { Announcer } from "./announcer.ts";
import type { Alarm, Channel, Endpoint, NearbyPeer, PeerSession, PrivacyLevel, SessionView, Waiting } from "./api.ts";
import { AuditHandle } from "./audit-handle.ts";
import type { BackupFile } from "./backup-api.ts";
import { LateCards } from "./card/late-cards.ts";
import { channelTaker } from "./channel-taker.ts";
import { ChatHandle } from "./chat-handle.ts";
import { Dialler } from "./dialler.ts";
import { Driver, type DriverEvent } from "./driver.ts";
import { EndpointError, endpointClosed } from "./endpoint-error.ts";
import { coreOptions, type EndpointParts, oneTimeParts } from "./endpoint-parts.ts";
import { LateFacts } from "./fact/late-facts.ts";
import { FilesHandle } from "./files-handle.ts";
import { copyIdentity } from "./identity-copy.ts";
import { JoinCodesHandle } from "./join-codes-handle.ts";
import { LateRooms } from "./late-rooms.ts";
import { nearbyViews } from "./nearby-views.ts";
import { type Observable, Subject } from "./observable.ts";
import { PairingHandle } from "./pairing-handle.ts";
import { Relays } from "./relays.ts";
import type { RelayList } from "./relays-api.ts";
import { isRoomEvent } from "./room-event.ts";
import { SessionDesk } from "./session-desk.ts";
import type { SessionHandle } from "./session-handle.ts";
import { StoreKeeper } from "./store-keeper.ts";
import { type Link, parseHint } from "./transport.ts";
import { TrustHandle } from "./trust-handle.ts";
import { DirectHandle } from "./webrtc/direct-handle.ts";
import { RtcDesk } from "./webrtc/rtc-desk.ts";

export class EndpointHandle implements Endpoint {
  readonly id: PeerId;
  readonly fingerprint: string;
  readonly name: string;
  readonly isOneTime: boolean;
  readonly trust: TrustHandle;
  readonly pairing: PairingHandle;
  readonly direct: DirectHandle | undefined;
  readonly joinCodes: JoinCodesHandle;
  readonly rooms: LateRooms;
  readonly cards: LateCards;
  readonly facts: LateFacts;
  readonly chat: ChatHandle;
  readonly files: FilesHandle;
  readonly audit: AuditHandle;
  readonly #parts: EndpointParts;
  readonly driver: Driver;
  readonly dialler: Dialler;
  readonly #announcer: Announcer;
  readonly #privacy: Subject<PrivacyLevel>;
  readonly #nearby = new Subject<readonly NearbyPeer[]>([]);
  readonly #alarms = new AlarmList();
  readonly #relays: Relays;
  readonly #keeper: StoreKeeper;
  readonly #rtc: RtcDesk | undefined;
  readonly #sessions: SessionDesk;
  readonly #stale = new Set<"contacts" | "nearby" | "pairings" | "transfers" | "sessions">();
  #stopWatching: () => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(parts: EndpointParts) {
    this.#parts = parts;
    const { identity, provider, random, clock, store, webRtc } = parts;
    const dialRelay = (hints: readonly string[]): Link | undefined => this.#relays.dial(hints);
    this.dialler = new Dialler({ transports: parts.transports, dialRelay });
    const core = new CoreEndpoint(coreOptions(parts), { now: clock.now(), wall: clock.wall() });
    this.driver = new Driver({
      core,
      provider,
      bulkAead: parts.bulkAead,
      clock,
      dial: (hints, signal) => this.dialler.dial(hints, signal),
      endOfTurn: parts.endOfTurn,
      emit: (output) => this.#handle(output),
      settled: () => this.#refresh(),
      woke: () => {
        parts.discovery?.refresh();
        this.#relays.restart();
      },
    });
    const storeFailed = (): void => parts.note("store-failed", undefined);
    this.#keeper = new StoreKeeper({ driver: this.driver, store, failed: storeFailed });
    this.#rtc =
      webRtc && new RtcDesk({ driver: this.driver, clock, webRtc, iceServers: () => this.#relays.turnServers });
    this.#relays = new Relays({
      ...{ core, identity, provider, random, clock, store, restored: parts.restored },
      ...{ addresses: parts.relays, visitRelays: parts.visitRelays, webSocket: parts.webSocket, webRtc },
      addLink: (link) => this.driver.addLink(link, undefined),
      touch: () => this.driver.touch(),
      note: (code) => parts.note(code, undefined),
    });
    const moved = (): void => this.#relays.hurry();
    this.#announcer = new Announcer({ driver: this.driver, clock, discovery: parts.discovery, moved });
    this.id = identity.peerId;
    this.fingerprint = fingerprint(provider, identity.peerId);
    this.name = parts.name;
    this.isOneTime = identity.isOneTime;
    this.#privacy = new Subject<PrivacyLevel>(parts.privacy);
    this.trust = new TrustHandle({ driver: this.driver, provider, random, identity });
    this.#sessions = new SessionDesk({
      driver: this.driver,
      provider,
      contact: (peer) => this.trust.contact(peer),
      takeRoomChannel: ({ room, protocol }, channel) => this.rooms.handleChannel(room, protocol, channel),
      takerOf: (protocol, session) => channelTaker(this, protocol, session),
      changed: () => this.#stale.add("sessions").add("nearby").add("contacts").add("transfers"),
    });
    this.chat = new ChatHandle(this.driver, store, (peer) => core.trust.isContact(peer));
    this.chat.restore(parts.restored.filter(({ key }) => key.startsWith("chat/")));
    this.files = new FilesHandle({
      ...{ driver: this.driver, port: parts.files, store, random, hash: parts.bulkHash },
      isContact: (peer) => core.trust.isContact(peer),
      restored: parts.restored,
    });
    this.audit = new AuditHandle(this.driver, provider, store);
    this.pairing = new PairingHandle({
      driver: this.driver,
      provider,
      addresses: () => this.addresses.get(),
      ...{ relays: this.#relays, sessions: this.#sessions },
      connect: (target, signal) => this.#connect(target, signal === undefined ? {} : { signal }),
      contact: (peer) => this.trust.contact(peer),
    });
    this.#relays.subscribe(() => this.pairing.refresh()); // a QR that is shown names one
    const dial = (peer: PeerId, hint: string, signal?: AbortSignal): Promise<SessionHandle> =>
      this.#sessions.request(signal, (request, at) => core.connect({ peer, hints: [hint] }, request, at));
    this.direct =
      webRtc &&
      new DirectHandle({
        ...{ driver: this.driver, dialler: this.dialler, provider, clock, webRtc },
        ...{ self: identity.peerId, pairing: this.pairing },
        iceServers: () => this.#relays.turnServers,
        connect: dial,
      });
    this.joinCodes = new JoinCodesHandle({
      ...{ driver: this.driver, dialler: this.dialler, provider, random, clock, files: parts.files },
      // An endpoint that serves one code makes no others.
      mailboxes: parts.introduces === undefined ? (parts.mailboxes ?? this.#relays.mailboxes) : undefined,
      makeEndpoint: (identity, introduces) => new EndpointHandle(oneTimeParts(parts, identity, introduces)),
      connect: (peer, hint) => dial(peer, hint),
      adopt: (paired) => this.trust.adopt(paired),
      room: (id) => this.rooms.get(id),
    });
    this.rooms = new LateRooms(parts.rooms, {
      ...{ ...parts, driver: this.driver, relays: this.#relays, contact: (peer) => this.trust.contact(peer) },
      linkWays: () => ({ hints: this.addresses.get(), relays: this.#relays.forLinks }),
      open: (room, protocol, member, options) => this.#openInRoom(room, protocol, member, options),
    });
    if (parts.introduces === undefined) this.rooms.beginAtOnce();
    const nameOf = (peer: PeerId): string | undefined => this.trust.contact(peer)?.name;
    const kept = { identity, provider, random, clock, store, note: parts.note, nameOf };
    this.cards = new LateCards(parts.cards, {
      ...kept,
      trust: {
        contactOf: (peer) => core.trust.book.contactOf(peer),
        isBlocked: (peer) => core.trust.blocked.has(peer),
      },
      relays: this.#relays,
      open: async (peer, protocol, waiting) => (await this.#connect(peer, waiting)).open(protocol, waiting),
    });
    const connect = (peer: PeerId, waiting: Waiting): Promise<SessionHandle> => this.#connect(peer, waiting);
    this.facts = new LateFacts(parts.facts, { ...kept, connect, sessions: this.openSessions });
  }

  /** Listens, looks around and goes on with what was left to do. */
  async start(): Promise<void> {
    const { transports, discovery } = this.#parts;
    await this.#announcer.listen(transports, (link) => this.driver.addLink(link, undefined));
    this.#stopWatching = discovery?.nearby.subscribe(() => this.#takeNearby()) ?? (() => {});
    this.#announcer.announce();
    this.#takeNearby();
    this.#relays.start();
    this.driver.touch();
  }

  get relays(): RelayList {
    return this.#relays;
  }

  get addresses(): Observable<readonly string[]> {
    return this.#announcer.addresses;
  }

  get privacy(): Observable<PrivacyLevel> {
    return this.#privacy;
  }

  get nearby(): Observable<readonly NearbyPeer[]> {
    return this.#nearby;
  }

  get sessions(): AsyncIterable<PeerSession> {
    return this.#sessions.incoming;
  }

  get openSessions(): Observable<readonly SessionView[]> {
    return this.#sessions.open;
  }

  lookAround(): void {
    this.#parts.discovery?.refresh();
    this.#relays.hurry();
  }

  get alarms(): Observable<readonly Alarm[]> {
    return this.#alarms.all;
  }

  async dismissAlarm(id: string): Promise<void> {
    this.#alarms.dismiss(id);
  }

  async setPrivacy(level: PrivacyLevel): Promise<void> {
    this.driver.core.setPrivacy(level, this.driver.moment());
    this.#privacy.set(level);
    this.#announcer.announce();
    this.driver.touch();
  }

  connect(target: PeerId | string, options: Waiting & { readonly expect?: PeerId } = {}): Promise<PeerSession> {
    return this.#connect(target, options);
  }

  exportIdentity(passphrase: string): Promise<string> {
    return copyIdentity(this.#parts, this.driver, passphrase);
  }

  async backup(passphrase: string): Promise<BackupFile> {
    return (await import("./backup.ts")).backUp(this.#parts, this.driver, passphrase);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#announcer.stop();
    this.#stopWatching();
    await this.#parts.discovery?.close(); // the goodbye first: nobody should dial us any more
    await this.#announcer.closeListeners();
    await this.joinCodes.end();
    this.driver.core.close(this.driver.moment());
    this.driver.stop();
    this.direct?.stop();
    this.#rtc?.stop();
    this.#relays.stop();
    await this.joinCodes.close();
    this.#sessions.end();
    this.chat.end();
    this.files.end();
    this.cards.end();
    this.facts.end();
    await this.rooms.end();
    await this.#parts.files?.close();
    await this.#parts.store?.close();
    this.trust.end();
  }

  async #connect(target: string, options: Waiting & { readonly expect?: PeerId }): Promise<SessionHandle> {
    const { signal, expect } = options;
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw endpointClosed();
    const { peer, hints } = this.#resolve(target, expect);
    const { core } = this.driver;
    try {
      return await this.#sessions.request(signal, (request, at) => core.connect({ peer, hints }, request, at));
    } catch (error) {
      this.#parts.discovery?.doubt(target); // it may have left without a goodbye
      throw error;
    }
  }

  async #openInRoom(room: RoomId, protocol: string, member: PeerId, { signal }: Waiting): Promise<Channel> {
    const { rooms } = this.driver.core;
    const session = await this.#sessions.request(signal, (request, at) => rooms.reach(room, member, request, at));
    const begin = (): number | undefined => rooms.openChannel(session.id, room, protocol, CHANNEL_CLASS.interactive);
    return session.openBy(protocol, begin, signal === undefined ? {} : { signal });
  }

  #resolve(target: string, expect: PeerId | undefined): { peer: PeerId | undefined; hints: readonly string[] } {
    if (target === this.id) throw new EndpointError("ERR_ARGUMENT", "Cannot connect to oneself");
    const nearby = this.#nearby.get().find(({ key }) => key === target);
    if (nearby !== undefined) return { peer: expect ?? nearby.peer, hints: nearby.hints };
    const peer = parsePeerId(target);
    if (peer !== undefined) {
      const seen = this.#nearby.get().find((each) => each.peer === peer);
      return { peer, hints: seen?.hints ?? this.driver.core.hintsOf(peer) };
    }
    if (parseHint(target) !== undefined) return { peer: expect, hints: [target] };
    throw new EndpointError(
      "ERR_PEER_UNKNOWN",
      `Cannot find ${JSON.stringify(target)}: no contact, nobody nearby, no host:port`,
    );
  }

  #handle(output: DriverEvent): void {
    switch (output.type) {
      case "store":
        void this.#keeper.keep(output);
        break;
      case "deletePrefix":
        void this.#keeper.deletePrefix(output.prefix);
        break;
      case "rtc":
        this.#rtc?.carry(output.order);
        break;
      case "flowUp":
      case "flowPacket":
      case "flowDown":
        this.rooms.handleFlow(output);
        break;
      case "channel":
      case "sessionOpened":
      case "sessionOver":
      case "pathChanged":
      case "connected":
      case "connectFailed":
        this.#sessions.handle(output);
        break;
      case "chat":
        this.chat.handleEvent(output);
        break;
      case "deposit":
      case "itemTaken":
        this.#relays.mail.carry(output);
        break;
      case "file":
      case "fileSpent":
      case "fileEnded":
        this.files.handle(output);
        break;
      case "changed":
        this.#stale.add(output.what);
        if (output.what === "contacts") this.#announcer.announce();
        break;
      case "keyChanged":
        this.#parts.note("key-changed", output.expected);
        this.#alarm({ kind: "key-changed", peer: output.expected, found: output.found });
        break;
      case "note":
        this.#parts.note(output.code, output.peer);
        if ((output.code === "runs-twice" || output.code === "runs-elsewhere") && output.peer !== undefined)
          this.#alarm({ kind: output.code, peer: output.peer });
        break;
      default:
        if (isRoomEvent(output)) this.rooms.handle(output);
    }
  }

  #alarm(alarm: Omit<Alarm, "id" | "at">): void {
    this.#alarms.raise({ ...alarm, at: this.#parts.clock.wall() });
  }

  /** Views are made anew once a turn, and only those that are out of date. */
  #refresh(): void {
    this.#relays.settle();
    this.files.settle();
    if (this.#stale.has("contacts") || this.#stale.has("sessions")) this.rooms.touchAll();
    this.rooms.refresh();
    if (this.#stale.size === 0) return;
    const stale = new Set(this.#stale);
    this.#stale.clear();
    if (stale.has("contacts")) for (const view of [this.trust, this.chat]) view.refresh();
    if (stale.has("pairings")) this.pairing.refresh();
    if (stale.has("transfers")) this.files.refresh();
    if (stale.has("nearby") || stale.has("contacts")) this.#refreshNearby();
    if (stale.has("sessions") || stale.has("contacts")) this.#sessions.refresh();
  }

  #refreshNearby(): void {
    this.#nearby.setLater(() => nearbyViews(this.driver.core, (peer) => this.trust.contact(peer)?.name));
  }

  #takeNearby(): void {
    const sightings = this.#parts.discovery?.nearby.get();
    if (sightings === undefined) return;
    this.driver.core.setNearby(sightings, this.driver.moment());
    this.driver.touch();
  }
}
