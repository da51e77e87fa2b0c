/**
 * Kith over node-datachannel: two endpoints that become contacts at a relay, and go over to WebRTC as any two do that
 * have no straight way. The relay carries nothing after that.
 */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { readConfig, startRelay } from "@kith/relay";
import { createEndpoint, type Endpoint } from "@kith/sdk";
import { nodeProvider, nodeWebRtc } from "@kith/sdk/node";
import { RtcAgent } from "@kith/sdk/testing";
import { Missing } from "../scenario/scenario.ts";
import { pipeOver } from "./channel-pipe.ts";
import type { Contender } from "./contender.ts";
import { PROTOCOL } from "./kith-endpoint.ts";

export function rtcKithContender(): Contender {
  const ends: (() => Promise<void>)[] = [];

  async function agent(name: string, relay: string): Promise<{ endpoint: Endpoint; agent: RtcAgent }> {
    const webRtc = nodeWebRtc();
    if (webRtc === undefined) throw new Missing("node-datachannel is not installed");
    const endpoint = await createEndpoint({
      ...{ name, transports: [], relays: [relay], protocols: [PROTOCOL], webRtc, provider: nodeProvider },
      endOfTurn: (run) => process.nextTick(run),
    });
    ends.push(() => endpoint.close());
    return { endpoint, agent: new RtcAgent(endpoint, []) };
  }

  return {
    name: "kith",
    keepsMessages: true,
    async listen(onPipe) {
      const data = mkdtempSync(join(process.env["KITH_BENCH_FOLDER"] ?? ".", "relay-"));
      const relay = await startRelay(
        readConfig({ flags: { host: "127.0.0.1", port: 0, data, log: "off", metrics: "off" } }),
      );
      ends.push(() => relay.close());
      const address = `ws://127.0.0.1:${relay.port}#${Buffer.from(relay.relayKey).toString("hex")}`;
      const { endpoint, agent: maker } = await agent("Server", address);
      const code = await maker.show();
      void (async () => {
        await maker.agree();
        await maker.on("webrtc");
        const [session] = endpoint.openSessions.get();
        const open = await endpoint.connect(session?.peer ?? "");
        for await (const channel of open.channels)
          onPipe(
            pipeOver(channel, () => open.close()),
            "stream",
          );
      })();
      return `${address} ${code}`;
    },
    async dial(address, kind) {
      const [relay = "", ...code] = address.split(" ");
      const { endpoint, agent: guest } = await agent("Client", relay);
      await guest.join(code.join(" "));
      await guest.agree();
      await guest.on("webrtc");
      const [view] = endpoint.openSessions.get();
      const session = await endpoint.connect(view?.peer ?? "");
      const channel = await session.open(PROTOCOL, { class: kind === "stream" ? "bulk" : "interactive" });
      return pipeOver(channel, () => session.close());
    },
    async stop() {
      for (const end of ends.reverse()) await end();
    },
  };
}
