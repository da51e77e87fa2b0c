/**
 * Rooms of many mesh machines without anything else: links with delays, members that leave and come back, a few
 * messages a second. Says how many of those came to whom they should, how often, over how many hops, and what it
 * cost. From one seed; signatures are stand-ins that cost nothing.
 *
 * Half of those who leave say goodbye; the others are gone, and their neighbours notice later. Half of those who
 * come back are the process they were; the others know nothing.
 *
 * @module
 */
import {
  type CryptoProvider,
  type Duration,
  type Instant,
  instant,
  type LocalIdentity,
  Mesh,
  type MeshOutput,
  nobleProvider,
  type PeerId,
  peerIdFromBytes,
  type RoomId,
  roomIdFromBytes,
  Secret,
  seconds,
  wallTime,
} from "@kith/core";
import { EventQueue } from "./event-queue.ts";
import { MeshLedger, type MeshReport } from "./mesh-ledger.ts";
import { SimRandom } from "./sim-random.ts";

const ROOM: RoomId = roomIdFromBytes(new Uint8Array(32).fill(7));
const WALL_START = 1_800_000_000_000;
const [DELAY_MIN_MS, DELAY_MAX_MS] = [5, 50];
/** A handshake, in one-way delays. */
const DIAL_DELAYS = 4;
const [DEAD_DIAL_MIN_MS, DEAD_DIAL_MAX_MS] = [2_000, 10_000];
const [NOTICE_MIN_MS, NOTICE_MAX_MS] = [2_000, 15_000];
const [AWAY_MIN_MS, AWAY_MAX_MS] = [20_000, 60_000];
const SAMPLE_MS = 10_000;
/** Everybody comes within the first of it; nothing is counted before its end. */
const WARM_UP_MS = 60_000;

export interface MeshScaleOptions {
  readonly members: number;
  readonly seed: string;
  /** Simulated, after a minute in which the room comes together. */
  readonly duration: Duration;
  /** Of all members, a minute. */
  readonly churn: number;
  readonly messagesPerSecond: number;
  readonly payloadBytes: number;
}

export const SCALE_DEFAULTS: Omit<MeshScaleOptions, "members"> = {
  seed: "mesh",
  duration: seconds(600),
  churn: 0.2,
  messagesPerSecond: 3,
  payloadBytes: 200,
};

const noSignature = new Uint8Array(64);
const provider: CryptoProvider = {
  ...nobleProvider,
  ed25519Sign: () => noSignature,
  ed25519Verify: () => true,
};

interface Host {
  readonly index: number;
  readonly peer: PeerId;
  readonly identity: LocalIdentity;
  mesh: Mesh;
  isUp: boolean;
  /** Presence without a break since then. */
  upSince: number;
  readonly links: Map<PeerId, Lane>;
  timerAt: number;
}

/** One direction of a link; the other one is `back`. */
interface Lane {
  readonly to: Host;
  readonly from: Host;
  readonly delayMs: number;
  lastAt: number;
  isOpen: boolean;
  back: Lane | undefined;
}

export class MeshScale {
  readonly #options: MeshScaleOptions;
  readonly #random: SimRandom;
  readonly #queue = new EventQueue();
  readonly #hosts: Host[] = [];
  readonly #byPeer = new Map<PeerId, Host>();
  readonly #roster: PeerId[];
  readonly #ledger: MeshLedger;
  #now = 0;

  constructor(options: MeshScaleOptions) {
    this.#options = options;
    this.#random = new SimRandom(`${options.seed}/${options.members}`);
    const identities = Array.from({ length: options.members }, () => this.#newIdentity());
    this.#roster = identities.map(({ peerId }) => peerId);
    this.#ledger = new MeshLedger(options.members, WARM_UP_MS);
    for (const [index, identity] of identities.entries()) {
      const [peer, links] = [identity.peerId, new Map<PeerId, Lane>()];
      const mesh = this.#newMesh(identity);
      const host: Host = { index, peer, identity, mesh, isUp: false, upSince: 0, links, timerAt: Infinity };
      this.#hosts.push(host);
      this.#byPeer.set(peer, host);
      this.#plan(this.#random.below(WARM_UP_MS / 2), () => this.#comeBack(host, true));
    }
  }

  /** Runs all of it. */
  run(): MeshReport {
    const { duration, messagesPerSecond, churn, members } = this.#options;
    const end = WARM_UP_MS + duration;
    const messages = Math.round((duration / 1_000) * messagesPerSecond);
    for (let i = 0; i < messages; i++) this.#plan(WARM_UP_MS + this.#random.below(duration), () => this.#say());
    const leaves = Math.round((duration / 60_000) * churn * members);
    for (let i = 0; i < leaves; i++) this.#plan(WARM_UP_MS + this.#random.below(duration), () => this.#leave());
    for (let at = WARM_UP_MS; at <= end; at += SAMPLE_MS) this.#plan(at, () => this.#sample());
    // A little longer, so that the last messages have their time.
    for (let next = this.#queue.nextAt; next !== undefined && next <= end + 31_000; next = this.#queue.nextAt) {
      this.#now = next;
      this.#queue.take()?.();
    }
    return this.#ledger.report(duration);
  }

  // --- what happens ---------------------------------------------------------------------------

  #say(): void {
    const host = this.#hosts[this.#random.below(this.#hosts.length)];
    if (host?.isUp !== true || host.links.size === 0) return;
    const payload = new Uint8Array(this.#options.payloadBytes);
    const number = this.#ledger.sent(host.index, this.#now);
    new DataView(payload.buffer).setUint32(0, number);
    host.mesh.broadcast(payload, this.#instant);
    this.#turn(host);
    const sentAt = this.#now;
    this.#queue.plan(sentAt + 30_000, () => {
      const present = (index: number): boolean => {
        const other = this.#hosts[index];
        return other?.isUp === true && other.upSince <= sentAt - 30_000;
      };
      this.#ledger.judge(number, present);
    });
  }

  #leave(): void {
    const host = this.#hosts[this.#random.below(this.#hosts.length)];
    if (host?.isUp !== true) return;
    const isNew = this.#random.chance(0.5);
    const saysGoodbye = isNew && this.#random.chance(0.5);
    if (saysGoodbye) {
      host.mesh.goodbye(this.#instant, wallTime(WALL_START + this.#now));
      this.#turn(host);
    }
    host.isUp = false;
    const noticed = saysGoodbye ? DELAY_MAX_MS : this.#random.between(NOTICE_MIN_MS, NOTICE_MAX_MS);
    for (const lane of [...host.links.values()]) this.#queue.plan(this.#now + noticed, () => this.#close(lane));
    const away = noticed + this.#random.between(AWAY_MIN_MS, AWAY_MAX_MS);
    this.#queue.plan(this.#now + away, () => this.#comeBack(host, isNew));
  }

  #comeBack(host: Host, isNew: boolean): void {
    for (const lane of [...host.links.values()]) this.#close(lane);
    host.isUp = true;
    host.upSince = this.#now;
    if (isNew) {
      host.mesh = this.#newMesh(host.identity);
      host.mesh.setRoster(this.#roster, this.#instant);
      this.#ledger.forget(host.index);
    }
    host.timerAt = Infinity;
    this.#turn(host);
  }

  #sample(): void {
    const degrees: number[] = [];
    const unseen = new Set(this.#hosts.filter(({ isUp }) => isUp));
    let islands = 0;
    for (const start of unseen) {
      islands += 1;
      const found = [start];
      unseen.delete(start);
      for (const host of found) {
        degrees.push(host.mesh.neighbours.length);
        for (const { to, isOpen } of host.links.values()) if (isOpen && unseen.delete(to)) found.push(to);
      }
    }
    this.#ledger.sample(degrees, islands);
  }

  // --- links ----------------------------------------------------------------------------------

  #dial(host: Host, peer: PeerId): void {
    const other = this.#byPeer.get(peer);
    const isThere = other?.isUp === true;
    const wait = isThere
      ? DIAL_DELAYS * this.#random.between(DELAY_MIN_MS, DELAY_MAX_MS)
      : this.#random.between(DEAD_DIAL_MIN_MS, DEAD_DIAL_MAX_MS);
    const { mesh } = host;
    this.#queue.plan(this.#now + wait, () => {
      if (!host.isUp || host.mesh !== mesh) return;
      if (other?.isUp === true && isThere) return this.#open(host, other);
      mesh.handleUnreachable(peer, this.#instant);
      this.#turn(host);
    });
  }

  #open(a: Host, b: Host): void {
    for (const stale of [a.links.get(b.peer), b.links.get(a.peer)]) {
      if (stale?.isOpen === true && stale.back?.isOpen === true) return; // both dialed
      if (stale !== undefined) this.#close(stale);
    }
    const delayMs = this.#random.between(DELAY_MIN_MS, DELAY_MAX_MS);
    const lane = (from: Host, to: Host): Lane => ({ from, to, delayMs, lastAt: 0, isOpen: true, back: undefined });
    const [there, back] = [lane(a, b), lane(b, a)];
    [there.back, back.back] = [back, there];
    a.links.set(b.peer, there);
    b.links.set(a.peer, back);
    a.mesh.handleNeighbourUp(b.peer, this.#instant);
    b.mesh.handleNeighbourUp(a.peer, this.#instant);
    this.#turn(a);
    this.#turn(b);
  }

  /** Both ends notice now. */
  #close(lane: Lane): void {
    for (const side of [lane, lane.back]) {
      if (side?.isOpen !== true) continue;
      side.isOpen = false;
      const { from, to } = side;
      if (from.links.get(to.peer) === side) from.links.delete(to.peer);
      from.mesh.handleNeighbourDown(to.peer, this.#instant);
      if (from.isUp) this.#turn(from);
    }
  }

  #send(host: Host, peer: PeerId, bytes: Uint8Array): void {
    const lane = host.links.get(peer);
    if (lane?.isOpen !== true) return;
    this.#ledger.carried(bytes, this.#now);
    lane.lastAt = Math.max(lane.lastAt, this.#now + lane.delayMs + this.#random.below(5)); // in order
    this.#queue.plan(lane.lastAt, () => {
      const { to, from } = lane;
      if (!lane.isOpen || !to.isUp) return;
      this.#ledger.arrived(bytes, this.#now);
      to.mesh.handleMessage(from.peer, bytes, this.#instant, wallTime(WALL_START + this.#now));
      this.#turn(to);
    });
  }

  // --- machines -------------------------------------------------------------------------------

  #turn(host: Host): void {
    const { mesh } = host;
    for (let output = mesh.poll(); output !== undefined; output = mesh.poll()) this.#do(host, output);
    const next = mesh.nextTimeout();
    if (next === undefined || next >= host.timerAt) return;
    host.timerAt = next;
    this.#queue.plan(Math.max(next, this.#now), () => this.#timeout(host, mesh, next));
  }

  #timeout(host: Host, mesh: Mesh, at: number): void {
    if (host.timerAt !== at || host.mesh !== mesh) return; // another came first
    host.timerAt = Infinity;
    if (!host.isUp) return;
    mesh.handleTimeout(this.#instant, wallTime(WALL_START + this.#now));
    this.#turn(host);
  }

  #do(host: Host, output: MeshOutput): void {
    switch (output.type) {
      case "send":
        return this.#send(host, output.peer, output.bytes);
      case "want":
        return this.#dial(host, output.peer);
      case "unwant":
      case "misbehaved": {
        if (output.type === "misbehaved") this.#ledger.misbehaved(output.reason);
        const lane = host.links.get(output.peer);
        if (lane !== undefined) this.#queue.plan(this.#now + lane.delayMs, () => this.#close(lane));
        return;
      }
      case "deliver": {
        const { payload, hops } = output;
        const number = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
        return this.#ledger.delivered(number, host.index, hops, host.upSince, this.#now);
      }
      case "missed":
        this.#ledger.missed(output.isStart ? 0 : output.to - output.from);
    }
  }

  get #instant(): Instant {
    return instant(this.#now);
  }

  #plan(at: number, run: () => void): void {
    this.#queue.plan(at, run);
  }

  #newIdentity(): LocalIdentity {
    const key = this.#random.bytes(32);
    return {
      ...{ peerId: peerIdFromBytes(key), seed: new Secret(key), isOneTime: false },
      ...{ contactSecret: new Secret(new Uint8Array(32)), contactPublicKey: new Uint8Array(32) },
    };
  }

  #newMesh(identity: LocalIdentity): Mesh {
    const random = this.#random.source;
    return new Mesh({
      ...{ provider, identity, random, room: ROOM, incarnation: random(16), stream: random(16) },
      ...{ now: this.#instant, keptListsMax: 64, watchesGaps: false },
    });
  }
}
