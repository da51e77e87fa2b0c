/** What `@kith/sdk` has for Node alone. */
export { createEndpoint, importIntoHome, type NodeEndpoint, type NodeEndpointOptions } from "./create-endpoint.ts";
export { type DoctorOptions, diagnose, type Finding, type NodeAsSeen, type RelayToLookAt } from "./doctor.ts";
export { defaultHome, type HomePaths, homePaths } from "./home.ts";
export type { KeyProtection } from "./key-vault.ts";
export {
  type LanBridge,
  type LanBridgeOptions,
  type LanCaller,
  type LanHandlers,
  type LanRefusal,
  type LanSocket,
  lanBridge,
} from "./lan-bridge.ts";
export { type DiscoveryFilter, mdnsPresence } from "./mdns/mdns-presence.ts";
export { createNodeProvider, type NodeProviderOptions, nodeProvider } from "./node-crypto.ts";
export { nodeFiles } from "./node-files.ts";
export { nodeWebRtc } from "./node-webrtc.ts";
export { type RestoredHome, restoreIntoHome } from "./restore-home.ts";
export { openSqliteStore } from "./sqlite-store.ts";
export { type TcpOptions, tcpTransport } from "./tcp.ts";
