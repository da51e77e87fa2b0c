/**
 * Members of a room with one document, in simulated time: broadcasts with random delays and repeats, in their
 * author's order; channels that carry everything in order; partitions through which nothing goes.
 */
import { nobleProvider } from "../../crypto/noble-provider.ts";
import { type PeerId, peerIdFromBytes } from "../../identity/peer-id.ts";
import { type RandomSource, randomBelow } from "../../lib/random.ts";
import { type Instant, instant } from "../../lib/time.ts";
import type { DocOutput } from "./doc-output.ts";
import { DocSync } from "./doc-sync.ts";
import { YjsReplica } from "./yjs-replica.test.ts";

/** Mulberry32: neighbouring seeds have nothing to do with each other. */
export function seededRandom(seed: number): RandomSource {
  let state = seed;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      bytes[i] = (mixed ^ (mixed >>> 14)) >>> 12;
    }
    return bytes;
  };
}

export class DocMemberInTest {
  readonly peer: PeerId;
  readonly replica: YjsReplica;
  readonly machine: DocSync;
  readonly outputs: DocOutput[] = [];
  isOnline = true;
  /** None of its channels opens; those of others to it do. */
  cannotOpen = false;
  group = 0;
  sent = 0;

  constructor(number: number, seed: number, isKept: boolean) {
    this.peer = peerIdFromBytes(new Uint8Array(32).fill(number));
    this.replica = new YjsReplica(number);
    this.machine = new DocSync({
      provider: nobleProvider,
      random: seededRandom(seed + number),
      self: this.peer,
      isKept,
    });
  }

  get isReady(): boolean {
    return this.machine.isReady;
  }
}

export class DocWorld {
  readonly members: DocMemberInTest[] = [];
  readonly random: RandomSource;
  readonly #events: { readonly at: number; readonly run: () => void }[] = [];
  /** When the last broadcast of one arrives at another: the next comes after it. */
  readonly #last = new Map<string, number>();
  readonly #channels = new Map<string, { readonly opener: PeerId; readonly acceptor: PeerId; isOpen: boolean }>();
  readonly #seed: number;
  delayMax = 50;
  /** In a hundred. */
  repeats = 0;
  losses = 0;
  now = 0;
  /** Of everything that went over a channel or, once for each receiver, a broadcast. */
  bytes = 0;

  constructor(count: number, seed = 1) {
    this.#seed = 100 * seed;
    this.random = seededRandom(seed + 5_000);
    for (let number = 1; number <= count; number++) this.join(true);
  }

  get instant(): Instant {
    return instant(this.now);
  }

  at(number: number): DocMemberInTest {
    const member = this.members[number];
    if (member === undefined) throw new RangeError(`member ${number}`);
    return member;
  }

  join(isKept: boolean): DocMemberInTest {
    const member = new DocMemberInTest(this.members.length + 1, this.#seed, isKept);
    this.members.push(member);
    this.meet();
    return member;
  }

  /** Everybody learns whom it reaches; channels to others end. */
  meet(): void {
    for (const channel of [...this.#channels.values()]) {
      if (!this.reaches(this.#member(channel.opener), this.#member(channel.acceptor))) this.#close(channel);
    }
    for (const member of this.members) {
      const others = this.members.filter((other) => other !== member);
      member.machine.setMembers(
        others.map((other) => {
          const isOnline = this.reaches(member, other);
          return { peer: other.peer, isOnline, isNeighbour: isOnline };
        }),
        this.instant,
      );
      this.drain(member);
    }
  }

  reaches(a: DocMemberInTest, b: DocMemberInTest): boolean {
    return a.isOnline && b.isOnline && a.group === b.group;
  }

  /** Tells the others what was edited in this member's replica. */
  publish(member: DocMemberInTest): void {
    for (const edit of member.replica.edits.splice(0)) member.machine.handleEdit(edit, this.instant);
    this.drain(member);
  }

  /** Runs until `isDone`, checked at each event, or for so many simulated milliseconds. Whether it was done. */
  run(lengthMs: number, isDone: () => boolean = () => false): boolean {
    const end = this.now + lengthMs;
    for (;;) {
      if (isDone()) return true;
      const timeouts = this.members.map(({ machine }) => machine.nextTimeout() ?? Number.POSITIVE_INFINITY);
      const [timer, next] = [Math.min(...timeouts), this.#events[0]?.at ?? Number.POSITIVE_INFINITY];
      const at = Math.min(timer, next);
      if (at > end) {
        this.now = end;
        return isDone();
      }
      this.now = Math.max(this.now, at);
      if (next <= timer) this.#events.shift()?.run();
      else
        for (const member of this.members) {
          member.machine.handleTimeout(this.instant);
          this.drain(member);
        }
    }
  }

  /** Whether all who are online hold the same. */
  isEqual(): boolean {
    const online = this.members.filter(({ isOnline }) => isOnline);
    const [first = "", ...others] = online.map(({ replica }) => replica.digest().join());
    return others.every((other) => other === first);
  }

  drain(member: DocMemberInTest): void {
    const { machine } = member;
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) this.#carryOut(member, output);
  }

  #carryOut(member: DocMemberInTest, output: DocOutput): void {
    const { machine, replica } = member;
    member.outputs.push(output);
    switch (output.type) {
      case "broadcast":
        for (const other of this.members) if (other !== member) this.#broadcast(member, other, output.bytes);
        return;
      case "openChannel":
        this.#later(20, () => this.#open(member, output.peer));
        return;
      case "closeChannel":
      case "misbehaved": {
        const channel = this.#channelOf(member.peer, output.peer);
        if (channel !== undefined) this.#later(200, () => this.#close(channel)); // after what is on its way
        return;
      }
      case "send":
        return this.#send(member, output.peer, output.bytes);
      case "state":
        return machine.handleState(
          output.token,
          output.of === "vector" ? replica.stateVector() : replica.digest(),
          this.instant,
        );
      case "diffFor": {
        let diff: Uint8Array | undefined;
        try {
          diff = replica.diffFor(output.vector);
        } catch {
          diff = undefined;
        }
        return machine.handleDiff(output.token, diff, this.instant);
      }
      case "apply": {
        let isMerged = true;
        try {
          replica.apply(output.update);
        } catch {
          isMerged = false;
        }
        return machine.handleApplied(output.token, isMerged, this.instant);
      }
      case "ready":
        return;
    }
  }

  #later(delay: number, run: () => void): void {
    const at = this.now + delay;
    const before = this.#events.findLastIndex((event) => event.at <= at);
    this.#events.splice(before + 1, 0, { at, run });
  }

  #broadcast(from: DocMemberInTest, to: DocMemberInTest, bytes: Uint8Array): void {
    if (!this.reaches(from, to)) return;
    this.bytes += bytes.length;
    from.sent += bytes.length;
    const key = from.peer + to.peer;
    const copies = randomBelow(this.random, 100) < this.repeats ? 2 : 1;
    const isLost = randomBelow(this.random, 100) < this.losses;
    const at = Math.max(this.#last.get(key) ?? 0, this.now + 1 + randomBelow(this.random, this.delayMax));
    this.#last.set(key, at);
    for (let copy = 0; copy < copies && !isLost; copy++) {
      this.#later(at - this.now + copy * randomBelow(this.random, this.delayMax), () => {
        if (!this.reaches(from, to)) return;
        to.machine.handleBroadcast(from.peer, bytes, this.instant);
        this.drain(to);
      });
    }
  }

  #member(peer: PeerId): DocMemberInTest {
    const member = this.members.find((each) => each.peer === peer);
    if (member === undefined) throw new Error("nobody");
    return member;
  }

  #channelOf(
    a: PeerId,
    b: PeerId,
  ): { readonly opener: PeerId; readonly acceptor: PeerId; isOpen: boolean } | undefined {
    return this.#channels.get(a < b ? a + b : b + a);
  }

  #open(opener: DocMemberInTest, acceptor: PeerId): void {
    const other = this.#member(acceptor);
    const known = this.#channelOf(opener.peer, acceptor);
    if (known !== undefined) {
      // Both opened, or the last one is ending: this one is over.
      opener.machine.handleChannelDown(acceptor, this.instant);
      return this.drain(opener);
    }
    if (!this.reaches(opener, other) || opener.cannotOpen) {
      opener.machine.handleChannelDown(acceptor, this.instant);
      return this.drain(opener);
    }
    const channel = { opener: opener.peer, acceptor, isOpen: true };
    this.#channels.set(opener.peer < acceptor ? opener.peer + acceptor : acceptor + opener.peer, channel);
    other.machine.handleChannelUp(opener.peer, false, this.instant);
    this.drain(other);
    opener.machine.handleChannelUp(acceptor, true, this.instant);
    this.drain(opener);
  }

  #close(channel: { readonly opener: PeerId; readonly acceptor: PeerId; isOpen: boolean }): void {
    if (!channel.isOpen) return;
    channel.isOpen = false;
    const { opener, acceptor } = channel;
    this.#channels.delete(opener < acceptor ? opener + acceptor : acceptor + opener);
    for (const [self, other] of [
      [opener, acceptor],
      [acceptor, opener],
    ] as const) {
      const member = this.#member(self);
      member.machine.handleChannelDown(other, this.instant);
      this.drain(member);
    }
  }

  #send(from: DocMemberInTest, to: PeerId, bytes: Uint8Array): void {
    const channel = this.#channelOf(from.peer, to);
    if (channel === undefined) return;
    this.bytes += bytes.length;
    from.sent += bytes.length;
    this.#later(10, () => {
      if (!channel.isOpen) return;
      const receiver = this.#member(to);
      receiver.machine.handleMessage(from.peer, bytes, this.instant);
      this.drain(receiver);
    });
  }
}
