/**
 * One connection between two who have no server: its own description, made short, and the other one's, made long again
 * (spec/direct.md). Holds no protocol rule.
 *
 * @module
 */
import {
  DIRECT_GATHER_TIMEOUT,
  DIRECT_MID,
  type DirectEnd,
  directCandidateLines,
  directEndOf,
  directSdp,
} from "@kith/core";
import type { Clock } from "../clock.ts";
import type { RtcIceServer, WebRtcOptions } from "./rtc-api.ts";
import { RtcConnection } from "./rtc-connection.ts";
import type { RtcLink } from "./rtc-link.ts";

export interface DirectAttemptOptions {
  readonly clock: Clock;
  readonly webRtc: WebRtcOptions;
  readonly iceServers: readonly RtcIceServer[];
  /** What it answers; `undefined`: it offers. */
  readonly offer: DirectEnd | undefined;
  /** What handshakes on its link are bound to; asked when that is up. */
  readonly binding: () => Uint8Array;
}

export class DirectAttempt {
  /** Our description; `undefined`: the platform makes none that the other side could take. */
  readonly own: Promise<DirectEnd | undefined>;
  /** Rejects when it comes to nothing. */
  readonly link: Promise<RtcLink>;
  readonly #connection: RtcConnection;

  constructor({ clock, webRtc, iceServers, offer, binding }: DirectAttemptOptions) {
    const [own, link] = [Promise.withResolvers<DirectEnd | undefined>(), Promise.withResolvers<RtcLink>()];
    const type = offer === undefined ? "offer" : "answer";
    const candidates: string[] = [];
    let sdp: string | undefined;
    let isGathered = false;
    const show = (): void => {
      if (sdp !== undefined && isGathered) own.resolve(directEndOf(type, sdp, candidates));
    };
    const stopWaiting = clock.schedule(DIRECT_GATHER_TIMEOUT, () => {
      isGathered = true;
      show();
    });
    this.own = own.promise;
    this.link = link.promise;
    this.link.catch(() => {}); // nobody may be waiting yet
    this.#connection = new RtcConnection(
      { isOfferer: offer === undefined, clock, remote: "webrtc direct", webRtc, iceServers, binding },
      {
        described: (description) => {
          sdp = description.sdp;
          show();
        },
        candidate: ({ candidate }) => {
          if (candidate !== "") return void candidates.push(candidate);
          isGathered = true;
          show();
        },
        applied: () => {},
        // That ICE calls itself failed ends nothing: the other person may be reading the answer still.
        state: () => {},
        up: (it) => link.resolve(it),
        ended: () => {
          stopWaiting();
          own.resolve(undefined);
          link.reject(new Error("the connection ended"));
        },
      },
    );
    if (offer !== undefined) this.#connection.apply({ type: "offer", sdp: directSdp("offer", offer) });
  }

  /** The other one's description, at the side that offered. */
  apply(answer: DirectEnd): void {
    this.#connection.apply({ type: "answer", sdp: directSdp("answer", answer) });
    this.reach(answer);
  }

  /** Sends checks to the other one's addresses. */
  reach(end: DirectEnd): void {
    for (const candidate of directCandidateLines(end)) this.#connection.addCandidate({ candidate, mid: DIRECT_MID });
  }

  close(): void {
    this.#connection.close();
  }
}
