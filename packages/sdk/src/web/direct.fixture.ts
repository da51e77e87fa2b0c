/** What the tests of meeting without a server find in a page: one endpoint that no server leads to, as `agent`. */
import { DirectAgent } from "../testing/direct-agent.ts";
import { createEndpoint } from "./index.ts";

/** As the test's `page.evaluate` sees it. */
export interface DirectPage {
  start(name: string): Promise<void>;
  readonly agent: DirectAgent;
}

Object.assign(globalThis, {
  start: async (name: string) => {
    Object.assign(globalThis, { agent: new DirectAgent(await createEndpoint({ name, relays: [] })) });
  },
});
