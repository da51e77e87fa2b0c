/**
 * What every transport must do, as tests: memory and TCP run it, and later ones will.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, HANDSHAKE_TIMEOUT, PREAUTH_BYTES_MAX, PREAUTH_PACKET_BYTES_MAX } from "@kith/core";
import type { Clock } from "../clock.ts";
import { EndpointError } from "../endpoint-error.ts";
import {
  type Hint,
  LINK_WRITE_BYTES_MAX,
  type Link,
  type LinkEnd,
  type Listener,
  type Transport,
} from "../transport.ts";
import { FakeClock } from "./fake-clock.ts";

export interface TransportCase {
  readonly dialer: Transport;
  readonly listener: Transport;
  /** Where nobody listens. */
  readonly deadHint: Hint;
  /** Where the dialer finds something the listener's {@link Listener.port} is at. */
  hint(port: number): Hint;
}

/** Registers the tests of one transport, under its name. */
export function transportSuite(name: string, make: (options: { readonly clock?: Clock }) => TransportCase): void {
  const claim = (what: string, run: (use: Use) => Promise<void>): void => {
    test(`${name} transport: ${what}`, async () => {
      const use = new Use(make);
      try {
        await run(use);
      } finally {
        await use.cleanUp();
      }
    });
  };

  claim("both ends know how they came about", async (use) => {
    const { near, far, hint } = await use.connect();
    assert.equal(near.link.isOutgoing, true);
    assert.equal(far.link.isOutgoing, false);
    assert.deepEqual(near.link.hint, hint);
    assert.equal(far.link.hint, undefined);
    assert.equal(near.link.kind, far.link.kind);
    assert.ok(near.link.remote.length > 0 && far.link.remote.length > 0);
    assert.ok(near.link.ordered && near.link.room > 65_535);
  });

  claim("a packet arrives whole, its parts put together", async (use) => {
    const { near, far } = await use.connect();
    near.link.write([bytes(3, 1), bytes(0), bytes(5_000, 2), bytes(1, 3)]);
    assert.deepEqual(await far.packet(), concatBytes(bytes(3, 1), bytes(5_000, 2), bytes(1, 3)));
  });

  claim("many packets of one turn keep their bounds and order", async (use) => {
    const { near, far } = await use.connect();
    const sent = Array.from({ length: 400 }, (_, i) => bytes(1 + ((i * 7_919) % 3_000), i));
    for (const packet of sent) near.link.write([packet.slice()]);
    for (const packet of sent) assert.deepEqual(await far.packet(), packet);
  });

  claim("the largest packet passes both ways at once", async (use) => {
    const { near, far } = await use.connect();
    const [a, b] = [bytes(near.link.recordBytesMax, 1), bytes(far.link.recordBytesMax, 2)];
    near.link.write([a.slice(0, 16), a.slice(16)]);
    far.link.write([b.slice()]);
    assert.deepEqual(await far.packet(), a);
    assert.deepEqual(await near.packet(), b);
  });

  claim("what comes before start waits for it", async (use) => {
    const { near, far } = await use.connect({ startsFar: false });
    near.link.write([bytes(10, 1)]);
    await turns(20);
    far.start();
    far.link.authenticated();
    assert.deepEqual(await far.packet(), bytes(10, 1));
  });

  claim("a stranger may send a packet at the limit", async (use) => {
    const { near, far } = await use.connect({ authenticates: false });
    near.link.write([bytes(PREAUTH_PACKET_BYTES_MAX, 1)]);
    assert.equal((await far.packet()).length, PREAUTH_PACKET_BYTES_MAX);
  });

  claim("a stranger's packet one over the limit ends the link undelivered", async (use) => {
    const { near, far } = await use.connect({ authenticates: false });
    near.link.write([bytes(PREAUTH_PACKET_BYTES_MAX + 1, 1)]);
    assert.equal((await far.ended).by, "violation");
    assert.equal(far.received, 0);
    assert.match((await near.ended).by, /^(peer|network)$/);
  });

  claim("a stranger may send so many bytes in all, and not one more", async (use) => {
    const { near, far } = await use.connect({ authenticates: false });
    for (let sent = 0; sent < PREAUTH_BYTES_MAX; sent += 1_024) near.link.write([bytes(1_024, 1)]);
    for (let got = 0; got < PREAUTH_BYTES_MAX; got += 1_024) await far.packet();
    near.link.write([bytes(1)]);
    assert.equal((await far.ended).by, "violation");
    assert.equal(far.received, PREAUTH_BYTES_MAX / 1_024);
  });

  claim("who is authenticated while a packet is handled may have sent more behind it", async (use) => {
    const { near, far } = await use.connect({ authenticates: false, startsFar: false });
    far.start((packet) => packet.length === 2 && endOfTurn(() => far.link.authenticated()));
    for (const size of [1, 2, 60_000, 60_001, 3]) near.link.write([bytes(size, size)]);
    for (const size of [1, 2, 60_000, 60_001, 3]) assert.equal((await far.packet()).length, size);
  });

  claim("a stranger who says nothing is ended in time, a peer is not", async (use) => {
    const clock = new FakeClock();
    const silent = await use.connect({ authenticates: false, clock });
    const known = await use.connect({ clock });
    clock.advance(HANDSHAKE_TIMEOUT - 1);
    await turns(3);
    assert.equal(silent.far.hasEnded, false);
    clock.advance(1);
    assert.equal((await silent.far.ended).by, "violation");
    known.near.link.write([bytes(1)]);
    await known.far.packet();
  });

  claim("a reader that pauses makes the writer's room end, and loses nothing", async (use) => {
    const { near, far } = await use.connect();
    far.link.pause();
    let sent = 0;
    for (let idle = 0; idle < 50; idle++) {
      for (; near.link.room > 0; sent++) {
        near.link.write([bytes(60_000, sent)]);
        idle = 0;
      }
      await turns(1);
      assert.ok(sent < 2_000, "room never ends");
    }
    assert.ok(sent * 60_000 >= LINK_WRITE_BYTES_MAX);
    assert.equal(far.received, 0);
    const roomy = near.nextRoom();
    far.link.resume();
    await roomy;
    for (let i = 0; i < sent; i++) assert.deepEqual(await far.packet(), bytes(60_000, i));
  });

  claim("pausing inside a packet's handler stops the next", async (use) => {
    const { near, far } = await use.connect({ startsFar: false });
    far.link.authenticated();
    far.start((packet) => packet[0] === 1 && far.link.pause());
    near.link.write([Uint8Array.of(0)]);
    near.link.write([Uint8Array.of(1)]);
    near.link.write([Uint8Array.of(2)]);
    await far.packet();
    await far.packet();
    await turns(10);
    assert.equal(far.received, 2);
    far.link.resume();
    assert.deepEqual(await far.packet(), Uint8Array.of(2));
  });

  claim("close sends what was written, then each end hears of it once", async (use) => {
    const { near, far } = await use.connect();
    for (let i = 0; i < 10; i++) near.link.write([bytes(60_000, i)]);
    near.link.close();
    near.link.close();
    near.link.write([bytes(9)]);
    for (let i = 0; i < 10; i++) assert.deepEqual(await far.packet(), bytes(60_000, i));
    assert.equal((await far.ended).by, "peer");
    assert.equal((await near.ended).by, "us");
    far.link.write([bytes(9)]);
    far.link.close();
    await turns(5);
    assert.equal(far.received, 10);
    assert.deepEqual([near.ends, far.ends], [1, 1]);
  });

  claim("nothing is delivered after close", async (use) => {
    const { near, far } = await use.connect({ startsFar: false });
    far.link.authenticated();
    far.start(() => far.link.close());
    for (let i = 0; i < 5; i++) near.link.write([bytes(100, i)]);
    assert.equal((await far.ended).by, "us");
    assert.equal(far.received, 1);
  });

  claim("dialling where nobody listens says unreachable", async (use) => {
    const { dialer, deadHint } = use.make({});
    await assert.rejects(dialer.dial([deadHint]), isUnreachable);
    await assert.rejects(dialer.dial([]), isUnreachable);
  });

  claim("the next hint is tried when one fails", async (use) => {
    const { deadHint, hint, dialer, port } = await use.listen();
    const link = await dialer.dial([deadHint, hint(port)]);
    use.later(() => link.close());
    assert.deepEqual(link.hint, hint(port));
  });

  claim("an abort rejects with its reason, before and during", async (use) => {
    const { deadHint, dialer, hint, port } = await use.listen();
    const reason = new Error("changed my mind");
    await assert.rejects(dialer.dial([hint(port)], { signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    const dialing = dialer.dial([deadHint, hint(port)], { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(dialing, reason);
  });

  claim("a closed listener takes no more, and leaves those that are up", async (use) => {
    const { near, far, listener, hint, dialer } = await use.connect();
    await listener.close();
    await listener.close();
    await assert.rejects(dialer.dial([hint]), isUnreachable);
    near.link.write([bytes(5, 1)]);
    assert.deepEqual(await far.packet(), bytes(5, 1));
  });

  claim("links end alone", async (use) => {
    const bad = await use.connect({ authenticates: false });
    const good = await use.connect();
    bad.near.link.write([bytes(PREAUTH_PACKET_BYTES_MAX + 1)]);
    await bad.far.ended;
    good.near.link.write([bytes(7, 7)]);
    assert.deepEqual(await good.far.packet(), bytes(7, 7));
  });

  claim("the listener's port is real and its own", async (use) => {
    const [a, b] = [await use.listen(), await use.listen()];
    assert.ok(a.port > 0 && b.port > 0);
    for (const address of a.listener.addresses()) assert.equal(address.port, a.port);
  });
}

interface ConnectOptions {
  readonly clock?: Clock;
  /** Whether the far end takes the near one for a peer: true unless told, or unless it is started later. */
  readonly authenticates?: boolean;
  readonly startsFar?: boolean;
}

/** What one test set up, to be taken down after it. */
class Use {
  readonly make: (options: { readonly clock?: Clock }) => TransportCase;
  readonly #undo: (() => unknown)[] = [];

  constructor(make: (options: { readonly clock?: Clock }) => TransportCase) {
    this.make = make;
  }

  later(undo: () => unknown): void {
    this.#undo.push(undo);
  }

  async cleanUp(): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
  }

  async listen(options: ConnectOptions = {}) {
    const parts = this.make(options.clock === undefined ? {} : { clock: options.clock });
    const arrivals: ((link: Link) => void)[] = [];
    const listener: Listener = await parts.listener.listen((link) => {
      this.later(() => link.close());
      const arrive = arrivals.shift();
      if (arrive === undefined) link.start({ onPacket() {}, onRoom() {}, onClosed() {} });
      else arrive(link);
    });
    this.later(() => listener.close());
    const { dialer, deadHint } = parts;
    return { dialer, deadHint, listener, arrivals, port: listener.port, hint: (port: number) => parts.hint(port) };
  }

  async connect(options: ConnectOptions = {}) {
    const { dialer, listener, arrivals, ...rest } = await this.listen(options);
    const arrival = new Promise<Link>((resolve) => arrivals.push(resolve));
    const hint = rest.hint(listener.port);
    const near = new End(await dialer.dial([hint]));
    this.later(() => near.link.close());
    const far = new End(await arrival);
    near.start();
    if (options.startsFar ?? true) far.start();
    near.link.authenticated();
    if ((options.authenticates ?? true) && (options.startsFar ?? true)) far.link.authenticated();
    return { near, far, hint, listener, dialer };
  }
}

/** One end of a link, with what happened to it. */
class End {
  readonly link: Link;
  readonly ended: Promise<LinkEnd>;
  received = 0;
  ends = 0;
  readonly #packets: Uint8Array[] = [];
  #wake = (): void => {};
  #roomy = (): void => {};
  #tellEnd = (_end: LinkEnd): void => {};

  constructor(link: Link) {
    this.link = link;
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
  }

  get hasEnded(): boolean {
    return this.ends > 0;
  }

  start(onPacket?: (packet: Uint8Array) => unknown): void {
    this.link.start({
      onPacket: (packet) => {
        this.received++;
        this.#packets.push(packet.slice());
        onPacket?.(packet);
        this.#wake();
      },
      onRoom: () => this.#roomy(),
      onClosed: (end) => {
        this.ends++;
        this.#tellEnd(end);
        this.#wake();
      },
    });
  }

  async packet(): Promise<Uint8Array> {
    for (;;) {
      const packet = this.#packets.shift();
      if (packet !== undefined) return packet;
      assert.equal(this.ends, 0, "the link ended before the packet came");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  nextRoom(): Promise<void> {
    return new Promise((resolve) => {
      this.#roomy = resolve;
    });
  }
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof EndpointError && error.code === "ERR_PEER_UNREACHABLE";

const endOfTurn = (run: () => void): void => {
  process.nextTick(run); // as a driver that polls at the end of the turn
};

/** `length` bytes that differ from place to place and by `seed`. */
function bytes(length: number, seed = 0): Uint8Array {
  const made = new Uint8Array(length);
  for (let i = 0; i < length; i++) made[i] = i * 31 + (i >> 8) + seed * 17;
  return made;
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(() => resolve()));
}
