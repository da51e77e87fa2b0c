/** The least that a page of somebody else's imports: weighed by `size.system.test.ts`. */
export { createEndpoint } from "@kith/sdk/web";
