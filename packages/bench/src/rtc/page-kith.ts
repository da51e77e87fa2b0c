/** Kith's half in a page. */
import { createEndpoint } from "@kith/sdk/web";
import { farConnection } from "./far-connection.ts";
import { halfOf } from "./half.ts";
import { meetKith, RTC_PROTOCOL } from "./meet-kith.ts";

/** There if the other page lies at the end of a long line. */
declare const farVia: ((line: string) => Promise<string>) | undefined;

const webRtc = {
  ...(typeof farVia !== "undefined" && {
    connect: (about: RTCConfiguration) => farConnection(new RTCPeerConnection(about), farVia),
  }),
};
const half = halfOf(async (relay) =>
  meetKith(await createEndpoint({ name: "Page", relays: [relay], protocols: [RTC_PROTOCOL], webRtc })),
);
Object.assign(globalThis, { half });
