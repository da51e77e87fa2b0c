/** The only door of `@kith/relay`. */
export { checkConfig } from "./check-config.ts";
export {
  type ConfigSources,
  flagOf,
  type RelayConfig,
  readConfig,
  SETTING_NAMES,
  shapeOf,
  variableOf,
} from "./config.ts";
export { RELAY_PATH, type Rejection } from "./handshake.ts";
export { type Relay, type RelayOptions, startRelay } from "./relay.ts";
export { ConfigError, type ConfigProblem, RelayError, type RelayErrorCode } from "./relay-error.ts";
export type { Caller, RouteAnswer, RouteHandlers, RouteSocket, Routes, SocketRoute } from "./routes.ts";
export { backupFolder, databasePath, restoreDatabase } from "./store-file.ts";
