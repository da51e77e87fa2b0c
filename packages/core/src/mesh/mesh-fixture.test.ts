/**
 * What the tests of the mesh share: some mesh machines, and links between them with delays, which keep the order
 * of each direction, can be cut, and take only so much at once. Signatures are stand-ins that cost nothing.
 */
import assert from "node:assert/strict";
import { nobleProvider } from "../crypto/noble-provider.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import { type PeerId, peerIdFromBytes } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { Deadlines } from "../lib/deadlines.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, instant, type WallTime, wallTime } from "../lib/time.ts";
import { bytesToText, textToBytes } from "../lib/utf8.ts";
import { type RoomId, roomIdFromBytes } from "../room/room-id.ts";
import { Mesh } from "./mesh.ts";
import type { MeshOutput } from "./mesh-output.ts";

export const ROOM: RoomId = roomIdFromBytes(new Uint8Array(32).fill(0x11));
const WALL_START = 1_800_000_000_000;

/** 64 bytes that anybody can make, and nobody makes by chance: a hash of key and message. */
export function standIn(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  let hash = 0x811c9dc5;
  for (const bytes of [publicKey, message]) {
    const step = bytes.length > 4_096 ? 61 : 1; // large ones are not changed by chance here
    for (let i = 0; i < bytes.length; i += step) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  }
  const signature = new Uint8Array(64);
  new DataView(signature.buffer).setUint32(0, hash >>> 0);
  return signature;
}

/** Seeds are public keys. */
export const cheapProvider: CryptoProvider = {
  ...nobleProvider,
  ed25519PublicKey: (seed) => seed.slice(),
  ed25519Sign: (seed, message) => standIn(seed, message),
  ed25519Verify: (publicKey, message, signature) => bytesEqual(standIn(publicKey, message), signature),
};

/** mulberry32. */
export class Chance {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  float(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  }
  below(bound: number): number {
    return Math.floor(this.float() * bound);
  }
  get source(): RandomSource {
    return (length) => Uint8Array.from({ length }, () => this.below(256));
  }
}

export function memberKey(number: number): Uint8Array {
  const key = new Uint8Array(32).fill(number & 0xff);
  key[0] = (number * 37) & 0xff;
  key[1] = number >> 8;
  return key;
}

export const memberId = (number: number): PeerId => peerIdFromBytes(memberKey(number));

export function memberIdentity(number: number): LocalIdentity {
  const seed = memberKey(number);
  return {
    peerId: peerIdFromBytes(seed),
    seed: new Secret(seed),
    contactSecret: new Secret(new Uint8Array(32)),
    contactPublicKey: new Uint8Array(32),
    isOneTime: false,
  };
}

export interface Delivery {
  readonly origin: PeerId;
  readonly text: string;
  readonly hops: number;
  readonly at: Instant;
}

/** One direction of a link. */
interface Lane {
  lastAt: number;
  inFlight: number;
  waiting: Uint8Array[];
  isFull: boolean;
}

interface Link {
  readonly a: Host;
  readonly b: Host;
  isOpen: boolean;
  readonly lanes: Map<Host, Lane>;
}

export class Host {
  readonly peer: PeerId;
  readonly number: number;
  mesh: Mesh;
  isUp = true;
  readonly links = new Map<PeerId, Link>();
  readonly delivered: Delivery[] = [];
  readonly unicasts: { origin: PeerId; text: string; hops: number }[] = [];
  readonly missed: (MeshOutput & { type: "missed" })[] = [];
  readonly misbehaved: { peer: PeerId; reason: string }[] = [];
  /** Messages received by their first byte. */
  readonly received = new Map<number, number>();
  constructor(number: number, mesh: Mesh) {
    [this.number, this.peer, this.mesh] = [number, memberId(number), mesh];
  }
  texts(from?: PeerId): string[] {
    return this.delivered.filter(({ origin }) => from === undefined || origin === from).map(({ text }) => text);
  }
}

export interface WorldOptions {
  readonly members: number;
  readonly seed?: number;
  readonly delayMin?: number;
  readonly delayMax?: number;
  /** Messages on their way in one direction before a channel is full. */
  readonly laneMax?: number;
  /** Roster of more than run. */
  readonly roster?: number;
}

export class MeshWorld {
  now = 1_000_000;
  readonly chance: Chance;
  readonly hosts: Host[] = [];
  readonly roster: PeerId[];
  /** Whether two may have a link. */
  mayLink: (a: Host, b: Host) => boolean = () => true;
  /** What becomes of a message on its way; `undefined`: it is lost with all that follow: a link that dies. */
  onWay: (from: Host, to: Host, bytes: Uint8Array) => Uint8Array | undefined = (_from, _to, bytes) => bytes;
  readonly #options: Required<WorldOptions>;
  readonly #events = new Map<number, () => void>();
  readonly #times = new Deadlines<number>();
  #eventCount = 0;
  #stalled: { readonly from: Host; readonly to: Host } | undefined;
  readonly #timers = new Map<Host, number>();

  constructor(options: WorldOptions) {
    const { members, seed = 1, delayMin = 5, delayMax = 50, laneMax = 64, roster = members } = options;
    this.#options = { members, seed, delayMin, delayMax, laneMax, roster };
    this.chance = new Chance(seed);
    this.roster = Array.from({ length: roster }, (_, number) => memberId(number));
    for (let number = 0; number < members; number++) this.hosts.push(new Host(number, this.#newMesh(number)));
    for (const host of this.hosts) {
      host.mesh.setRoster(this.roster, this.instant);
      this.turn(host);
    }
  }

  get instant(): Instant {
    return instant(Math.floor(this.now));
  }

  get wall(): WallTime {
    return wallTime(WALL_START + Math.floor(this.now));
  }

  host(number: number): Host {
    const host = this.hosts[number];
    assert.ok(host !== undefined);
    return host;
  }

  say(host: Host, text: string): void {
    assert.notEqual(host.mesh.broadcast(textToBytes(text), this.instant), "full");
    this.turn(host);
  }

  /** Runs for so many milliseconds. */
  run(ms: number): void {
    const end = this.now + ms;
    for (let next = this.#times.next(); next !== undefined && next <= end; next = this.#times.next()) {
      this.now = Math.max(this.now, next);
      for (const id of this.#times.take(next)) {
        const event = this.#events.get(id);
        this.#events.delete(id);
        event?.();
      }
    }
    this.now = end;
  }

  plan(inMs: number, event: () => void): number {
    const id = this.#eventCount++;
    this.#events.set(id, event);
    this.#times.set(id, instant(this.now + inMs));
    return id;
  }

  /** The process ends; its neighbours notice after `noticedMs`. */
  stop(host: Host, noticedMs = 0): void {
    host.isUp = false;
    for (const link of [...host.links.values()]) this.close(link.a, link.b, noticedMs);
  }

  /** A process anew, which knows nothing; or the same one back on the network. */
  start(host: Host, isNew: boolean): void {
    host.isUp = true;
    if (isNew) {
      host.mesh = this.#newMesh(host.number);
      host.mesh.setRoster(this.roster, this.instant);
    }
    this.turn(host);
  }

  /** Ends links that may not be any more. */
  applyCuts(): void {
    for (const host of this.hosts)
      for (const link of [...host.links.values()]) if (!this.mayLink(link.a, link.b)) this.close(link.a, link.b);
  }

  open(a: Host, b: Host): void {
    if (a.links.has(b.peer) || !a.isUp || !b.isUp) return;
    const lane = (): Lane => ({ lastAt: 0, inFlight: 0, waiting: [], isFull: false });
    const link: Link = { a, b, isOpen: true, lanes: new Map([[a, lane()], [b, lane()]]) }; // biome-ignore format: one line
    a.links.set(b.peer, link);
    b.links.set(a.peer, link);
    a.mesh.handleNeighbourUp(b.peer, this.instant);
    b.mesh.handleNeighbourUp(a.peer, this.instant);
    this.turn(a);
    this.turn(b);
  }

  close(a: Host, b: Host, noticedMs = 0): void {
    const link = a.links.get(b.peer);
    if (link === undefined) return;
    link.isOpen = false;
    for (const [host, other] of [
      [a, b],
      [b, a],
    ] as const) {
      // biome-ignore format: one line
      this.plan(noticedMs, () => {
        if (host.links.get(other.peer) !== link) return;
        host.links.delete(other.peer);
        host.mesh.handleNeighbourDown(other.peer, this.instant);
        if (host.isUp) this.turn(host);
      });
    }
  }

  /** From now on `to` reads nothing that `from` sends. */
  stall(from: Host, to: Host): void {
    this.#stalled = { from, to };
  }

  unstall(): void {
    this.#stalled = undefined;
  }

  /** As a neighbour that we play ourselves. */
  inject(from: Host, to: Host, bytes: Uint8Array): void {
    to.mesh.handleMessage(from.peer, bytes, this.instant, this.wall);
    this.turn(to);
  }

  turn(host: Host): void {
    for (let output = host.mesh.poll(); output !== undefined; output = host.mesh.poll()) this.#do(host, output);
    const next = host.mesh.nextTimeout();
    const before = this.#timers.get(host);
    if (before !== undefined) {
      this.#events.delete(before);
      this.#times.set(before, undefined);
    }
    if (next === undefined) return;
    this.#timers.set(
      host,
      this.plan(Math.max(0, next - this.now), () => {
        if (!host.isUp) return;
        host.mesh.handleTimeout(this.instant, this.wall);
        this.turn(host);
      }),
    );
  }

  #do(host: Host, output: MeshOutput): void {
    switch (output.type) {
      case "send":
        return this.#send(host, output.peer, output.bytes);
      case "want":
        return this.#dial(
          host,
          this.hosts.find(({ peer }) => peer === output.peer),
          output.peer,
        );
      case "misbehaved":
        host.misbehaved.push(output);
        return this.#unlink(host, output.peer);
      case "unwant":
        return this.#unlink(host, output.peer);
      case "deliver": {
        const { origin, payload, hops } = output;
        host.delivered.push({ origin, text: bytesToText(payload), hops, at: this.instant });
        return;
      }
      case "unicast":
        host.unicasts.push({ origin: output.origin, text: bytesToText(output.payload), hops: output.hops });
        return;
      case "missed":
        host.missed.push(output);
    }
  }

  #dial(host: Host, other: Host | undefined, peer: PeerId): void {
    this.plan(this.#delay() * 3, () => {
      if (!host.isUp) return;
      if (other?.isUp === true && this.mayLink(host, other)) {
        if (host.links.get(peer)?.isOpen === false) host.links.delete(peer); // it came to nothing meanwhile
        this.open(host, other);
        return;
      }
      host.mesh.handleUnreachable(peer, this.instant);
      this.turn(host);
    });
  }

  #unlink(host: Host, peer: PeerId): void {
    const link = host.links.get(peer);
    if (link === undefined) return;
    const other = link.a === host ? link.b : link.a;
    host.links.delete(peer);
    link.isOpen = false;
    host.mesh.handleNeighbourDown(peer, this.instant);
    this.plan(this.#delay(), () => {
      if (other.links.get(host.peer) !== link) return;
      other.links.delete(host.peer);
      other.mesh.handleNeighbourDown(host.peer, this.instant);
      if (other.isUp) this.turn(other);
    });
  }

  #send(from: Host, peer: PeerId, bytes: Uint8Array): void {
    const link = from.links.get(peer);
    const lane = link?.lanes.get(from);
    if (link === undefined || lane === undefined) return;
    assert.ok(!lane.isFull, "nothing is sent to a channel that is full");
    lane.waiting.push(bytes);
    this.#fill(link, from, lane);
    if (lane.waiting.length === 0) return;
    lane.isFull = true;
    from.mesh.handleFull(peer, this.instant);
  }

  #fill(link: Link, from: Host, lane: Lane): void {
    const to = link.a === from ? link.b : link.a;
    if (this.#stalled?.from === from && this.#stalled.to === to) return;
    while (lane.inFlight < this.#options.laneMax) {
      const bytes = lane.waiting.shift();
      if (bytes === undefined) return;
      lane.inFlight += 1;
      lane.lastAt = Math.max(lane.lastAt + 0.001, this.now + this.#delay());
      this.plan(lane.lastAt - this.now, () => this.#arrive(link, from, to, lane, bytes));
    }
  }

  #arrive(link: Link, from: Host, to: Host, lane: Lane, bytes: Uint8Array): void {
    lane.inFlight -= 1;
    if (!link.isOpen || to.links.get(from.peer) !== link) return;
    const arrived = this.onWay(from, to, bytes);
    if (arrived === undefined) return this.close(from, to, this.#delay());
    to.received.set(arrived[0] ?? 0, (to.received.get(arrived[0] ?? 0) ?? 0) + 1);
    to.mesh.handleMessage(from.peer, arrived.slice(), this.instant, this.wall);
    this.turn(to);
    this.#fill(link, from, lane);
    if (!lane.isFull || lane.waiting.length > 0) return;
    lane.isFull = false;
    from.mesh.handleWritable(to.peer, this.instant);
    if (from.isUp) this.turn(from);
  }

  #delay(): number {
    return this.#options.delayMin + this.chance.below(this.#options.delayMax - this.#options.delayMin + 1);
  }

  #newMesh(number: number): Mesh {
    const random = this.chance.source;
    return new Mesh({
      ...{ provider: cheapProvider, identity: memberIdentity(number), random, room: ROOM, now: this.instant },
      incarnation: random(16),
      stream: random(16),
    });
  }
}
