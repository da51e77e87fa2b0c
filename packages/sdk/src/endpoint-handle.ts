/**
 * An endpoint as the SDK gives it out: the core machine, its driver, and a handle for each concern.
 *
 * @module
 */
import {
  Endpoint as CoreEndpoint,
  type EndpointOutput,
  exportIdentity,
  fingerprint,
  type PeerId,
  parsePeerId,
  type RoomId,
} from "@kith/core";
import { AlarmList } from "./alarm-list.ts";
import type { Alarm, Channel, Endpoint, NearbyPeer, PeerSession, PrivacyLevel, SessionView, Waiting } from "./api.ts";
import { AuditHandle } from "./audit-handle.ts";
import { ChatHandle } from "./chat-handle.ts";
import type { Clock } from "./clock.ts";
import { Driver } from "./driver.ts";
import { EndpointError, endpointClosed } from "./endpoint-error.ts";
import { type EndpointParts, oneTimeParts } from "./endpoint-parts.ts";
import { FilesHandle } from "./files-handle.ts";
import { JoinCodesHandle } from "./join-codes-handle.ts";
import { type Observable, Subject } from "./observable.ts";
import { PairingHandle } from "./pairing-handle.ts";
import { Relays } from "./relays.ts";
import type { RelayList } from "./relays-api.ts";
import { RoomFilesHandle, roomFilesPrefix } from "./room-files-handle.ts";
import { Kept } from "./room-refusal.ts";
import { isRoomEvent, RoomsHandle } from "./rooms-handle.ts";
import { SessionDesk } from "./session-desk.ts";
import type { SessionHandle } from "./session-handle.ts";
import { formatHint, type Listener, parseHint } from "./transport.ts";
import { TrustHandle } from "./trust-handle.ts";

/** How often what we announce is looked at again: hints live for a quarter of an hour. */
const ANNOUNCE_EVERY_MS = 60_000;

export class EndpointHandle implements Endpoint {
  readonly id: PeerId;
  readonly fingerprint: string;
  readonly name: string;
  readonly isOneTime: boolean;
  readonly trust: TrustHandle;
  readonly pairing: PairingHandle;
  readonly joinCodes: JoinCodesHandle;
  readonly rooms: RoomsHandle;
  readonly chat: ChatHandle;
  readonly files: FilesHandle;
  readonly audit: AuditHandle;
  readonly #parts: EndpointParts;
  readonly driver: Driver;
  readonly #listeners: Listener[] = [];
  readonly #addresses = new Subject<readonly string[]>([]);
  readonly #privacy: Subject<PrivacyLevel>;
  readonly #nearby = new Subject<readonly NearbyPeer[]>([]);
  readonly #alarms = new AlarmList();
  readonly #relays: Relays;
  readonly #sessions: SessionDesk;
  readonly #stale = new Set<"contacts" | "nearby" | "pairings" | "transfers" | "sessions">();
  #stopWatching: () => void = () => {};
  #cancelAnnouncing: () => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(parts: EndpointParts) {
    this.#parts = parts;
    const { identity, provider, random, clock, store } = parts;
    const moment = { now: clock.now(), wall: clock.wall() };
    const core = new CoreEndpoint(parts, moment);
    this.driver = new Driver({
      core,
      provider,
      clock,
      store,
      transports: parts.transports,
      dialRelay: (hints) => this.#relays.dial(hints),
      endOfTurn: parts.endOfTurn,
      emit: (output) => this.#handle(output),
      settled: () => this.#refresh(),
      woke: () => {
        parts.discovery?.refresh();
        this.#relays.restart();
      },
    });
    this.#relays = new Relays({
      ...{ core, identity, provider, random, clock, store, restored: parts.restored },
      ...{ addresses: parts.relays, visitRelays: parts.visitRelays, webSocket: parts.webSocket },
      addLink: (link) => this.driver.addLink(link, undefined),
      touch: () => this.driver.touch(),
      note: (code) => parts.note(code, undefined),
    });
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
      changed: () => this.#stale.add("sessions").add("nearby").add("contacts").add("transfers"),
    });
    this.chat = new ChatHandle(this.driver, store, (peer) => core.trust.isContact(peer));
    this.chat.restore(parts.restored.filter(({ key }) => key.startsWith("chat/")));
    this.files = new FilesHandle({
      driver: this.driver,
      port: parts.files,
      store,
      random,
      isContact: (peer) => core.trust.isContact(peer),
      restored: parts.restored,
    });
    this.audit = new AuditHandle(this.driver, provider, store);
    this.pairing = new PairingHandle({
      driver: this.driver,
      provider,
      addresses: () => this.#addresses.get(),
      connect: (target, expect, signal) =>
        this.#connect(target, { ...(signal !== undefined && { signal }), ...(expect !== undefined && { expect }) }),
      contact: (peer) => this.trust.contact(peer),
    });
    this.joinCodes = new JoinCodesHandle({
      ...{ driver: this.driver, provider, random, clock, files: parts.files },
      // An endpoint that serves one code makes no others.
      mailboxes: parts.introduces === undefined ? (parts.mailboxes ?? this.#relays.mailboxes) : undefined,
      makeEndpoint: (identity, introduces) => new EndpointHandle(oneTimeParts(parts, identity, introduces)),
      connect: (peer, hint) =>
        this.#sessions.request(undefined, (request, at) => core.connect({ peer, hints: [hint] }, request, at)),
      contact: (peer) => this.trust.contact(peer),
      room: (id) => this.rooms.get(id),
    });
    this.rooms = new RoomsHandle({
      ...{ self: identity.peerId, provider, clock, random, commands: core.rooms },
      kept: new Kept(this.driver, core.rooms),
      contact: (peer) => this.trust.contact(peer),
      sessionOf: (peer) => core.sessionOf(peer),
      remoteOf: (link) => this.driver.link(link)?.remote,
      addresses: () => this.#addresses.get(),
      nearby: () => core.presence.nearby.map(({ addresses }) => addresses),
      open: (room, protocol, member, options) => this.#openInRoom(room, protocol, member, options),
      forgetFiles: async (room) => {
        const kept = (await store?.list(roomFilesPrefix(room))) ?? [];
        await store?.batch(
          [],
          kept.map(({ key }) => key),
        );
      },
      files: (room) =>
        new RoomFilesHandle({
          ...{ room, self: identity.peerId, provider, clock, random, store },
          restored: parts.restored.filter(({ key }) => key.startsWith(roomFilesPrefix(room.id))),
          port: parts.files?.rooms,
          note: parts.note,
        }),
    });
  }

  /** Listens, looks around and goes on with what was left to do. */
  async start(): Promise<void> {
    for (const transport of this.#parts.transports) {
      this.#listeners.push(await transport.listen((link) => this.driver.addLink(link, undefined)));
    }
    const { discovery } = this.#parts;
    this.#stopWatching = discovery?.nearby.subscribe(() => this.#takeNearby()) ?? (() => {});
    this.#announce();
    this.#takeNearby();
    this.#relays.start();
    this.driver.touch();
  }

  get relays(): RelayList {
    return this.#relays;
  }

  get addresses(): Observable<readonly string[]> {
    return this.#addresses;
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
    this.#announce();
    this.driver.touch();
  }

  connect(target: PeerId | string, options: Waiting & { readonly expect?: PeerId } = {}): Promise<PeerSession> {
    return this.#connect(target, options);
  }

  async exportIdentity(passphrase: string): Promise<string> {
    const { identity, provider, random, name } = this.#parts;
    if (identity.isOneTime) throw new EndpointError("ERR_IDENTITY", "Cannot export a one-time identity");
    this.driver.core.trust.audit({ event: "identityExported" }, this.driver.moment());
    this.driver.touch();
    return exportIdentity({ provider, random, identity, name, passphrase });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#cancelAnnouncing();
    this.#stopWatching();
    await this.#parts.discovery?.close(); // the goodbye first: nobody should dial us any more
    for (const listener of this.#listeners) await listener.close();
    await this.joinCodes.end();
    this.driver.core.close(this.driver.moment());
    this.driver.stop();
    this.#relays.stop();
    await this.joinCodes.close();
    this.#sessions.end();
    this.chat.end();
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
    try {
      const { core } = this.driver;
      return await this.#sessions.request(signal, (request, at) => core.connect({ peer, hints }, request, at));
    } catch (error) {
      this.#parts.discovery?.doubt(target); // it may have left without a goodbye
      throw error;
    }
  }

  async #openInRoom(room: RoomId, protocol: string, member: PeerId, { signal }: Waiting): Promise<Channel> {
    const { rooms } = this.driver.core;
    const session = await this.#sessions.request(signal, (request, at) => rooms.reach(room, member, request, at));
    return session.openInRoom(room, protocol, signal === undefined ? {} : { signal });
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

  #handle(output: EndpointOutput): void {
    switch (output.type) {
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
        if (output.what === "contacts") this.#announce();
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
    if (this.#stale.has("contacts") || this.#stale.has("sessions")) this.rooms.touchAll();
    this.rooms.refresh();
    if (this.#stale.size === 0) return;
    const stale = new Set(this.#stale);
    this.#stale.clear();
    if (stale.has("contacts")) this.trust.refresh();
    if (stale.has("contacts")) this.chat.refresh();
    if (stale.has("pairings")) this.pairing.refresh();
    if (stale.has("transfers")) this.files.refresh();
    if (stale.has("nearby") || stale.has("contacts")) this.#refreshNearby();
    if (stale.has("sessions") || stale.has("contacts")) this.#sessions.refresh();
  }

  #refreshNearby(): void {
    const { core } = this.driver;
    this.#nearby.setLater(() =>
      core.presence.nearby.map(({ key, peer, name, addresses, seenAt }) => {
        const contact = peer === undefined ? undefined : this.trust.contact(peer);
        const shown = contact?.name ?? name;
        return {
          key,
          ...(peer !== undefined && { peer }),
          ...(shown !== undefined && { name: shown }),
          isContact: contact !== undefined,
          hints: addresses,
          session: peer === undefined ? "none" : core.stateOf(peer),
          seenAt,
        };
      }),
    );
  }

  #takeNearby(): void {
    const sightings = this.#parts.discovery?.nearby.get();
    if (sightings === undefined) return;
    this.driver.core.setNearby(sightings, this.driver.moment());
    this.driver.touch();
  }

  /** Addresses and hints change with time, networks and contacts; discovery tells only what is new. */
  #announce(): void {
    if (this.#closing !== undefined) return;
    const { clock, discovery } = this.#parts;
    this.#cancelAnnouncing();
    this.#cancelAnnouncing = clock.schedule(ANNOUNCE_EVERY_MS as Parameters<Clock["schedule"]>[0], () =>
      this.#announce(),
    );
    const before = this.#addresses.get().join();
    this.#addresses.set(this.#listeners.flatMap((listener) => listener.addresses()).map(formatHint));
    if (before !== "" && before !== this.#addresses.get().join()) this.#relays.hurry(); // another network, perhaps
    this.driver.core.rooms.setAddresses(this.#addresses.get(), this.driver.moment());
    this.driver.core.mail.cards.setAddresses(this.#addresses.get(), this.driver.moment().now);
    this.driver.touch();
    const what = this.driver.core.presence.announcement(clock.wall());
    for (const { port } of this.#listeners.slice(0, 1)) discovery?.announce(what && { ...what, port });
  }
}
