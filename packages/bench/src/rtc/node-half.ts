/** The half in Node, of those that have one. */
import { createEndpoint } from "@kith/sdk";
import { nodeProvider, nodeWebRtc } from "@kith/sdk/node";
import { Missing } from "../scenario/scenario.ts";
import { type Half, halfOf } from "./half.ts";
import { meetBare } from "./meet-bare.ts";
import { meetKith, RTC_PROTOCOL } from "./meet-kith.ts";

export function nodeHalf(contender: string): Half {
  const webRtc = nodeWebRtc();
  if (webRtc === undefined) throw new Missing("node-datachannel is not installed");
  if (contender !== "kith")
    return halfOf(async () => {
      const { RTCPeerConnection } = await import("node-datachannel/polyfill");
      return meetBare(new RTCPeerConnection({ iceServers: [] }));
    });
  return halfOf(async (relay) => {
    const about = { name: "Node", transports: [], relays: [relay], protocols: [RTC_PROTOCOL], provider: nodeProvider };
    return meetKith(await createEndpoint({ ...about, webRtc, endOfTurn: (run) => process.nextTick(run) }));
  });
}
