/**
 * An endpoint in a page or a worker. It is reached over relays, whose connections a page may open, and on the LAN
 * through the node that served the page; from there it goes on over WebRTC where the two can reach each other.
 *
 * @module
 */
import type { Endpoint } from "../api.ts";
import { systemClock } from "../clock.ts";
import { composeEndpoint, type EndpointOptions } from "../compose-endpoint.ts";
import { LatePart } from "../late-part.ts";
import { type Observable, Subject } from "../observable.ts";
import type { WebRtcOptions } from "../webrtc/rtc-api.ts";
import { lanThroughNode, type NodeState } from "./lan-through-node.ts";
import { webCrypto } from "./web-crypto.ts";

export type WebEndpointOptions = Omit<EndpointOptions, "transports" | "webRtc"> &
  Partial<Pick<EndpointOptions, "transports">> & {
    /** Origin of the node that served the page, `location.origin`: through it others on the LAN are seen and reached. */
    readonly node?: string;
    /** The platform's, without servers, unless told; false: none, so that nobody learns addresses but relays. */
    readonly webRtc?: Partial<WebRtcOptions> | false;
  };

export interface WebEndpoint extends Endpoint {
  /** How it is with the node that served the page; `none` without one. */
  readonly node: Observable<NodeState | "none">;
}

/**
 * What not every page needs comes when it is needed, where a bundler splits code.
 * @throws {EndpointError} `ERR_STORAGE`, `ERR_ADDRESS`, `ERR_ARGUMENT`, `ERR_PART`
 */
export async function createEndpoint(options: WebEndpointOptions): Promise<WebEndpoint> {
  const { node, transports = [], webRtc: wanted = {}, ...rest } = options;
  const webRtc = wanted === false ? undefined : orPlatform(wanted);
  const lan = node && lanThroughNode({ node, clock: rest.clock ?? systemClock, webSocket: rest.webSocket });
  try {
    const given = {
      endOfTurn: soon,
      ...(rest.provider === undefined && crypto.subtle !== undefined && webCrypto(crypto.subtle)),
      ...(lan && { discovery: lan.discovery }),
      ...rest,
      transports: lan ? [lan.transport, ...transports] : transports,
      ...(webRtc !== undefined && { webRtc }),
    };
    const rooms = new LatePart(async () => (await import("../rooms-part.ts")).beginRooms);
    const cards = new LatePart(async () => (await import("../card/cards-part.ts")).beginCards);
    const facts = new LatePart(async () => (await import("../fact/facts-part.ts")).beginFacts);
    const endpoint = await composeEndpoint(given, { rooms, cards, facts });
    return Object.assign(endpoint, { node: lan ? lan.state : new Subject<"none">("none") });
  } catch (error) {
    if (lan) await lan.discovery.close();
    throw error;
  }
}

/** A worker has none. */
function orPlatform({ connect, ...options }: Partial<WebRtcOptions>): WebRtcOptions | undefined {
  if (connect !== undefined) return { connect, ...options };
  if (typeof RTCPeerConnection === "undefined") return undefined;
  return { connect: (configuration) => new RTCPeerConnection(configuration), ...options };
}

/** After the microtasks of this turn: what a loop of awaited sends produced leaves together. */
const { port1, port2 } = new MessageChannel();
const waiting: (() => void)[] = [];
port1.onmessage = () => {
  for (const run of waiting.splice(0)) run();
};
function soon(run: () => void): void {
  waiting.push(run);
  if (waiting.length === 1) port2.postMessage(undefined);
}
