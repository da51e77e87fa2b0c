/**
 * Relays as a program sees them.
 *
 * @module
 */
import type { Observable } from "./observable.ts";

/** Those that are used, as they are now. */
export interface RelayList extends Observable<readonly RelayView[]> {
  /**
   * Uses a relay from now on, `wss://host[:port][#key]`; one of the same host is replaced. Kept where the endpoint keeps
   * its things. Returns its host.
   * @throws {EndpointError} `ERR_ARGUMENT`, `ERR_LIMIT`
   */
  add(address: string): Promise<string>;
  /** By host or address. False: it was not used. One that the program itself gave is back at the next start. */
  remove(host: string): Promise<boolean>;
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
}
