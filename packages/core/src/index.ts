/** The only door of `@kith/core`. */
export { type PeerId, parsePeerId, peerIdFromBytes, peerIdToBytes } from "./identity/peer-id.ts";
export { WireError, type WireErrorCode } from "./lib/wire-error.ts";
