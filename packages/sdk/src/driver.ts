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
  type OpenJob,
  PATH_DEAD_AFTER,
  seconds,
  sourceOf,
} from "@kith/core";
import type { BulkAead } from "./bulk-aead.ts";
import type { Clock } from "./clock.ts";
import { giveBack } from "./give-back.ts";
import { LinkSealing } from "./link-sealing.ts";
import { formatHint, type Link } from "./transport.ts";

/** What is driven: the whole endpoint, or one that has sessions and nothing else. */
export type DrivenCore = Pick<
  CoreEndpoint,
  | "handleLinkUp"
  | "handlePacket"
  | "handleOpened"
  | "handleLinkDown"
  | "handleWake"
  | "handleDialFailed"
  | "handleTimeout"
  | "nextTimeout"
  | "settle"
  | "poll"
  | "pollTransmit"
>;

/** Whatever is not about links and dials. */
export type DriverEvent = Exclude<EndpointOutput, { type: "transmit" | "authenticated" | "closeLink" | "dial" }>;

export interface DriverOptions<Core extends DrivenCore> {
  readonly core: Core;
  readonly provider: CryptoProvider;
  /** Seals and opens what is large, where the platform has it. */
  readonly bulkAead: BulkAead | undefined;
  readonly clock: Clock;
  /** A link to where one of the hints leads, best first; at once where that can be. `undefined`: there is none to be had. */
  readonly dial: (hints: readonly string[], signal: AbortSignal) => Promise<Link> | Link | undefined;
  /** Runs `run` when the present turn of the event loop has done everything else. */
  readonly endOfTurn: (run: () => void) => void;
  /** In order. */
  readonly emit: (output: DriverEvent) => void;
  /** Once a turn, after everything was emitted. */
  readonly settled: () => void;
  /** The machine slept: what was true of the network may no longer be. */
  readonly woke: () => void;
}

/** How often the clocks are compared, and by how much the wall clock must run ahead to mean sleep. */
const SLEEP_CHECK: Duration = seconds(5);
const SLEEP_MIN: Duration = PATH_DEAD_AFTER;

export class Driver<Core extends DrivenCore = CoreEndpoint> {
  readonly #options: DriverOptions<Core>;
  readonly #links = new Map<number, Link>();
  readonly #sealings = new Map<number, LinkSealing>(); // of the same links
  readonly #dials = new Map<number, AbortController>();
  #nextLink = 1;
  #isDue = false;
  #isHeldBack = false; //                what leaves waits for what the application answers
  #packetsAt: Moment | undefined; //     of the packets since the last turn
  #deadline: Instant | undefined; //     the core's, as it was after the last turn
  #alarm: { readonly at: Instant; readonly cancel: () => void } | undefined;
  #cancelSleepCheck: () => void = () => {};
  #stopped = false;

  constructor(options: DriverOptions<Core>) {
    this.#options = options;
    this.#watchForSleep(this.moment());
  }

  get core(): Core {
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
    const { core, provider, bulkAead } = this.#options;
    const sealing = new LinkSealing({ link, provider, bulk: bulkAead, onRoom: () => this.touch() });
    this.#links.set(id, link);
    this.#sealings.set(id, sealing);
    const { kind, recordBytesMax, ordered, remote, hint, binding } = link;
    const traits = { kind, recordBytesMax, ordered };
    const source = sourceOf(remote);
    core.handleLinkUp(id, { traits, source, dial, binding, hint: hint && formatHint(hint) }, this.moment());
    link.start({
      onPacket: (packet) => {
        this.#packetsAt ??= this.moment();
        const at = this.#packetsAt;
        const job = core.handlePacket(id, packet, at);
        if (job !== undefined) sealing.open(job, (plaintext) => this.#handleOpened(id, job, plaintext));
        this.touch();
      },
      onRoom: () => this.touch(),
      onClosed: ({ by }) => {
        this.#links.delete(id);
        this.#sealings.delete(id);
        sealing.afterOpening(() => {
          core.handleLinkDown(id, this.moment(), by === "violation");
          this.touch();
        });
      },
    });
    this.touch();
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
    for (const sealing of this.#sealings.values()) sealing.close();
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
    for (const [id, sealing] of this.#sealings) this.#transmit(id, sealing, at);
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

  /** In the turn that the packet came in, or later; both at the moment of what else came since the last turn. */
  #handleOpened(id: number, job: OpenJob, plaintext: Uint8Array | undefined): void {
    if (this.#stopped) return;
    this.#packetsAt ??= this.moment();
    const isKept = this.#options.core.handleOpened(id, job, plaintext, this.#packetsAt);
    if (!isKept && plaintext !== undefined) giveBack(plaintext);
    this.touch();
  }

  #transmit(id: number, sealing: LinkSealing, at: Moment): void {
    const { core } = this.#options;
    for (let room = sealing.room; room > 0; room = sealing.room) {
      const job = core.pollTransmit(id, room, at);
      if (job === undefined) return;
      sealing.send(job);
    }
  }

  #carryOut(output: EndpointOutput, at: Moment): void {
    switch (output.type) {
      case "transmit":
        this.#sealings.get(output.link)?.write([output.bytes]);
        break;
      case "authenticated":
        this.#links.get(output.link)?.authenticated();
        break;
      case "closeLink": {
        const sealing = this.#sealings.get(output.link);
        if (sealing === undefined) break;
        this.#transmit(output.link, sealing, at); // the last word
        sealing.close();
        break;
      }
      case "dial":
        void this.#dial(output.dial, output.hints);
        break;
      default:
        this.#options.emit(output);
    }
  }

  async #dial(dial: number, hints: readonly string[]): Promise<void> {
    const controller = new AbortController();
    const found = this.#options.dial(hints, controller.signal);
    if (!(found instanceof Promise)) return found === undefined ? this.#failed(dial) : this.addLink(found, dial);
    this.#dials.set(dial, controller);
    try {
      this.addLink(await found, dial);
    } catch {
      this.#failed(dial);
    } finally {
      this.#dials.delete(dial);
    }
  }

  #failed(dial: number): void {
    this.#options.core.handleDialFailed(dial, this.moment());
    this.touch();
  }
}
