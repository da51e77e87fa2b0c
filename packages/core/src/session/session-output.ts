/**
 * What a session wants done, as data: jobs of sealing and opening for the crypto provider, and
 * outputs for whoever owns the session. In the order in which they must be done.
 *
 * @module
 */
import type { AeadKey } from "../crypto/provider.ts";
import type { Instant } from "../lib/time.ts";
import type { WireErrorCode } from "../lib/wire-error.ts";
import type { CarriedFrame, ChannelFrame } from "../wire/channel-frame.ts";

/**
 * One record to seal: `provider.seal(key, nonce, header, plaintext)`, then `header` and the result
 * leave on the link as one packet. `header` and `nonce` are never written again; `plaintext` is
 * valid until the next `beginRecord` on the same path. Each job is sealed once or never.
 */
export interface SealJob {
  readonly path: number;
  readonly key: AeadKey;
  readonly nonce: Uint8Array;
  readonly header: Uint8Array;
  readonly plaintext: Uint8Array;
}

/**
 * One record to open: `provider.open(key, nonce, header, sealed)`, whose answer goes back to
 * `handleOpened`, in any order. `header` and `sealed` are views into the packet given to
 * `handleRecord`: whoever answers later must have read them by then, or copies the packet first.
 */
export interface OpenJob {
  readonly path: number;
  readonly counter: number;
  readonly key: AeadKey;
  readonly nonce: Uint8Array;
  readonly header: Uint8Array;
  readonly sealed: Uint8Array;
  /** Which keying and key phase the record claims; for the session that made the job. */
  readonly keying: object;
  readonly phase: number;
}

/** Why a path was given up. `silent`: nothing came back. `unopenable`: records that do not open. */
export type PathFailure = "silent" | "unopenable";

export type SessionOutput =
  /** The channel frames of one opened record, in order. Byte fields are views of `plaintext`, which nobody writes again. */
  | { readonly type: "frames"; readonly frames: readonly ChannelFrame[]; readonly plaintext: Uint8Array }
  /** The peer has these for good. */
  | { readonly type: "acked"; readonly carried: readonly CarriedFrame[] }
  /** These may not have arrived: send again what still matters. */
  | { readonly type: "lost"; readonly carried: readonly CarriedFrame[] }
  /** A record opened under the newest keying: forget the resume secret of the one before. Once per keying. */
  | { readonly type: "confirmed" }
  /** The first record opened on a path that the peer dialled: the link is its, and no stranger's. */
  | { readonly type: "pathHeard"; readonly path: number }
  /** The path carries records both ways: channel frames may use it. */
  | { readonly type: "pathValidated"; readonly path: number }
  /** Close this link. The path is already removed. */
  | { readonly type: "pathFailed"; readonly path: number; readonly reason: PathFailure }
  /** No path for too long: traffic keys are gone, and only a new keying brings the session back. */
  | { readonly type: "keysErased" }
  /** The session is over, for this `reason` (a close code). Flush what `wantsToSend` says, then close the links. */
  | {
      readonly type: "closed";
      readonly reason: number;
      readonly by: "local" | "peer";
      /** What of the peer's bytes broke the spec, if that was why. */
      readonly error?: WireErrorCode;
    }
  /** Nothing more will come out, all keys are erased: forget the session. */
  | { readonly type: "ended" };

export interface PathStats {
  /** Smoothed round-trip time in milliseconds, once measured. */
  readonly srtt: number | undefined;
  /** The shortest round trip: what is left of it without waiting in queues. */
  readonly rttMin: number | undefined;
  readonly isValidated: boolean;
  readonly bytesInFlight: number;
  readonly bytesAcked: number;
  readonly bytesLost: number;
  readonly recordsAcked: number;
  readonly recordsUnopenable: number;
  /** When a channel frame last came or went: to find the link that idled longest. */
  readonly trafficAt: Instant;
}
