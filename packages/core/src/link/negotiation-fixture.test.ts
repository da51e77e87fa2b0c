/** Two negotiations that talk to each other, and platforms that do what they are told, one step at a time. */
import { type Instant, instant } from "../lib/time.ts";
import { Negotiation, type NegotiationOutput, negotiationLimits } from "./negotiation.ts";
import { decodeSignalMessage, type SignalMessage } from "./signal-message.ts";

export const SDP = "v=0\r\na=fingerprint:sha-256 AB:CD\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";
export const ADDRESS = { mid: "0", candidate: "candidate:1 1 UDP 1 192.0.2.1 9 typ host" };

/** What a platform knows of one connection. */
interface Platform {
  readonly id: number;
  readonly isOfferer: boolean;
  /** Descriptions in force, of both sides: how often they were exchanged. */
  local: number;
  remote: number;
  /** Applied, and not yet in force. */
  applying: number;
  peerAddresses: number;
  ownAddresses: number;
  isUp: boolean;
  isClosed: boolean;
}

export class Side {
  readonly machine: Negotiation;
  readonly platforms = new Map<number, Platform>();
  readonly inbox: Uint8Array[] = [];
  /** Everything said, decoded. */
  readonly said: SignalMessage[] = [];
  readonly failed: number[] = [];
  /** What a platform has still to do. */
  readonly steps: (() => void)[] = [];
  isViolated = false;
  /** Whether ICE of its connections can be restarted. */
  readonly canRestart: boolean;
  readonly #send: (bytes: Uint8Array) => void;
  #last = 0;

  constructor(
    isPolite: boolean,
    send: (bytes: Uint8Array) => void,
    options: { canRestart: boolean; connectionsMax?: number },
  ) {
    const { canRestart, connectionsMax = Number.POSITIVE_INFINITY } = options;
    this.canRestart = canRestart;
    this.#send = send;
    this.machine = new Negotiation({
      isPolite,
      limits: negotiationLimits(instant(0)),
      nextConnection: () => {
        if (this.#last >= connectionsMax) return undefined;
        this.#last += 1;
        return this.#last;
      },
    });
  }

  get living(): Platform[] {
    return [...this.platforms.values()].filter(({ isClosed }) => !isClosed);
  }

  /** Does what the machine wants; what takes a platform time becomes a step. */
  drain(): void {
    for (let output = this.machine.poll(); output !== undefined; output = this.machine.poll()) this.#carry(output);
  }

  #carry(output: NegotiationOutput): void {
    if (output.type === "send") {
      this.said.push(decodeSignalMessage(output.bytes));
      return this.#send(output.bytes);
    }
    if (output.type === "violation") {
      this.isViolated = true;
      return;
    }
    const { connection: id } = output;
    if (output.type === "failed") {
      this.failed.push(id);
      return;
    }
    if (output.type === "open") {
      const { isOfferer } = output;
      this.platforms.set(id, {
        ...{ id, isOfferer, local: 0, remote: 0, applying: 0, peerAddresses: 0, ownAddresses: 0 },
        ...{ isUp: false, isClosed: false },
      });
      if (isOfferer) this.#describe(id, "offer");
      return;
    }
    const platform = this.platforms.get(id);
    if (platform === undefined || platform.isClosed)
      throw new Error(`${output.type} of a connection that is not there`);
    switch (output.type) {
      case "apply":
        platform.applying += 1;
        this.steps.push(() => {
          if (platform.isClosed) return;
          platform.remote += 1;
          this.machine.handleApplied(id);
          if (output.description.type === "offer") this.#describe(id, "answer");
        });
        return;
      case "candidate":
        if (platform.remote < platform.applying || platform.remote === 0)
          throw new Error("candidate before its description");
        platform.peerAddresses += 1;
        return;
      case "restart":
        this.#describe(id, "offer");
        return;
      case "close":
        platform.isClosed = true;
    }
  }

  /** A description, and an address each before and after it is known, as platforms gather them. */
  #describe(id: number, type: "offer" | "answer"): void {
    const platform = this.platforms.get(id);
    const step = (run: (platform: Platform) => void): void => {
      this.steps.push(() => platform !== undefined && !platform.isClosed && run(platform));
    };
    const gather = (): void =>
      step((one) => {
        one.ownAddresses += 1;
        this.machine.handleCandidate(id, ADDRESS);
      });
    gather();
    step((one) => {
      one.local += 1;
      this.machine.handleDescribed(id, { type, sdp: `${SDP}a=${ADDRESS.candidate}\r\n`, canRestart: this.canRestart });
    });
    gather();
  }
}

export class Pair {
  readonly polite: Side;
  readonly impolite: Side;
  now: Instant = instant(0);

  constructor(options: { canRestart?: boolean; connectionsMax?: number } = {}) {
    const each = { canRestart: true, ...options };
    this.polite = new Side(true, (bytes) => this.impolite.inbox.push(bytes), each);
    this.impolite = new Side(false, (bytes) => this.polite.inbox.push(bytes), each);
  }

  get sides(): readonly [Side, Side] {
    return [this.polite, this.impolite];
  }

  /** What could happen next: a platform's step, a message that arrives. Each side's own are in order. */
  possible(): (() => void)[] {
    return this.sides.flatMap((side) => {
      const all: (() => void)[] = [];
      if (side.steps.length > 0) all.push(() => side.steps.shift()?.());
      if (side.inbox.length > 0)
        all.push(() => side.machine.handleMessage(side.inbox.shift() ?? new Uint8Array(0), this.now));
      return all;
    });
  }

  /** Runs until nothing is left to happen; `choose` says which of so many is next. */
  run(choose: (count: number) => number = () => 0): void {
    for (let turn = 0; turn < 2_000; turn++) {
      for (const side of this.sides) side.drain();
      this.#open();
      const all = this.possible();
      if (all.length === 0) return;
      all[choose(all.length) % all.length]?.();
    }
    throw new Error("it never ends");
  }

  /** Time goes by; timers fire. */
  pass(ms: number): void {
    this.now = instant(this.now + ms);
    for (const side of this.sides) side.machine.handleTimeout(this.now);
  }

  /** A channel opens where both platforms know both descriptions and an address. */
  #open(): void {
    const [a, b] = this.sides.map((side) =>
      side.living.filter(
        ({ isUp, local, remote, peerAddresses }) => !isUp && local > 0 && remote > 0 && peerAddresses > 0,
      ),
    );
    for (const one of a ?? [])
      for (const other of b ?? []) {
        if (one.isOfferer === other.isOfferer) continue;
        one.isUp = other.isUp = true;
        this.polite.machine.handleUp(one.id);
        this.impolite.machine.handleUp(other.id);
        return;
      }
  }
}
