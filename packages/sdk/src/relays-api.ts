/**
 * Relays as a program sees them.
 *
 * @module
 */
import type { RelayOrder, RelayOrderAnswers } from "@kith/core";
import type { Waiting } from "./channel-api.ts";
import type { Observable } from "./observable.ts";

export type { RelayOrder, RelayOrderAnswers } from "@kith/core";

/** Those that are used, as they are now. */
export interface RelayList extends Observable<readonly RelayView[]> {
  /**
   * Uses a relay from now on, `wss://host[:port][#key[.pass]]`; one of the same host is replaced. Kept where the endpoint keeps
   * its things. Returns its host.
   * @throws {EndpointError} `ERR_ARGUMENT`, `ERR_LIMIT`
   */
  add(address: string): Promise<string>;
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
