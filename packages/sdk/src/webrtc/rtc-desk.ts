/**
 * The WebRTC connections of an endpoint: what the core's signaling orders is done, and what the platform says goes back.
 * Holds no protocol rule.
 *
 * @module
 */
import type { Instant, PeerId, RtcOrder } from "@kith/core";
import type { Clock } from "../clock.ts";
import type { Driver } from "../driver.ts";
import type { RtcIceServer, WebRtcOptions } from "./rtc-api.ts";
import { RtcConnection } from "./rtc-connection.ts";

export interface RtcDeskParts {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly webRtc: WebRtcOptions;
  /** Those that relays lend, besides. */
  readonly iceServers: () => readonly RtcIceServer[];
}

export class RtcDesk {
  readonly #parts: RtcDeskParts;
  readonly #connections = new Map<number, RtcConnection>(); // held as long as they live; the core bounds them

  constructor(parts: RtcDeskParts) {
    this.#parts = parts;
  }

  carry(order: RtcOrder): void {
    const connection = this.#connections.get(order.connection);
    if (order.type === "open") this.#open(order);
    else if (order.type === "apply") connection?.apply(order.description);
    else if (order.type === "candidate") connection?.addCandidate(order.candidate);
    else if (order.type === "restart") connection?.restart();
    else connection?.close();
  }

  /** Their links send what is left; the others are dropped. */
  stop(): void {
    for (const connection of this.#connections.values()) connection.close();
  }

  #open({ connection: id, isOfferer, dial, peer }: Extract<RtcOrder, { type: "open" }>): void {
    const { driver, clock, webRtc } = this.#parts;
    const { signals } = driver.core;
    const tell = (what: (now: Instant) => void): void => {
      what(driver.moment().now);
      driver.touch();
    };
    const iceServers = [...(webRtc.iceServers ?? []), ...this.#parts.iceServers()];
    const connection = new RtcConnection(
      { isOfferer, clock, remote: rtcName(peer), webRtc, iceServers },
      {
        described: (description) => tell((now) => signals.handleDescribed(id, description, now)),
        candidate: (candidate) => tell((now) => signals.handleCandidate(id, candidate, now)),
        applied: () => tell((now) => signals.handleApplied(id, now)),
        state: (state) => tell((now) => signals.handleState(id, state, now)),
        up: (link) => {
          driver.addLink(link, dial);
          tell((now) => signals.handleUp(id, now));
        },
        ended: () => {
          this.#connections.delete(id);
          tell((now) => signals.handleEnded(id, now));
        },
      },
    );
    this.#connections.set(id, connection);
  }
}

/** What the other end is called: its addresses are the platform's business, and it was known before. */
const rtcName = (peer: PeerId): string => `webrtc ${peer.slice(0, 16)}`;
