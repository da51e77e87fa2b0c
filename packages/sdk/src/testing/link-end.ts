/**
 * One end of a link as {@link linkSuite} drives it: here, or by calls into a page. What is asked and answered is plain
 * data, so that an end may be anywhere.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Link, LinkEnd } from "../transport.ts";
import type { FakeClock } from "./fake-clock.ts";

/** Bytes of a packet: how many, and what they differ by from others. */
export type Part = readonly [length: number, seed: number];

export interface EndFacts {
  readonly kind: string;
  readonly isOutgoing: boolean;
  readonly remote: string;
  readonly ordered: boolean;
  readonly recordBytesMax: number;
  readonly room: number;
  readonly received: number;
  readonly ends: number;
}

/** What an end does by itself in the handler of its `at`th packet. */
export interface Reaction {
  readonly at: number;
  /** `authenticated` follows at the end of the turn, as a driver does it. */
  readonly what: "authenticated" | "pause" | "close";
}

export interface SuiteEnd {
  facts(): Promise<EndFacts>;
  start(reaction?: Reaction): Promise<void>;
  tell(what: "authenticated" | "pause" | "resume" | "close"): Promise<void>;
  /** So many packets, each of its parts, in one turn. */
  write(packets: readonly (readonly Part[])[]): Promise<void>;
  /** Packets of one part each, numbered from `first`, while there is room; how many. */
  fill(length: number, first: number): Promise<number>;
  /** Resolves when `onRoom` is called after it was asked; ask before the cause. */
  nextRoom(): Promise<void>;
  /** {@link digestOf} of the next packet. */
  packet(): Promise<string>;
  ended(): Promise<LinkEnd["by"]>;
  /** Turns of its event loop go by. */
  turns(count: number): Promise<void>;
  /** Its clock goes on, if it is one for tests. */
  advance(ms: number): Promise<void>;
}

export class HereEnd implements SuiteEnd {
  readonly link: Link;
  readonly #clock: FakeClock | undefined;
  readonly #ended = Promise.withResolvers<LinkEnd["by"]>();
  readonly #packets: string[] = [];
  #received = 0;
  #ends = 0;
  #wake = (): void => {};
  #roomy = (): void => {};

  constructor(link: Link, clock?: FakeClock) {
    [this.link, this.#clock] = [link, clock];
  }

  async facts(): Promise<EndFacts> {
    const { kind, isOutgoing, remote, ordered, recordBytesMax, room } = this.link;
    return { kind, isOutgoing, remote, ordered, recordBytesMax, room, received: this.#received, ends: this.#ends };
  }

  async start(reaction?: Reaction): Promise<void> {
    this.link.start({
      onPacket: (packet) => {
        this.#received++;
        this.#packets.push(digest(packet));
        if (this.#received === reaction?.at) this.#react(reaction.what);
        this.#wake();
      },
      onRoom: () => this.#roomy(),
      onClosed: (end) => {
        this.#ends++;
        this.#ended.resolve(end.by);
        this.#wake();
      },
    });
  }

  async tell(what: "authenticated" | "pause" | "resume" | "close"): Promise<void> {
    this.link[what]();
  }

  async write(packets: readonly (readonly Part[])[]): Promise<void> {
    for (const parts of packets) this.link.write(parts.map(bytesOf));
  }

  async fill(length: number, first: number): Promise<number> {
    let count = 0;
    for (; this.link.room > 0; count++) this.link.write([bytesOf([length, first + count])]);
    return count;
  }

  nextRoom(): Promise<void> {
    return new Promise((resolve) => {
      this.#roomy = resolve;
    });
  }

  async packet(): Promise<string> {
    for (;;) {
      const packet = this.#packets.shift();
      if (packet !== undefined) return packet;
      assert.equal(this.#ends, 0, "the link ended before the packet came");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  ended(): Promise<LinkEnd["by"]> {
    return this.#ended.promise;
  }

  async turns(count: number): Promise<void> {
    for (let i = 0; i < count; i++)
      await new Promise<void>((resolve) => void (globalThis.setImmediate ?? setTimeout)(resolve));
  }

  async advance(ms: number): Promise<void> {
    assert.ok(this.#clock, "a clock that can be told");
    this.#clock.advance(ms);
  }

  #react(what: Reaction["what"]): void {
    if (what === "authenticated") endOfTurn(() => this.link.authenticated());
    else this.link[what]();
  }
}

/** What a packet of these parts is known by. */
export const digestOf = (parts: readonly Part[]): string => {
  const packet = new Uint8Array(parts.reduce((sum, [length]) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    packet.set(bytesOf(part), at);
    at += part[0];
  }
  return digest(packet);
};

/** `length` bytes that differ from place to place and by `seed`. */
function bytesOf([length, seed]: Part): Uint8Array {
  const made = new Uint8Array(length);
  for (let i = 0; i < length; i++) made[i] = i * 31 + (i >> 8) + seed * 17;
  return made;
}

/** FNV-1a: nobody attacks it here. */
function digest(packet: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of packet) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${packet.length} ${(hash >>> 0).toString(16)}`;
}

/** As a driver that polls at the end of the turn. */
const endOfTurn = (run: () => void): void =>
  typeof process === "undefined" ? queueMicrotask(run) : process.nextTick(run);
