/**
 * Not a test by itself: two sessions, the links between them and their weather, all from one seed.
 * Records every (key, nonce) that is sealed and every frame that comes out.
 *
 * @module
 */
import assert from "node:assert/strict";
import { nobleProvider } from "../crypto/noble-provider.ts";
import type { AeadKey, CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { peerIdFromBytes } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, instant } from "../lib/time.ts";
import type { CarriedFrame, ChannelFrame } from "../wire/channel-frame.ts";
import type { Keying } from "./keying.ts";
import { Session } from "./session.ts";
import type { OpenJob, SessionOutput } from "./session-output.ts";

/** A small generator (mulberry32), good enough for weather. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const randomOf =
  (chance: () => number): RandomSource =>
  (length) =>
    Uint8Array.from({ length }, () => Math.floor(chance() * 256));

/** What a handshake would have given to both. */
export function keyingPair(random: RandomSource, serial = 0): { initiator: Keying; responder: Keying } {
  const [there, back, resume] = [random(32), random(32), random(32)];
  const side = (role: "initiator" | "responder"): Keying => ({
    role,
    peer: peerIdFromBytes(new Uint8Array(32).fill(role === "initiator" ? 2 : 1)),
    remoteContactKey: new Uint8Array(32),
    localIncarnation: (role === "initiator" ? "aa" : "bb").repeat(16),
    remoteIncarnation: (role === "initiator" ? "bb" : "aa").repeat(16),
    version: 1,
    localIndex: 2 * serial + (role === "initiator" ? 1_000 : 1_001),
    remoteIndex: 2 * serial + (role === "initiator" ? 1_001 : 1_000),
    sendSecret: new Secret((role === "initiator" ? there : back).slice()),
    receiveSecret: new Secret((role === "initiator" ? back : there).slice()),
    resumeSecret: new Secret(resume.slice()),
    resumeId: bytesToHex(new Uint8Array(16)),
    transcript: new Uint8Array(32).fill(serial),
  });
  return { initiator: side("initiator"), responder: side("responder") };
}

/** Noble, but it remembers every (key, nonce) it sealed under and fails on a repeat [SES-4]. */
export function watchedProvider(): { provider: CryptoProvider; sealed: Set<string> } {
  const names = new Map<AeadKey, string>();
  const sealed = new Set<string>();
  const provider: CryptoProvider = {
    ...nobleProvider,
    importAeadKey(key) {
      const handle = nobleProvider.importAeadKey(key.slice());
      names.set(handle, bytesToHex(key));
      return handle;
    },
    seal(key, nonce, aad, plaintext) {
      const use = `${names.get(key)} ${bytesToHex(nonce)}`;
      assert.ok(!sealed.has(use), `sealed twice under ${use}`);
      sealed.add(use);
      return nobleProvider.seal(key, nonce, aad, plaintext);
    },
  };
  return { provider, sealed };
}

export interface Weather {
  readonly latencyMin: number;
  readonly latencyMax: number;
  readonly loss: number;
  readonly duplication: number;
}

/** One end: a session and the plainest imaginable user of it. */
export class Side {
  readonly name: string;
  readonly session: Session;
  readonly outputs: SessionOutput[] = [];
  readonly jobs: { job: OpenJob; due: number }[] = [];
  /** Frames by serial number that wait to leave, and those that the peer confirmed. */
  readonly waiting: number[] = [];
  readonly acked = new Set<number>();
  readonly received: number[] = [];
  /** Each frame that was put into a record has a name of its own, so that a repeat shows. */
  readonly namesReceived = new Set<number>();
  readonly namesSent = new Map<number, number>();
  #nextName = 0;
  usePath = 0;

  constructor(name: string, session: Session) {
    this.name = name;
    this.session = session;
  }

  drain(): void {
    for (let output = this.session.poll(); output !== undefined; output = this.session.poll()) {
      this.outputs.push(output);
      if (output.type === "frames") for (const frame of output.frames) this.#receive(frame);
      if (output.type === "acked") for (const frame of output.carried) this.acked.add(this.#serialOf(frame));
      if (output.type === "lost") for (const frame of output.carried) this.waiting.push(this.#serialOf(frame));
    }
  }

  /** The records that leave on `path` now, sealed. */
  flush(path: number, room: number, provider: CryptoProvider, now: Instant): Uint8Array[] {
    const packets: Uint8Array[] = [];
    for (;;) {
      const builder = this.session.beginRecord(path, room, now);
      if (builder === undefined) return packets;
      while (path === this.usePath && this.waiting.length > 0 && builder.room > 200) {
        const serial = this.waiting.shift()!;
        const name = this.#nextName++;
        this.namesSent.set(name, serial);
        builder.data(name, serial, new Uint8Array(1 + (serial % 150)).fill(serial));
      }
      const job = this.session.finishRecord(builder, now);
      if (job === undefined) return packets;
      const parts = provider.seal(job.key, job.nonce, job.header, job.plaintext);
      packets.push(Uint8Array.from([job.header, ...parts].flatMap((part) => [...part])));
    }
  }

  types(): string[] {
    return this.outputs.map((output) => output.type);
  }

  #receive(frame: ChannelFrame): void {
    assert.ok(frame.type === "data");
    assert.equal(frame.bytes.length, 1 + (frame.offset % 150));
    assert.ok(!this.namesReceived.has(frame.channel), `${this.name} got frame ${frame.channel} twice`);
    this.namesReceived.add(frame.channel);
    this.received.push(frame.offset);
  }

  #serialOf(frame: CarriedFrame): number {
    assert.ok(frame.type === "data");
    return frame.offset;
  }
}

interface Pipe {
  readonly ordered: boolean;
  readonly weather: Weather;
  readonly recordBytesMax: number;
  isCut: boolean;
  /** Earliest arrival of the next packet in each direction, where order is kept. */
  readonly arrives: [number, number];
}

/** A world with path 0 up and confirmed at both ends. */
export function connected(seed = 7, ordered = true): World {
  const world = new World(seed);
  world.link(0, { ordered, recordBytesMax: 2_000 });
  for (const side of world.sides) side.waiting.push(0);
  world.run(1_000);
  for (const side of world.sides) {
    assert.ok(side.types().includes("confirmed"));
    side.outputs.length = 0;
  }
  return world;
}

export class World {
  now: number;
  readonly chance: () => number;
  readonly provider: CryptoProvider;
  readonly sealed: Set<string>;
  readonly sides: readonly [Side, Side];
  readonly keyings: { initiator: Keying; responder: Keying };
  readonly pipes = new Map<number, Pipe>();
  jobDelayMax = 0;
  /** Whether a path that a session gave up is dialled anew, as an endpoint would. */
  redials = false;
  /** May change, drop or replace a packet on its way. */
  meddle: (packet: Uint8Array, path: number, to: Side) => Uint8Array | undefined = (packet) => packet;
  #keyings = 0;
  #inFlight: { at: number; to: 0 | 1; path: number; packet: Uint8Array }[] = [];

  constructor(seed: number, start = 1_000) {
    this.now = start;
    this.chance = seeded(seed);
    const watched = watchedProvider();
    this.provider = watched.provider;
    this.sealed = watched.sealed;
    const random = randomOf(this.chance);
    this.keyings = keyingPair(random);
    const { initiator, responder } = this.keyings;
    const at = instant(start);
    const make = (keying: Keying): Session => new Session({ provider: this.provider, random, keying, now: at });
    this.sides = [new Side("a", make(initiator)), new Side("b", make(responder))];
  }

  get instant(): Instant {
    return instant(this.now);
  }

  link(path: number, options: Partial<Weather> & { ordered: boolean; recordBytesMax?: number }): void {
    const weather = { latencyMin: 1, latencyMax: 5, loss: 0, duplication: 0, ...options };
    const recordBytesMax = options.recordBytesMax ?? 65_535;
    this.pipes.set(path, { ordered: options.ordered, weather, recordBytesMax, isCut: false, arrives: [0, 0] });
    for (const { session } of this.sides)
      session.addPath(path, { recordBytesMax, ordered: options.ordered }, this.instant);
  }

  unlink(path: number): void {
    this.pipes.delete(path);
    for (const { session } of this.sides) session.removePath(path, this.instant);
  }

  /** One turn of both event loops, then on to the next moment, no later than `end`, at which something happens. */
  step(end = Number.POSITIVE_INFINITY): boolean {
    for (const side of this.sides) this.#turn(side);
    const next = this.#nextMoment();
    if (next === undefined || next > end) return false;
    this.now = Math.max(this.now, next);
    const due = this.#inFlight.filter(({ at }) => at <= this.now).sort((x, y) => x.at - y.at);
    this.#inFlight = this.#inFlight.filter(({ at }) => at > this.now);
    for (const { to, path, packet } of due) if (this.pipes.has(path)) this.arrive(to, path, packet);
    for (const side of this.sides) side.session.handleTimeout(this.instant);
    if (this.redials) this.#redial();
    return true;
  }

  runUntil(isDone: () => boolean, within: number): boolean {
    const end = this.now + within;
    while (!isDone()) if (this.now > end || !this.step()) return isDone();
    return true;
  }

  /** Runs for `span` milliseconds, whatever happens. */
  run(span: number): void {
    const end = this.now + span;
    while (this.step(end)) {
      // on to the next moment
    }
    this.now = end;
    for (const side of this.sides) side.session.handleTimeout(this.instant);
    for (const side of this.sides) this.#turn(side);
  }

  arrive(to: 0 | 1, path: number, packet: Uint8Array): void {
    const side = this.sides[to];
    const job = side.session.handleRecord(path, packet.slice(), this.instant);
    if (job !== undefined) side.jobs.push({ job, due: this.now + Math.floor(this.chance() * this.jobDelayMax) });
  }

  #redial(): void {
    for (const side of this.sides) side.drain();
    for (const [path, pipe] of this.pipes) {
      if (this.sides.every(({ session }) => session.stats(path) !== undefined)) continue;
      this.unlink(path);
      const number = this.sides[0].session.takePathNumber() ?? this.#rekey();
      this.link(number, { ordered: pipe.ordered, recordBytesMax: pipe.recordBytesMax, ...pipe.weather });
      for (const side of this.sides) side.usePath = number;
    }
  }

  /** What a resumption would do; the link that follows is path 0. */
  #rekey(): number {
    const pair = keyingPair(randomOf(this.chance), ++this.#keyings);
    this.sides[0].session.adoptKeying(pair.initiator, this.instant);
    this.sides[1].session.adoptKeying(pair.responder, this.instant);
    return 0;
  }

  #turn(side: Side): void {
    for (let i = side.jobs.length - 1; i >= 0; i--) {
      const { job, due } = side.jobs[i]!;
      if (due > this.now) continue;
      side.jobs.splice(i, 1);
      const plaintext = this.provider.open(job.key, job.nonce, job.header, job.sealed);
      side.session.handleOpened(job, plaintext, this.instant);
    }
    side.drain();
    const to = side === this.sides[0] ? 1 : 0;
    for (const [path, pipe] of this.pipes) {
      for (const packet of side.flush(path, pipe.recordBytesMax, this.provider, this.instant))
        this.#transmit(packet, path, pipe, to);
    }
    side.drain();
  }

  #transmit(packet: Uint8Array, path: number, pipe: Pipe, to: 0 | 1): void {
    const changed = this.meddle(packet, path, this.sides[to]);
    if (changed === undefined || pipe.isCut) return;
    const copies = this.chance() < pipe.weather.duplication ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (this.chance() < pipe.weather.loss) continue;
      const { latencyMin, latencyMax } = pipe.weather;
      let at = this.now + latencyMin + this.chance() * (latencyMax - latencyMin);
      if (pipe.ordered) at = pipe.arrives[to] = Math.max(at, pipe.arrives[to]);
      this.#inFlight.push({ at, to, path, packet: changed });
    }
  }

  #nextMoment(): number | undefined {
    const moments = this.#inFlight.map(({ at }) => at);
    for (const side of this.sides) {
      const timeout = side.session.nextTimeout();
      if (timeout !== undefined) moments.push(timeout);
      for (const { due } of side.jobs) moments.push(due);
      for (const path of this.pipes.keys()) if (side.session.wantsToSend(path, this.instant)) moments.push(this.now);
    }
    return moments.length === 0 ? undefined : Math.min(...moments);
  }
}
