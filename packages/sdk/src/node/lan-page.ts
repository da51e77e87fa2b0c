/**
 * One page at a {@link LanBridge}: its sightings, its port, its links. Everything that it is told in one turn of the
 * event loop leaves in one write; while it does not read, nothing more is read for it, from itself or from the LAN.
 *
 * @module
 */
import {
  cleanName,
  decodePageMessage,
  encodeLanPacket,
  encodeNodeMessage,
  isPagesLink,
  LAN_ADDRESSES_MAX,
  LAN_ANNOUNCE_EVERY,
  LAN_DIAL_LINGER,
  LAN_HINTS_MAX,
  LAN_KEY_BYTES_MAX,
  LAN_LINKS_MAX,
  LAN_SIGHTINGS_MAX,
  type LanEnd,
  type NodeMessage,
  type PageMessage,
  type Sighting,
  textToBytes,
  WireError,
} from "@kith/core";
import type { Clock } from "../clock.ts";
import type { Announcement, Discovery } from "../discovery.ts";
import { formatHint, type Link, type Listener, parseHint, type Transport } from "../transport.ts";
import { LanRelay } from "./lan-relay.ts";

/** The page's WebSocket. */
export interface LanSocket {
  /** Bytes of messages that it takes now. */
  readonly room: number;
  send(messages: readonly Uint8Array[]): void;
  pause(): void;
  resume(): void;
  close(code: number): void;
}

/** What a page needs of its bridge. */
export interface LanPagePort {
  readonly clock: Clock;
  readonly transport: Transport;
  /** Makes what shows this page on the LAN. */
  readonly discover: () => Discovery;
  readonly sightings: () => readonly Sighting[];
  readonly refresh: () => void;
  readonly doubt: (key: string) => void;
  /** Whether there may be one link more. */
  readonly takeLink: () => boolean;
  readonly giveLink: () => void;
}

const VIOLATION = 1002;
/** A socket with less says when it has more. */
const ENOUGH_ROOM_BYTES = 131_072;

export class LanPage {
  readonly #socket: LanSocket;
  readonly #port: LanPagePort;
  readonly #links = new Map<number, LanRelay>();
  /** Links of the page's that are being dialled, or failed a moment ago. */
  readonly #dials = new Map<number, AbortController>();
  /** What it was told, by key. */
  readonly #told = new Map<string, string>();
  readonly #out: Uint8Array[] = [];
  #outBytes = 0;
  #isFlushDue = false;
  #isStalled = false;
  #isNearbyStale = false;
  #lastDialed = -1;
  #lastIncoming = 0;
  #listening: Promise<Listener | undefined> | undefined;
  #listener: Listener | undefined;
  #announcer: Discovery | undefined;
  #announced: Announcement | undefined;
  #cancelAnnouncing: (() => void) | undefined;
  #isClosed = false;

  constructor(socket: LanSocket, port: LanPagePort) {
    this.#socket = socket;
    this.#port = port;
  }

  handleMessage(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    try {
      this.#carryOut(decodePageMessage(bytes));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#socket.close(VIOLATION); // and onClosed follows
    }
  }

  /** The socket takes messages again. */
  handleRoom(): void {
    if (!this.#isStalled || this.#isClosed) return;
    this.#isStalled = false;
    this.#socket.resume();
    for (const link of this.#links.values()) link.stall(false);
    this.#flushSoon();
  }

  /** Others came, changed or went. */
  handleNearby(): void {
    this.#isNearbyStale = true;
    this.#flushSoon();
  }

  /** This machine has other addresses. */
  handleMoved(): void {
    if (this.#listener !== undefined) this.#tellListening(this.#listener);
    this.handleNearby();
  }

  /** Ends its links and says goodbye for it. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelAnnouncing?.();
    for (const dial of this.#dials.values()) dial.abort();
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    await Promise.all([this.#announcer?.close(), this.#unlisten()]);
  }

  #carryOut(message: PageMessage): void {
    switch (message.type) {
      case "packet":
      case "credit":
        return this.#link(message.link)?.handle(message);
      case "authenticated":
        return this.#link(message.link)?.authenticated();
      case "end":
        return this.#endLink(message.link);
      case "dial":
        return this.#dial(message.link, message.addresses);
      case "listen":
        this.#listening ??= this.#listen();
        return;
      case "unlisten":
        return void this.#unlisten();
      case "announce":
        return this.#announce({ name: cleanName(message.name) || undefined, hints: message.hints, port: 0 });
      case "hush":
        return this.#announce(undefined);
      case "refresh":
        return this.#port.refresh();
      case "doubt":
        return this.#port.doubt(message.key);
      case "ping":
        return this.#say({ type: "pong" });
    }
  }

  // --- links ------------------------------------------------------------------------------------

  /** `undefined`: it was there, and is over. @throws {WireError} it never was */
  #link(id: number): LanRelay | undefined {
    if (id > (isPagesLink(id) ? this.#lastDialed : this.#lastIncoming))
      throw new WireError("ERR_VALUE", `link ${id} never was`);
    return this.#links.get(id);
  }

  #endLink(id: number): void {
    const link = this.#link(id);
    this.#dials.get(id)?.abort();
    link?.close();
    this.#links.delete(id);
  }

  #dial(id: number, addresses: readonly string[]): void {
    if (!isPagesLink(id) || id <= this.#lastDialed) throw new WireError("ERR_VALUE", `link ${id} is not the next`);
    this.#lastDialed = id;
    const sighted = new Set(this.#port.sightings().flatMap((each) => each.addresses));
    const hints = addresses.filter((address) => sighted.has(address)).flatMap((address) => parseHint(address) ?? []);
    if (hints.length === 0) return this.#say({ type: "end", link: id, by: "refused" });
    if (this.#count(isPagesLink) >= LAN_LINKS_MAX || !this.#port.takeLink())
      return this.#say({ type: "end", link: id, by: "full" });
    const controller = new AbortController();
    this.#dials.set(id, controller);
    const { signal } = controller;
    this.#port.transport.dial(hints, { signal }).then(
      (link) => {
        this.#dials.delete(id);
        if (!signal.aborted && !this.#isClosed) return this.#begin(id, link);
        link.start({ onPacket() {}, onRoom() {}, onClosed: () => this.#port.giveLink() });
        link.close();
      },
      () => {
        if (!signal.aborted) this.#say({ type: "end", link: id, by: "network" });
        this.#port.clock.schedule(LAN_DIAL_LINGER, () => {
          this.#dials.delete(id);
          this.#port.giveLink();
        });
      },
    );
  }

  /** Somebody on the LAN dialled the page's port. */
  #take(link: Link): void {
    if (this.#count((id) => !isPagesLink(id)) >= LAN_LINKS_MAX) this.#endOldestStranger();
    const isFull = this.#count((id) => !isPagesLink(id)) >= LAN_LINKS_MAX;
    if (isFull || this.#isClosed || this.#isStalled || !this.#port.takeLink()) {
      link.start({ onPacket() {}, onRoom() {}, onClosed() {} });
      return link.close();
    }
    this.#lastIncoming += 2;
    this.#begin(this.#lastIncoming, link);
  }

  /** Who has said nothing that the page believes makes room for the next, so that a contact gets in. */
  #endOldestStranger(): void {
    for (const [id, link] of this.#links) {
      if (isPagesLink(id) || link.isKnown) continue;
      this.#endLink(id);
      return this.#say({ type: "end", link: id, by: "full" });
    }
  }

  #begin(id: number, link: Link): void {
    const address = link.hint === undefined ? "" : formatHint(link.hint);
    this.#say({ type: "up", link: id, remote: link.remote, address });
    const relay = new LanRelay(link, this.#isStalled, {
      sendPacket: (packet) => this.#send(encodeLanPacket(id, [packet])),
      sendCredit: (bytes) => this.#say({ type: "credit", link: id, bytes }),
      ended: (by: LanEnd | undefined) => {
        this.#port.giveLink();
        if (this.#links.delete(id) && by !== undefined) this.#say({ type: "end", link: id, by });
      },
    });
    this.#links.set(id, relay);
    relay.start();
  }

  #count(is: (id: number) => boolean): number {
    let count = 0;
    for (const ids of [this.#links.keys(), this.#dials.keys()]) for (const id of ids) if (is(id)) count++;
    return count;
  }

  // --- how others see the page ------------------------------------------------------------------

  async #listen(): Promise<Listener | undefined> {
    let listener: Listener;
    try {
      listener = await this.#port.transport.listen((link) => this.#take(link));
    } catch {
      return undefined; // no port is free: the page is not reached, and still reaches others
    }
    if (this.#isClosed || this.#listening === undefined) {
      await listener.close();
      return undefined;
    }
    this.#listener = listener;
    this.#tellListening(listener);
    this.#announceNow();
    return listener;
  }

  async #unlisten(): Promise<void> {
    const listening = this.#listening;
    this.#listening = undefined;
    this.#listener = undefined;
    await (await listening)?.close();
  }

  #tellListening(listener: Listener): void {
    const hosts = listener.addresses().map(({ host }) => host);
    this.#say({ type: "listening", port: listener.port, hosts: hosts.slice(0, LAN_ADDRESSES_MAX) });
  }

  #announce(what: Announcement | undefined): void {
    this.#announced = what;
    if (what === undefined || this.#cancelAnnouncing === undefined) this.#announceNow();
  }

  /** What comes within a second of the last is told after it, the newest alone. Silence is at once. */
  #announceNow(): void {
    if (this.#isClosed || this.#listener === undefined) return;
    const what = this.#announced;
    if (what === undefined) return this.#announcer?.announce(undefined);
    this.#announcer ??= this.#port.discover();
    this.#announcer.announce({ ...what, port: this.#listener.port });
    this.#cancelAnnouncing?.();
    this.#cancelAnnouncing = this.#port.clock.schedule(LAN_ANNOUNCE_EVERY, () => {
      this.#cancelAnnouncing = undefined;
      if (this.#announced !== what) this.#announceNow();
    });
  }

  // --- what the page is told --------------------------------------------------------------------

  #say(message: NodeMessage): void {
    this.#send(encodeNodeMessage(message));
  }

  #send(message: Uint8Array): void {
    if (this.#isClosed) return;
    this.#out.push(message);
    this.#outBytes += message.length;
    this.#stallIfFull();
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isFlushDue || this.#isClosed) return;
    this.#isFlushDue = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushDue = false;
    if (this.#isClosed) return;
    if (this.#isNearbyStale && this.#socket.room > this.#outBytes) this.#gatherNearby();
    this.#socket.send(this.#out);
    this.#out.length = this.#outBytes = 0;
    if (this.#isStalled && this.#socket.room >= ENOUGH_ROOM_BYTES) this.handleRoom();
    else this.#stallIfFull();
  }

  /** A page that does not read is not read from, and nothing is read for it. */
  #stallIfFull(): void {
    if (this.#isStalled || this.#socket.room > this.#outBytes) return;
    this.#isStalled = true;
    this.#socket.pause();
    for (const link of this.#links.values()) link.stall(true);
    if (this.#outBytes > 0) this.#flushSoon();
  }

  /** What differs from what it was told; not the page itself. */
  #gatherNearby(): void {
    this.#isNearbyStale = false;
    const own = new Set(this.#listener?.addresses().map(formatHint));
    const others = this.#port
      .sightings()
      .filter(({ addresses }) => !addresses.some((address) => own.has(address)))
      .filter(({ key }) => textToBytes(key).length <= LAN_KEY_BYTES_MAX)
      .slice(0, LAN_SIGHTINGS_MAX);
    const keys = new Set(others.map(({ key }) => key));
    for (const key of this.#told.keys()) {
      if (keys.has(key)) continue;
      this.#told.delete(key);
      this.#say({ type: "lost", key });
    }
    for (const each of others) {
      const addresses = each.addresses.slice(0, LAN_ADDRESSES_MAX);
      const presence = each.presence.slice(0, LAN_HINTS_MAX);
      const sighting = { key: each.key, addresses, presence, name: each.name ?? "", seenAt: each.seenAt };
      const bytes = encodeNodeMessage({ type: "seen", sighting });
      const text = Buffer.from(bytes).toString("latin1");
      if (this.#told.get(each.key) === text) continue;
      this.#told.set(each.key, text);
      this.#send(bytes);
    }
  }
}
