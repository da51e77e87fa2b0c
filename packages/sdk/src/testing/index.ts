/** Twins of the world for tests, and the suites that every adapter must pass: `@kith/sdk/testing`. */
export { FakeClock } from "./fake-clock.ts";
export { MemoryRelay } from "./memory-relay.ts";
export { MemoryStore } from "./memory-store.ts";
export { MemoryNetwork } from "./memory-transport.ts";
export { LabHost, type LabService, NetLab, whyMissing, whyNoLab } from "./net-lab.ts";
export { storeSuite } from "./store-suite.ts";
export { type TransportCase, transportSuite } from "./transport-suite.ts";
