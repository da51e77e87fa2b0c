/** The least of Kith that a page of somebody else's imports: weighed by `size.system.test.ts`. */
export { BareEndpoint, createIdentity } from "@kith/sdk/bare";
