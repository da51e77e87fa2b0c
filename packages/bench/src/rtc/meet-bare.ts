/** A bare data channel, of a page or of node-datachannel: descriptions with all their addresses, carried as text. */
import { dataChannelPipe } from "../contender/data-channel-pipe.ts";
import type { Meeting } from "./half.ts";

/** What a page's and the library's have alike. */
type Connection = Pick<
  RTCPeerConnection,
  | "addEventListener"
  | "createAnswer"
  | "createDataChannel"
  | "createOffer"
  | "iceGatheringState"
  | "localDescription"
  | "setLocalDescription"
  | "setRemoteDescription"
>;

export function meetBare(connection: Connection): Meeting {
  const channel = connection.createDataChannel("bench", { negotiated: true, id: 0 });
  const isGathered = new Promise<void>((resolve) => {
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState === "complete") resolve();
    });
  });
  const describe = async (description: RTCSessionDescriptionInit): Promise<string> => {
    await connection.setLocalDescription(description);
    await isGathered;
    return connection.localDescription?.sdp ?? "";
  };
  return {
    offer: async () => describe(await connection.createOffer()),
    async answer(sdp) {
      await connection.setRemoteDescription({ type: "offer", sdp });
      return describe(await connection.createAnswer());
    },
    accept: (sdp) => connection.setRemoteDescription({ type: "answer", sdp }),
    async pipe() {
      if (channel.readyState !== "open") await new Promise((resolve) => channel.addEventListener("open", resolve));
      return dataChannelPipe(channel);
    },
  };
}
