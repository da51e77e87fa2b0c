/** Twins of the world for tests, and the suites that every adapter must pass: `@kith/sdk/testing`. */
export { FakeClock } from "./fake-clock.ts";
export { MemoryNetwork } from "./memory-transport.ts";
