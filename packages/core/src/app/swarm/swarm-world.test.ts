/**
 * A room of members with files, in simulated time: one uplink each with a rate, channels that take so much and
 * can break, broadcasts that reach everybody online, disks that survive a restart.
 */
import type { PeerId } from "../../identity/peer-id.ts";
import type { RandomSource } from "../../lib/random.ts";
import { type Instant, instant } from "../../lib/time.ts";
import { bytesToText, textToBytes } from "../../lib/utf8.ts";
import { FILE_CHUNK_BYTES } from "../../wire/limits.ts";
import { SWARM_MESSAGE } from "../../wire/registry.ts";
import type { Swarm } from "./swarm.ts";
import { DATE, Member, provider, seededRandom, type Traits } from "./swarm-member.test.ts";
import type { SwarmFileId } from "./swarm-message.ts";
import type { SwarmOutput } from "./swarm-output.ts";

const LATENCY_MS = 10;
/** What a channel holds before it is full. */
const CHANNEL_BYTES = 2_097_152;
const DISK_MS = 2;

interface Pipe {
  /** Who opened it. */
  readonly opener: PeerId;
  readonly acceptor: PeerId;
  isOpen: boolean;
}

export class World {
  readonly members: Member[] = [];
  readonly #events: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  readonly #pipes = new Map<string, Pipe>();
  readonly #queued = new Map<string, number>();
  readonly #random: RandomSource;
  /** Channels that cannot be opened. */
  isCut: (a: PeerId, b: PeerId) => boolean = () => false;
  #order = 0;
  now = 0;

  constructor(traits: readonly Traits[], seed = 1) {
    this.#random = seededRandom(seed + 1_000);
    for (const [at, each] of traits.entries()) this.members.push(new Member(at + 1, each, 100 * seed));
    this.meet();
  }

  get instant(): Instant {
    return instant(this.now);
  }

  /** The member with this number, from 0. */
  at(number: number): Member {
    const member = this.members[number];
    if (member === undefined) throw new RangeError(`member ${number}`);
    return member;
  }

  /** Everybody learns who is online. */
  meet(): void {
    for (const member of this.members) {
      if (!member.isOnline) continue;
      const others = this.members.filter((other) => other !== member);
      member.swarm.setMembers(
        others.map(({ peer, isOnline }) => ({ peer, isOnline, isNeighbour: isOnline })),
        this.instant,
      );
      this.#drain(member);
    }
  }

  /** Announces a file, and waits for it to be known. */
  offer(member: Member, bytes: Uint8Array, name = "photo.jpg"): SwarmFileId {
    const source = textToBytes(`/${name}`);
    member.wholes.set(`/${name}`, bytes);
    member.swarm.offer({ request: 1, name, bytes: bytes.length, modified: DATE, source }, this.instant);
    this.#drain(member);
    this.run(500);
    const done = member.outputs.findLast((output) => output.type === "offered");
    if (done === undefined) throw new Error("not offered");
    return done.file;
  }

  fetch(member: Member, file: SwarmFileId): boolean {
    const isBegun = member.swarm.fetch(file, textToBytes("/inbox"), this.instant);
    this.#drain(member);
    return isBegun;
  }

  cancel(member: Member, file: SwarmFileId): boolean {
    const isDone = member.swarm.cancel(file, this.instant);
    this.#drain(member);
    return isDone;
  }

  leave(member: Member): void {
    member.isOnline = false;
    for (const pipe of [...this.#pipes.values()]) {
      if (pipe.opener === member.peer || pipe.acceptor === member.peer) this.#close(pipe);
    }
    this.meet();
  }

  /** A new process over the same disk. */
  restart(member: Member, seed: number): void {
    this.leave(member);
    member.isOnline = true;
    member.start(seed, this.instant);
    this.meet();
  }

  inject(from: Member, to: Member, bytes: Uint8Array): void {
    this.#pipe(from.peer, to.peer, bytes);
  }

  /** Runs until `isDone`, checked at each event, or for so many simulated milliseconds. Whether it was done. */
  run(lengthMs: number, isDone: () => boolean = () => false): boolean {
    const end = this.now + lengthMs;
    for (;;) {
      if (isDone()) return true;
      const timeouts = this.members.filter(({ isOnline }) => isOnline).map((member) => member.swarm.nextTimeout());
      const timer = Math.min(...timeouts.map((at) => at ?? Number.POSITIVE_INFINITY));
      const next = this.#events[0]?.at ?? Number.POSITIVE_INFINITY;
      const at = Math.min(timer, next);
      if (at > end) {
        this.now = end;
        return isDone();
      }
      this.now = Math.max(this.now, at);
      if (next <= timer) this.#events.shift()?.run();
      else
        for (const member of this.members) {
          if (!member.isOnline || (member.swarm.nextTimeout() ?? this.now + 1) > this.now) continue;
          member.swarm.handleTimeout(this.instant);
          this.#drain(member);
        }
    }
  }

  #later(delay: number, run: () => void): void {
    const event = { at: this.now + delay, order: this.#order++, run };
    let at = this.#events.length;
    while (at > 0 && (this.#events[at - 1]?.at ?? 0) > event.at) at -= 1;
    this.#events.splice(at, 0, event);
  }

  #member(peer: PeerId): Member {
    const member = this.members.find((each) => each.peer === peer);
    if (member === undefined) throw new Error("nobody");
    return member;
  }

  #drain(member: Member): void {
    const { swarm } = member;
    for (let output = swarm.poll(); output !== undefined; output = swarm.poll()) this.#carryOut(member, swarm, output);
  }

  #carryOut(member: Member, swarm: Swarm, output: SwarmOutput): void {
    if (output.type !== "send" && output.type !== "write") member.outputs.push(output);
    const answer = (delay: number, run: () => void): void =>
      this.#later(delay, () => {
        if (member.swarm !== swarm || !member.isOnline) return;
        run();
        this.#drain(member);
      });
    switch (output.type) {
      case "store":
        for (const { key, value } of output.puts) member.store.set(key, value);
        for (const key of output.deletes) member.store.delete(key);
        return answer(DISK_MS, () => swarm.handleStored(output.token));
      case "broadcast":
        for (const other of this.members) if (other !== member) this.#broadcast(member, other, output.bytes);
        return;
      case "openPartner":
        return this.#open(member, output.peer);
      case "closePartner":
      case "misbehaved": {
        const pipe = this.#pipeOf(member.peer, output.peer);
        if (pipe !== undefined) this.#later(2 * LATENCY_MS, () => this.#close(pipe));
        return;
      }
      case "send":
        return this.#send(member, output.peer, output.bytes);
      case "read": {
        const { place, offset, length, headroom, token } = output;
        const from =
          place.kind === "whole" ? member.wholes.get(bytesToText(place.source)) : member.parts.get(place.file);
        return answer(DISK_MS, () => {
          if (from === undefined) return swarm.handleReadFailed(token, "unreadable", this.instant);
          const bytes = new Uint8Array(headroom + Math.max(0, Math.min(length, from.length - offset)));
          bytes.set(from.subarray(offset, offset + length), headroom);
          swarm.handleRead(token, bytes, this.instant);
        });
      }
      case "hash": // answers come in whatever order
        return answer((this.#random(1)[0] ?? 0) % 5, () =>
          swarm.handleHashed(output.token, provider.sha256(...output.parts), this.instant),
        );
      case "prepare": {
        const there = member.parts.get(output.file);
        member.parts.set(output.file, there ?? new Uint8Array(output.offer.bytes));
        return answer(DISK_MS, () => swarm.handlePrepared(output.file, there?.length ?? 0, this.instant));
      }
      case "write":
        return answer(DISK_MS, () => {
          if (member.fault !== undefined) return swarm.handleDiskFailed(output.file, member.fault, this.instant);
          member.parts.get(output.file)?.set(output.bytes, output.offset);
          member.noteWritten(output.file, output.offset / FILE_CHUNK_BYTES);
          swarm.handleWritten(output.token, this.instant);
        });
      case "place":
        return answer(DISK_MS, () => {
          const path = `/inbox/${output.offer.name}`;
          member.wholes.set(path, member.parts.get(output.file) ?? new Uint8Array());
          member.parts.delete(output.file);
          swarm.handlePlaced(output.file, textToBytes(path), this.instant);
        });
      case "discard":
        member.parts.delete(output.file);
        return;
      default:
        return;
    }
  }

  #broadcast(from: Member, to: Member, bytes: Uint8Array): void {
    this.#later(LATENCY_MS, () => {
      if (!to.isOnline) return;
      to.swarm.handleBroadcast(from.peer, bytes, this.instant);
      this.#drain(to);
    });
  }

  #pipeOf(a: PeerId, b: PeerId): Pipe | undefined {
    return this.#pipes.get(a < b ? a + b : b + a);
  }

  #open(opener: Member, acceptor: PeerId): void {
    this.#later(2 * LATENCY_MS, () => {
      const other = this.#member(acceptor);
      if (!opener.isOnline) return;
      if (!other.isOnline || this.isCut(opener.peer, acceptor)) {
        opener.swarm.handlePartnerDown(acceptor, this.instant);
        this.#drain(opener);
        return;
      }
      const known = this.#pipeOf(opener.peer, acceptor);
      if (known?.isOpen === true) return this.#up(known); // both opened at once: one stays
      const pipe = { opener: opener.peer, acceptor, isOpen: true };
      this.#pipes.set(opener.peer < acceptor ? opener.peer + acceptor : acceptor + opener.peer, pipe);
      this.#up(pipe);
    });
  }

  #up(pipe: Pipe): void {
    for (const [self, other] of [
      [pipe.acceptor, pipe.opener],
      [pipe.opener, pipe.acceptor],
    ] as const) {
      const member = this.#member(self);
      if (member.swarm.partners.includes(other)) continue;
      member.swarm.handlePartnerUp(other, self === pipe.opener, this.instant);
      this.#drain(member);
    }
  }

  #close(pipe: Pipe): void {
    if (!pipe.isOpen) return;
    pipe.isOpen = false;
    this.#pipes.delete(pipe.opener < pipe.acceptor ? pipe.opener + pipe.acceptor : pipe.acceptor + pipe.opener);
    for (const [self, other] of [
      [pipe.acceptor, pipe.opener],
      [pipe.opener, pipe.acceptor],
    ] as const) {
      this.#queued.delete(self + other);
      const member = this.#member(self);
      if (!member.isOnline) continue;
      member.swarm.handlePartnerDown(other, this.instant);
      this.#drain(member);
    }
  }

  #send(from: Member, to: PeerId, sent: Uint8Array): void {
    const pipe = this.#pipeOf(from.peer, to);
    if (pipe === undefined) return;
    const bytes = sent.slice();
    if (bytes[0] === SWARM_MESSAGE.chunk) {
      if (from.traits.isSilent) return;
      from.chunkBytesSent += bytes.length;
      if (from.traits.lies) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    }
    if (from.traits.boasts && bytes[0] === SWARM_MESSAGE.have) bytes[33] = 1;
    this.#pipe(from.peer, to, from.traits.boasts && bytes[0] === SWARM_MESSAGE.have ? bytes.subarray(0, 34) : bytes);
    if (this.#random(4).reduce((sum, byte) => 256 * sum + byte, 0) / 2 ** 32 < (from.traits.breaks ?? 0)) {
      this.#later(LATENCY_MS, () => this.#close(pipe));
    }
  }

  #pipe(from: PeerId, to: PeerId, bytes: Uint8Array): void {
    const pipe = this.#pipeOf(from, to);
    const [sender, receiver] = [this.#member(from), this.#member(to)];
    if (pipe === undefined) return;
    sender.bytesSent += bytes.length;
    const start = Math.max(this.now, sender.uplinkFree);
    sender.uplinkFree = start + (1_000 * bytes.length) / (sender.traits.rate ?? 10_000_000);
    const key = from + to;
    this.#queued.set(key, (this.#queued.get(key) ?? 0) + bytes.length);
    if ((this.#queued.get(key) ?? 0) > CHANNEL_BYTES) sender.swarm.handleFull(to);
    this.#later(sender.uplinkFree - this.now, () => {
      if (!pipe.isOpen) return;
      const before = this.#queued.get(key) ?? 0;
      this.#queued.set(key, before - bytes.length);
      if (before > CHANNEL_BYTES && before - bytes.length <= CHANNEL_BYTES) {
        sender.swarm.handleWritable(to, this.instant);
        this.#drain(sender);
      }
      this.#later(LATENCY_MS, () => {
        if (!pipe.isOpen || !receiver.isOnline) return;
        receiver.swarm.handleMessage(from, bytes, this.instant);
        this.#drain(receiver);
      });
    });
  }
}
