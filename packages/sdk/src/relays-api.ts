/**
 * Relays as a program sees them.
 *
 * @module
 */

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
