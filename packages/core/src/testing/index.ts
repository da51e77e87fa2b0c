/** The suites that every adapter of the core's machines must pass: `@kith/core/testing`. */
export { type RelayDeliveryCase, relayDeliverySuite } from "./relay-delivery-suite.ts";
export type { RelayStateUnderTest } from "./relay-state-asked.ts";
export { type RelayStateCase, relayStateSuite } from "./relay-state-suite.ts";
