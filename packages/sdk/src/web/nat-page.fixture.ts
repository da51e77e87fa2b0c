/** What the test of a page behind a router finds in it: its endpoint, as `agent`, and how it sends numbers to a node of the lab. */
import { RtcAgent } from "../testing/rtc-agent.ts";
import { createEndpoint } from "./index.ts";

/** As the test's `page.evaluate` sees it. */
export interface NatPage {
  start(name: string, relay: string): Promise<void>;
  readonly agent: RtcAgent;
  /** So many messages of so many bytes, each of which begins with its number. */
  send(protocol: string, count: number, bytes: number): Promise<void>;
}

let agent: RtcAgent;

Object.assign(globalThis, {
  start: async (name: string, relay: string) => {
    agent = new RtcAgent(await createEndpoint({ name, relays: [relay] }), []);
    Object.assign(globalThis, { agent });
  },
  send: async (protocol: string, count: number, bytes: number) => {
    const [session] = agent.endpoint.openSessions.get();
    const channel = await (await agent.endpoint.connect(session?.peer ?? "")).open(protocol, { class: "bulk" });
    for (let i = 0; i < count; i++) {
      const message = new Uint32Array(bytes / Uint32Array.BYTES_PER_ELEMENT);
      message[0] = i;
      await channel.send(new Uint8Array(message.buffer));
    }
    await channel.finish();
  },
});
