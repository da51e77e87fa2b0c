import { test } from "node:test";
import { MemoryRelayState } from "../relay/memory-state.ts";
import { relayStateSuite } from "./relay-state-suite.ts";

relayStateSuite("memory", { open: (claimHash) => new MemoryRelayState(claimHash), test });
