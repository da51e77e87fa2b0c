/** The scenarios by name, in the order in which they are shown. */
import { echo, messages, sessions, stream } from "./scenario/pipe-scenario.ts";
import type { Scenario } from "./scenario/scenario.ts";

export const SCENARIOS: Readonly<Record<string, Scenario>> = { stream, messages, echo, sessions };
