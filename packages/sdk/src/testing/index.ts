/** Twins of the world for tests, and the suites that every adapter must pass: `@kith/sdk/testing`. */

export { MemoryStore } from "../memory-store.ts";
export { type CardSeat, CardTable } from "./card-table.ts";
export { type FactSeat, FactTable } from "./fact-table.ts";
export { FakeClock } from "./fake-clock.ts";
export { LabNode } from "./lab-node.ts";
export { MemoryRelay } from "./memory-relay.ts";
export { MemoryNetwork } from "./memory-transport.ts";
export { LabHost, type LabService, NetLab, whyMissing, whyNoLab } from "./net-lab.ts";
export { type OpenedPass, openPass, whyNoPassTools } from "./opened-pass.ts";
export { RtcAgent } from "./rtc-agent.ts";
export { storeSuite } from "./store-suite.ts";
export { type TransportCase, transportSuite } from "./transport-suite.ts";
export { until } from "./until.ts";
