/**
 * Relays as a program sees them.
 *
 * @module
 */
import type { RelayOrder, RelayOrderAnswers } from "@kith/core";
import type { Waiting } from "./channel-api.ts";
import type { Observable } from "./observable.ts";
import type { RtcIceServer } from "./webrtc/rtc-api.ts";

export type { RelayOrder, RelayOrderAnswers } from "@kith/core";
export type { RtcIceServer } from "./webrtc/rtc-api.ts";

/** Those that are used, as they are now. */
export interface RelayList extends Observable<readonly RelayView[]> {
  /**
   * TURN servers that relays lend us now, with passwords that are for us alone; none without WebRTC. Absent where the
   * endpoint runs in another process.
   */
  readonly turnServers?: readonly RtcIceServer[];
  /**
   * Uses a relay from now on, `wss://host[:port][#key[.pass]]`; one of the same host is replaced. Kept where the endpoint keeps
   * its things. Returns its host. `via`: the address by which we reach it as long as this process runs, where that is another than
   * the one that others are told: a relay of our own machine.
   * @throws {EndpointError} `ERR_ARGUMENT`, `ERR_LIMIT`
   */
  add(address: string, options?: { readonly via?: string | undefined }): Promise<string>;
  /** By host or address. False: it was not used. One that the program itself gave is back at the next start. */
  remove(host: string): Promise<boolean>;
  /**
   * Asks something of a relay that we own, or claims it; by host where it is used, or by address.
   * @throws {EndpointError} `ERR_RELAY`, `ERR_NOT_AUTHORIZED`, `ERR_WRONG_CODE`, `ERR_TRY_LATER`, `ERR_PEER_UNEXPECTED`, …
   */
  manage<Order extends RelayOrder>(
    relay: string,
    order: Order,
    options?: Waiting,
  ): Promise<RelayOrderAnswers[Order["type"]]>;
}

export interface RelayView {
  /** `host[:port]`. */
  readonly host: string;
  readonly state:
    | "connecting"
    | "ready"
    | "waiting" //      to try again
    | "key-changed"; // somebody else answers there: nothing is said to it until a person decided
  /** Its key, in hexadecimal, once it is known. */
  readonly key?: string;
  /** Why it is not ready: a word of the protocol, or the key that was found instead. */
  readonly problem?: string;
  /** The host of a relay that was chosen, is away, and said that it can be met here meanwhile. */
  readonly standsInFor?: string;
}
