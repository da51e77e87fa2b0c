/**
 * For tests: one half of a WebRTC connection, in Node or in a page, that is told by plain data what the other half says.
 * The offerer says its addresses last, as spec/signaling.md has it.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import type { RtcPeerConnection, WebRtcOptions } from "../webrtc/rtc-api.ts";
import { RtcConnection } from "../webrtc/rtc-connection.ts";
import type { RtcLink } from "../webrtc/rtc-link.ts";
import { FakeClock } from "./fake-clock.ts";
import { HereEnd } from "./link-end.ts";

export type RtcSignal =
  | { readonly type: "offer" | "answer"; readonly sdp: string }
  | { readonly type: "candidate"; readonly mid: string; readonly candidate: string }
  /** The link is up, or never will be: nothing more is said. */
  | { readonly type: "up" | "ended" };

export class RtcHalf {
  readonly #connection: RtcConnection;
  readonly #link = Promise.withResolvers<RtcLink>();
  readonly #clock: FakeClock | undefined;
  #platform: RtcPeerConnection | undefined;
  readonly #said: RtcSignal[] = [];
  #held: RtcSignal[] | undefined = []; // addresses, until the description that they belong to is at the other half
  #wake = (): void => {};

  constructor(options: {
    readonly webRtc: WebRtcOptions;
    readonly isOfferer: boolean;
    readonly hasFakeClock: boolean;
    readonly onLink?: (link: RtcLink) => void;
  }) {
    const { isOfferer, hasFakeClock } = options;
    const webRtc: WebRtcOptions = {
      ...options.webRtc,
      connect: async (configuration) => {
        this.#platform = await options.webRtc.connect(configuration);
        return this.#platform;
      },
    };
    this.#clock = hasFakeClock ? new FakeClock() : undefined;
    const clock: Clock = this.#clock ?? systemClock;
    this.#link.promise.catch(() => {});
    this.#connection = new RtcConnection(
      { isOfferer, remote: "webrtc suite", clock, webRtc, iceServers: webRtc.iceServers ?? [] },
      {
        described: ({ type, sdp }) => {
          this.#say({ type, sdp: isOfferer ? withoutAddresses(sdp) : sdp });
          if (!isOfferer) this.#release();
        },
        candidate: (candidate) => {
          const signal: RtcSignal = { type: "candidate", ...candidate };
          if (this.#held === undefined) this.#say(signal);
          else this.#held.push(signal);
        },
        applied: () => void (isOfferer && this.#release()),
        state: () => {},
        up: (link) => {
          options.onLink?.(link);
          this.#link.resolve(link);
          this.#say({ type: "up" });
        },
        ended: () => {
          this.#link.reject(new Error("the connection ended before it was up"));
          this.#say({ type: "ended" });
        },
      },
    );
  }

  /** What the other half must be told next. */
  async next(): Promise<RtcSignal> {
    for (;;) {
      const signal = this.#said.shift();
      if (signal !== undefined) return signal;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  take(signal: RtcSignal): void {
    if (signal.type === "candidate") this.#connection.addCandidate(signal);
    else if (signal.type === "offer" || signal.type === "answer")
      this.#connection.apply({ type: signal.type, sdp: signal.sdp });
  }

  get link(): Promise<RtcLink> {
    return this.#link.promise;
  }

  async end(): Promise<HereEnd> {
    return new HereEnd(await this.#link.promise, this.#clock);
  }

  /** At once, whatever waits. */
  close(): void {
    this.#connection.close();
    this.#platform?.close();
  }

  #release(): void {
    for (const signal of this.#held ?? []) this.#say(signal);
    this.#held = undefined;
  }

  #say(signal: RtcSignal): void {
    this.#said.push(signal);
    this.#wake();
  }
}

/** A half, wherever it is. */
export interface RtcFarHalf {
  next(): Promise<RtcSignal>;
  take(signal: RtcSignal): unknown;
}

/** Tells each what the other says, until both are up. Rejects when one has ended before. */
export async function introduce(offerer: RtcFarHalf, answerer: RtcFarHalf): Promise<void> {
  const carry = async (from: RtcFarHalf, to: RtcFarHalf): Promise<void> => {
    for (;;) {
      const signal = await from.next();
      if (signal.type === "up") return;
      if (signal.type === "ended") throw new Error("the connection ended before it was up");
      await to.take(signal);
    }
  };
  await Promise.all([carry(offerer, answerer), carry(answerer, offerer)]);
}

const withoutAddresses = (sdp: string): string =>
  sdp
    .split("\r\n")
    .filter((line) => !/^a=(candidate:|end-of-candidates)/.test(line))
    .join("\r\n");
