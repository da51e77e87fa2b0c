/** Documents that a room shares, with Yjs: `@kith/sdk/yjs`. */
export { type DocHistory, HISTORY_BYTES_MAX, VERSIONS_MAX } from "./doc-history.ts";
export { type DocVersion, VERSION_NAME_CHARACTERS_MAX } from "./doc-version.ts";
export { type CursorUser, KithProvider, type KithProviderOptions } from "./kith-provider.ts";
