/** The only door of `@kith/sdk`. */
export type * from "./api.ts";
export { EndpointError, type EndpointErrorCode } from "./endpoint-error.ts";
export { Subject } from "./observable.ts";
