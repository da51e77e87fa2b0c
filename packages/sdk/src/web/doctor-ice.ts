/**
 * The doctor's look at WebRTC: which addresses the browser gives, and whether UDP reaches a server that a relay lends. No
 * server is asked that no relay in use lends: each learns this device's address.
 *
 * @module
 */
import { type Duration, millis } from "@kith/core";
import type { Clock } from "../clock.ts";
import type { RtcIceServer } from "../webrtc/rtc-api.ts";
import { type PageFinding, pageFinding } from "./doctor-finding.ts";

/** Of candidates, what they tell; no address. */
export interface IceSeen {
  readonly hasHost: boolean;
  /** A server outside answered by UDP, and told our address there. */
  readonly hasReflexive: boolean;
  /** How a TURN server was reached. */
  readonly turn: "udp" | "tcp" | undefined;
  /** The browser said that a server did not answer, or was still waiting when we were not any more. */
  readonly isSilent: boolean;
}

/** What of an `RTCPeerConnection` gathering takes. */
export interface IceGatherer {
  addEventListener(type: string, listener: (event: Event) => void): void;
  createDataChannel(label: string): unknown;
  createOffer(): Promise<RTCLocalSessionDescriptionInit>;
  setLocalDescription(description: RTCLocalSessionDescriptionInit): Promise<void>;
  close(): void;
}

export interface GatherOptions {
  readonly servers: readonly RtcIceServer[];
  readonly connect: (configuration: RTCConfiguration) => IceGatherer;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** Browsers ask a server for nearly so long. */
const LIMIT: Duration = millis(8_000);

/** `undefined`: the browser makes no connections. */
export async function gatherIce({ servers, connect, clock, signal }: GatherOptions): Promise<IceSeen | undefined> {
  signal?.throwIfAborted();
  const iceServers = servers.map(({ urls, ...rest }) => ({
    urls: typeof urls === "string" ? urls : [...urls],
    ...rest,
  }));
  let connection: IceGatherer;
  try {
    connection = connect({ iceServers });
  } catch {
    return undefined;
  }
  const lines: string[] = [];
  let isSilent = false;
  try {
    await new Promise<void>((resolve, reject) => {
      const cancel = clock.schedule(LIMIT, () => {
        isSilent = true;
        done();
      });
      const done = (): void => {
        cancel();
        signal?.removeEventListener("abort", done);
        resolve();
      };
      signal?.addEventListener("abort", done);
      connection.addEventListener("icecandidateerror", () => {
        isSilent = true;
      });
      connection.addEventListener("icecandidate", (event) => {
        const line = lineOf("candidate" in event ? event.candidate : undefined);
        if (line === "") return done();
        lines.push(line);
      });
      connection.createDataChannel("look");
      connection
        .createOffer()
        .then((offer) => connection.setLocalDescription(offer))
        .catch((error: unknown) => {
          cancel();
          reject(error);
        });
    });
  } catch {
    return undefined;
  } finally {
    connection.close();
  }
  signal?.throwIfAborted();
  return seenIn(lines, isSilent);
}

/** Empty: it was the last. How a TURN server was reached not all browsers say. */
function lineOf(candidate: unknown): string {
  if (typeof candidate !== "object" || candidate === null || !("candidate" in candidate)) return "";
  const by: unknown = "relayProtocol" in candidate ? candidate.relayProtocol : undefined;
  return candidate.candidate === "" ? "" : `${candidate.candidate} by ${by ?? "udp"}`;
}

/** Lines as `candidate:… typ relay … by udp`. */
export function seenIn(lines: readonly string[], isSilent: boolean): IceSeen {
  const relays = lines.filter((line) => / typ relay /.test(line));
  return {
    hasHost: lines.some((line) => / typ host /.test(line)),
    hasReflexive: lines.some((line) => / typ srflx /.test(line)),
    turn: relays.some((line) => line.endsWith(" by udp")) ? "udp" : relays.length > 0 ? "tcp" : undefined,
    isSilent,
  };
}

/** `alone`: gathered without servers. `asked`: with those that relays lend; `undefined`: none does. */
export function judgeIce(alone: IceSeen | undefined, asked: IceSeen | undefined): PageFinding[] {
  if (alone === undefined) return [pageFinding("webrtc-missing")];
  const here = pageFinding(alone.hasHost || asked?.hasReflexive === true ? "webrtc-here" : "webrtc-hidden");
  return [here, pageFinding(asked === undefined ? "udp-unasked" : judgeUdp(asked))];
}

function judgeUdp({ hasReflexive, turn, isSilent }: IceSeen): PageFinding["code"] {
  if (hasReflexive || turn === "udp") return "udp-through";
  if (turn === "tcp") return "udp-turned";
  // Without a router in between what a server tells is what the browser knew, and is not told again.
  return isSilent ? "udp-blocked" : "udp-unclear";
}
