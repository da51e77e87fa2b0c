/** The only door of `@kith/core`. */
export { isAdmissiblePoint, isAdmissibleSignature } from "./crypto/ed25519-rule.ts";
export { nobleProvider } from "./crypto/noble-provider.ts";
export type { AeadKey, Argon2Cost, CryptoProvider, KeyPair } from "./crypto/provider.ts";
export { Secret } from "./crypto/secret.ts";
export { type PeerId, parsePeerId, peerIdFromBytes, peerIdToBytes } from "./identity/peer-id.ts";
export { AssertionError, assert, unreachable } from "./lib/assert.ts";
export { bytesEqual, compareBytes, concatBytes, isAllZero } from "./lib/bytes.ts";
export { type RandomSource, randomBelow } from "./lib/random.ts";
export {
  after,
  type Duration,
  days,
  hours,
  type Instant,
  instant,
  millis,
  minutes,
  seconds,
  since,
  sooner,
  type WallTime,
  wallAfter,
  wallTime,
} from "./lib/time.ts";
export { WireError, type WireErrorCode } from "./lib/wire-error.ts";
export {
  DIAL_TIMEOUT,
  HANDSHAKE_TIMEOUT,
  PACKET_BYTES_MAX,
  PREAUTH_BYTES_MAX,
  PREAUTH_PACKET_BYTES_MAX,
} from "./wire/limits.ts";
