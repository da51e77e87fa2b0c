// Links between two connections of node-datachannel: real ones, in one process, over this machine's own addresses.
import { test } from "node:test";
import { linkSuite } from "../testing/link-suite.ts";
import { introduce, RtcHalf } from "../testing/rtc-half.ts";
import { nodeWebRtc } from "./node-webrtc.ts";

const webRtc = nodeWebRtc();
if (webRtc === undefined) test("links over node-datachannel", { skip: "node-datachannel is not installed" });
else
  linkSuite(
    "webrtc, node to node",
    async ({ hasFakeClock }) => {
      const near = new RtcHalf({ webRtc, isOfferer: true, hasFakeClock });
      const far = new RtcHalf({ webRtc, isOfferer: false, hasFakeClock });
      await introduce(near, far);
      return {
        ...{ near: await near.end(), far: await far.end() },
        [Symbol.asyncDispose]: async () => {
          near.close();
          far.close();
        },
      };
    },
    { holdsBack: false },
  );
