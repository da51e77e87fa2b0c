/**
 * What every transport must do, as tests: its links, and how they come about.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PREAUTH_PACKET_BYTES_MAX } from "@kith/core";
import type { Clock } from "../clock.ts";
import { EndpointError } from "../endpoint-error.ts";
import type { Hint, Link, Listener, Transport } from "../transport.ts";
import { FakeClock } from "./fake-clock.ts";
import { digestOf, HereEnd } from "./link-end.ts";
import { begin, linkSuite, type SuiteLink } from "./link-suite.ts";

export interface TransportCase {
  readonly dialer: Transport;
  readonly listener: Transport;
  /** Where nobody listens. */
  readonly deadHint: Hint;
  /** Where the dialer finds something the listener's {@link Listener.port} is at. */
  hint(port: number): Hint;
}

type Make = (options: { readonly clock?: Clock }) => TransportCase;

/** Registers the tests of one transport, under its name. */
export function transportSuite(name: string, make: Make): void {
  linkSuite(name, async ({ hasFakeClock }) => {
    const use = new Use(make, hasFakeClock ? new FakeClock() : undefined);
    try {
      const { near, far } = await use.connect();
      return { near, far, [Symbol.asyncDispose]: () => use[Symbol.asyncDispose]() };
    } catch (error) {
      await use[Symbol.asyncDispose]();
      throw error;
    }
  });

  const claim = (what: string, run: (use: Use) => Promise<void>): void => {
    test(`${name} transport: ${what}`, async () => {
      await using use = new Use(make);
      await run(use);
    });
  };

  claim("who dialled knows where, who was dialled does not", async (use) => {
    const { near, far, hint } = await use.connect();
    assert.deepEqual(near.link.hint, hint);
    assert.equal(far.link.hint, undefined);
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
    await begin(linkOf({ near, far }), {});
    await listener.close();
    await listener.close();
    await assert.rejects(dialer.dial([hint]), isUnreachable);
    await near.write([[[5, 1]]]);
    assert.equal(await far.packet(), digestOf([[5, 1]]));
  });

  claim("links end alone", async (use) => {
    const bad = await use.connect();
    await begin(linkOf(bad), { authenticates: false });
    const good = await use.connect();
    await begin(linkOf(good), {});
    await bad.near.write([[[PREAUTH_PACKET_BYTES_MAX + 1, 0]]]);
    await bad.far.ended();
    await good.near.write([[[7, 7]]]);
    assert.equal(await good.far.packet(), digestOf([[7, 7]]));
  });

  claim("the listener's port is real and its own", async (use) => {
    const [a, b] = [await use.listen(), await use.listen()];
    assert.ok(a.port > 0 && b.port > 0);
    for (const address of a.listener.addresses()) assert.equal(address.port, a.port);
  });
}

const linkOf = ({ near, far }: { near: HereEnd; far: HereEnd }): SuiteLink => ({
  ...{ near, far },
  [Symbol.asyncDispose]: async () => {}, // the use ends it
});

interface Listening {
  readonly dialer: Transport;
  readonly deadHint: Hint;
  readonly listener: Listener;
  /** Who takes the next link that comes. */
  readonly arrivals: ((link: Link) => void)[];
  readonly port: number;
  hint(port: number): Hint;
}

interface Connected {
  readonly near: HereEnd;
  readonly far: HereEnd;
  readonly hint: Hint;
  readonly listener: Listener;
  readonly dialer: Transport;
}

/** What one test set up, to be taken down after it. */
class Use implements AsyncDisposable {
  readonly make: Make;
  readonly #clock: FakeClock | undefined;
  readonly #undo: (() => unknown)[] = [];

  constructor(make: Make, clock?: FakeClock) {
    [this.make, this.#clock] = [make, clock];
  }

  later(undo: () => unknown): void {
    this.#undo.push(undo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
  }

  async listen(): Promise<Listening> {
    const parts = this.make(this.#clock === undefined ? {} : { clock: this.#clock });
    const arrivals: ((link: Link) => void)[] = [];
    const listener: Listener = await parts.listener.listen((link) => {
      this.later(() => link.close());
      const arrive = arrivals.shift();
      if (arrive === undefined) link.start({ onPacket() {}, onRoom() {}, onClosed() {} });
      else arrive(link);
    });
    this.later(() => listener.close());
    const { dialer, deadHint } = parts;
    return { dialer, deadHint, listener, arrivals, port: listener.port, hint: (port) => parts.hint(port) };
  }

  /** Two ends that nobody started yet. */
  async connect(): Promise<Connected> {
    const { dialer, listener, arrivals, hint: hintOf } = await this.listen();
    const arrival = new Promise<Link>((resolve) => arrivals.push(resolve));
    const hint = hintOf(listener.port);
    const near = new HereEnd(await dialer.dial([hint]), this.#clock);
    this.later(() => near.link.close());
    const far = new HereEnd(await arrival, this.#clock);
    return { near, far, hint, listener, dialer };
  }
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof EndpointError && error.code === "ERR_PEER_UNREACHABLE";
