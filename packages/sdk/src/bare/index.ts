/** The least of Kith: sessions between known keys, over WebSockets: `@kith/sdk/bare`. */
export { type LocalIdentity, type PeerId, parsePeerId } from "@kith/core";
export type { Channel, PeerSession, SessionEnd } from "../api.ts";
export { EndpointError, type EndpointErrorCode } from "../endpoint-error.ts";
export { BareEndpoint, type BareEndpointOptions } from "./bare-endpoint.ts";
export { createIdentity, identityFromSeed } from "./identity.ts";
