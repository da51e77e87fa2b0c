/**
 * Links through meshes, as `sdk/routed-link.ts` makes them of an endpoint's flows, without its promises: for
 * whoever drives an endpoint in virtual time.
 *
 * @module
 */
import {
  type Endpoint,
  type EndpointOutput,
  type Moment,
  type OpenJob,
  ROUTED_RECORD_BYTES_MAX,
  type SealJob,
} from "@kith/core";

type FlowOutput = Extract<EndpointOutput, { type: "flowUp" | "flowPacket" | "flowDown" }>;

const TRAITS = { kind: "routed", recordBytesMax: ROUTED_RECORD_BYTES_MAX, ordered: false } as const;
const ROOM_BYTES = 65_536;

export interface RoutedLinksPort {
  readonly endpoint: Endpoint;
  readonly nextLink: () => number;
  readonly seal: (job: SealJob) => Uint8Array;
  readonly open: (job: OpenJob) => Uint8Array | undefined;
}

export class RoutedLinks {
  readonly #port: RoutedLinksPort;
  readonly #linkByFlow = new Map<number, number>();
  readonly #flowByLink = new Map<number, number>();

  constructor(port: RoutedLinksPort) {
    this.#port = port;
  }

  handle(output: FlowOutput, at: Moment): void {
    const { endpoint, nextLink, open } = this.#port;
    if (output.type === "flowUp") {
      const link = nextLink();
      this.#linkByFlow.set(output.flow, link);
      this.#flowByLink.set(link, output.flow);
      const { peer, dial } = output;
      return endpoint.handleLinkUp(link, { traits: TRAITS, source: `member ${peer}`, dial, hint: undefined }, at);
    }
    const link = this.#linkByFlow.get(output.flow);
    if (link === undefined) return;
    if (output.type === "flowPacket") {
      const job = endpoint.handlePacket(link, output.packet.slice(), at);
      if (job !== undefined) endpoint.handleOpened(link, job, open(job), at);
      return;
    }
    this.#forget(link, output.flow);
    endpoint.handleLinkDown(link, at);
  }

  /** False: the link is none of these. */
  write(link: number, packet: Uint8Array, at: Moment): boolean {
    const flow = this.#flowByLink.get(link);
    if (flow !== undefined) this.#port.endpoint.rooms.sendFlow(flow, packet, at);
    return flow !== undefined;
  }

  /** Sends what there is; true if there was something. */
  transmit(at: Moment): boolean {
    let isBusy = false;
    for (const link of this.#flowByLink.keys()) isBusy = this.#transmit(link, at) || isBusy;
    return isBusy;
  }

  /** Says the last word and ends the link. False: it is none of these. */
  close(link: number, at: Moment): boolean {
    const flow = this.#flowByLink.get(link);
    if (flow === undefined) return false;
    this.#transmit(link, at);
    this.#forget(link, flow);
    this.#port.endpoint.rooms.closeFlow(flow, at);
    this.#port.endpoint.handleLinkDown(link, at);
    return true;
  }

  #transmit(link: number, at: Moment): boolean {
    let isBusy = false;
    for (let job = this.#poll(link, at); job !== undefined; job = this.#poll(link, at)) {
      this.write(link, this.#port.seal(job), at);
      isBusy = true;
    }
    return isBusy;
  }

  #poll(link: number, at: Moment): SealJob | undefined {
    return this.#port.endpoint.pollTransmit(link, ROOM_BYTES, at);
  }

  #forget(link: number, flow: number): void {
    this.#linkByFlow.delete(flow);
    this.#flowByLink.delete(link);
  }
}
