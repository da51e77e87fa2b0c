/**
 * Ties one endpoint of the core to links, a clock and a store. Holds no protocol rule: inputs go in
 * as they come, and once a turn of the event loop everything that came of them goes out.
 *
 * @module
 */
import {
  type Endpoint as CoreEndpoint,
  type CryptoProvider,
  type Duration,
  type EndpointOutput,
  type Instant,
  type Moment,
  PATH_DEAD_AFTER,
  parseRelayHint,
  seconds,
  sourceOf,
} from "@kith/core";
import type { Clock } from "./clock.ts";
import { giveBack } from "./give-back.ts";
import { RoutedLink } from "./routed-link.ts";
import type { KeyValueStore } from "./storage.ts";
import { formatHint, type Hint, type Link, parseHint, type Transport } from "./transport.ts";

export interface DriverOptions {
  readonly core: CoreEndpoint;
  readonly provider: CryptoProvider;
  readonly clock: Clock;
  /** Without one nothing is kept, and every transaction counts as done. */
  readonly store: KeyValueStore | undefined;
  readonly transports: readonly Transport[];
  /** A link over a relay, for hints that say so; `undefined`: there is none to be had now. */
  readonly dialRelay: (hints: readonly string[]) => Link | undefined;
  /** Runs `run` when the present turn of the event loop has done everything else. */
  readonly endOfTurn: (run: () => void) => void;
  /** Whatever is not about links, dials and the store, in order. */
  readonly emit: (output: EndpointOutput) => void;
  /** Once a turn, after everything was emitted. */
  readonly settled: () => void;
  /** The machine slept: what was true of the network may no longer be. */
  readonly woke: () => void;
}

/** How often the clocks are compared, and by how much the wall clock must run ahead to mean sleep. */
const SLEEP_CHECK: Duration = seconds(5);
const SLEEP_MIN: Duration = PATH_DEAD_AFTER;

type Way = (signal: AbortSignal) => Promise<Link>;

export class Driver {
  readonly #options: DriverOptions;
  readonly #links = new Map<number, Link>();
  readonly #flows = new Map<number, RoutedLink>(); // the core bounds them
  readonly #dials = new Map<number, AbortController>();
  readonly #ways = new Map<string, Way>();
  #nextLink = 1;
  #isDue = false;
  #isHeldBack = false; //                what leaves waits for what the application answers
  #packetsAt: Moment | undefined; //     of the packets since the last turn
  #deadline: Instant | undefined; //     the core's, as it was after the last turn
  #alarm: { readonly at: Instant; readonly cancel: () => void } | undefined;
  #cancelSleepCheck: () => void = () => {};
  #stopped = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#watchForSleep(this.moment());
  }

  get core(): CoreEndpoint {
    return this.#options.core;
  }

  /** Both clocks now. */
  moment(): Moment {
    const { clock } = this.#options;
    return { now: clock.now(), wall: clock.wall() };
  }

  /** Something was asked of the core, or told to it: do what comes of it at the end of this turn. */
  touch(): void {
    if (this.#isDue || this.#stopped) return;
    this.#isDue = true;
    this.#options.endOfTurn(() => this.#turn());
  }

  /** A link that somebody dialled, or that answers the dial `dial`. */
  addLink(link: Link, dial: number | undefined): void {
    if (this.#stopped) return link.close();
    const id = this.#nextLink++;
    const { core, provider } = this.#options;
    this.#links.set(id, link);
    const { kind, recordBytesMax, ordered, remote, hint } = link;
    const traits = { kind, recordBytesMax, ordered };
    core.handleLinkUp(id, { traits, source: sourceOf(remote), dial, hint: hint && formatHint(hint) }, this.moment());
    link.start({
      onPacket: (packet) => {
        this.#packetsAt ??= this.moment();
        const at = this.#packetsAt;
        const job = core.handlePacket(id, packet, at);
        if (job !== undefined) {
          const plaintext = provider.open(job.key, job.nonce, job.header, job.sealed);
          const isKept = core.handleOpened(id, job, plaintext, at);
          if (!isKept && plaintext !== undefined) giveBack(plaintext);
        }
        this.touch();
      },
      onRoom: () => this.touch(),
      onClosed: ({ by }) => {
        this.#links.delete(id);
        core.handleLinkDown(id, this.moment(), by === "violation");
        this.touch();
      },
    });
    this.touch();
  }

  /** For dials of this hint there is a way of its own, until the answer is called. */
  addWay(hint: string, dial: Way): () => void {
    this.#ways.set(hint, dial);
    return () => this.#ways.delete(hint);
  }

  link(id: number): Link | undefined {
    return this.#links.get(id);
  }

  /** Sends what is left, closes all links and stops the timer. Nothing is emitted afterwards. */
  stop(): void {
    this.#isHeldBack = true; // nobody will answer any more
    this.#turn();
    this.#stopped = true;
    this.#alarm?.cancel();
    this.#cancelSleepCheck();
    for (const dial of this.#dials.values()) dial.abort();
    for (const link of this.#links.values()) link.close();
  }

  #turn(): void {
    this.#isDue = false;
    this.#packetsAt = undefined;
    if (this.#stopped) return;
    const { core, settled } = this.#options;
    const at = this.moment();
    if (this.#deadline !== undefined && at.now >= this.#deadline) core.handleTimeout(at);
    core.settle(at);
    let hasMessages = false;
    for (let output = core.poll(); output !== undefined; output = core.poll()) {
      if (output.type === "channel" && output.output.type === "messages") hasMessages = true;
      this.#carryOut(output, at);
    }
    if (hasMessages && !this.#isHeldBack) return this.#holdBack();
    this.#isHeldBack = false;
    for (const [id, link] of this.#links) this.#transmit(id, link, at);
    settled();
    this.#setAlarm(at.now);
  }

  /**
   * Messages went to the application. Its answer, and the credit it gives back, leave together with
   * our acknowledgement: one record and one write for all. It has until its promises have run, once.
   */
  #holdBack(): void {
    this.#isHeldBack = true;
    this.#isDue = true;
    queueMicrotask(() => this.#options.endOfTurn(() => this.#turn()));
  }

  /**
   * While a machine sleeps its monotonic clock stands still and its wall clock does not. Somebody who
   * sets the clock forward looks the same, and costs no more than links made anew.
   */
  #watchForSleep(before: Moment): void {
    this.#cancelSleepCheck = this.#options.clock.schedule(SLEEP_CHECK, () => {
      const at = this.moment();
      const slept = at.wall - before.wall - (at.now - before.now);
      if (slept >= SLEEP_MIN) {
        this.#options.core.handleWake(at);
        this.#options.woke();
        this.touch();
      }
      this.#watchForSleep(at);
    });
  }

  /** A timer for the core's next deadline. One that is earlier stays: it costs a look, setting it anew costs more. */
  #setAlarm(now: Instant): void {
    const next = this.#options.core.nextTimeout();
    this.#deadline = next;
    if (next === undefined || this.#stopped || (this.#alarm !== undefined && this.#alarm.at <= next)) return;
    this.#alarm?.cancel();
    const wait = Math.max(0, next - now);
    const cancel = this.#options.clock.schedule(wait as Parameters<Clock["schedule"]>[0], () => {
      this.#alarm = undefined;
      this.touch();
    });
    this.#alarm = { at: next, cancel };
  }

  #transmit(id: number, link: Link, at: Moment): void {
    const { core, provider } = this.#options;
    for (let room = link.room; room > 0; room = link.room) {
      const job = core.pollTransmit(id, room, at);
      if (job === undefined) return;
      link.write([job.header, ...provider.seal(job.key, job.nonce, job.header, job.plaintext)]);
    }
  }

  #carryOut(output: EndpointOutput, at: Moment): void {
    switch (output.type) {
      case "transmit":
        this.#links.get(output.link)?.write([output.bytes]);
        break;
      case "authenticated":
        this.#links.get(output.link)?.authenticated();
        break;
      case "closeLink": {
        const link = this.#links.get(output.link);
        if (link === undefined) break;
        this.#transmit(output.link, link, at); // the last word
        link.close();
        break;
      }
      case "dial":
        if (parseRelayHint(output.hints[0] ?? "") === undefined) void this.#dial(output.dial, output.hints);
        else this.#dialRelay(output.dial, output.hints);
        break;
      case "flowUp":
        this.#addFlow(output);
        break;
      case "flowPacket":
        this.#flows.get(output.flow)?.handlePacket(output.packet);
        break;
      case "flowDown":
        this.#flows.get(output.flow)?.handleDown();
        this.#flows.delete(output.flow);
        break;
      case "store":
        void this.#keep(output);
        break;
      case "deletePrefix":
        void this.#deletePrefix(output.prefix);
        break;
      default:
        this.#options.emit(output);
    }
  }

  #addFlow({ flow, peer, dial }: Extract<EndpointOutput, { type: "flowUp" }>): void {
    const { rooms } = this.#options.core;
    const link = new RoutedLink(peer, dial !== undefined, {
      send: (packet) => {
        rooms.sendFlow(flow, packet, this.moment());
        this.touch();
      },
      close: () => {
        this.#flows.delete(flow);
        rooms.closeFlow(flow, this.moment());
        this.touch();
      },
    });
    this.#flows.set(flow, link);
    this.addLink(link, dial);
  }

  /** What is dialled over a relay is dialled there alone: addresses have a dial of their own. */
  #dialRelay(dial: number, hints: readonly string[]): void {
    const link = this.#options.dialRelay(hints);
    if (link !== undefined) return this.addLink(link, dial);
    this.#options.core.handleDialFailed(dial, this.moment());
    this.touch();
  }

  /** A way of its own for one of the hints, or all transports at once; the first link wins. */
  async #dial(dial: number, hints: readonly string[]): Promise<void> {
    const controller = new AbortController();
    this.#dials.set(dial, controller);
    const { signal } = controller;
    const way = this.#ways.get(hints.find((hint) => this.#ways.has(hint)) ?? "");
    const parsed = hints.map(parseHint).filter((hint): hint is Hint => hint !== undefined);
    const attempts =
      way === undefined
        ? this.#options.transports.map((transport) => transport.dial(parsed, { signal }))
        : [way(signal)];
    try {
      const link = await Promise.any(attempts);
      for (const attempt of attempts)
        void attempt.then(
          (late) => late !== link && late.close(),
          () => {},
        );
      this.addLink(link, dial);
    } catch {
      this.#options.core.handleDialFailed(dial, this.moment());
      this.touch();
    } finally {
      this.#dials.delete(dial);
    }
  }

  async #keep({ token, puts, deletes }: Extract<EndpointOutput, { type: "store" }>): Promise<void> {
    let isStored = true;
    try {
      await this.#options.store?.batch(puts, deletes);
    } catch {
      isStored = false; // the machine tries again, or does without; it never goes on as if it were kept
    }
    this.#options.core.handleStored(token, isStored, this.moment());
    this.touch();
  }

  async #deletePrefix(prefix: string): Promise<void> {
    const { store } = this.#options;
    if (store === undefined) return;
    try {
      const entries = await store.list(prefix);
      await store.batch(
        [],
        entries.map(({ key }) => key),
      );
    } catch {
      this.#options.emit({ type: "note", code: "store-failed", peer: undefined });
    }
  }
}
