/** Both ends of a channel in memory. */
import type { PeerId } from "@kith/core";
import { ChannelHandle } from "../channel-handle.ts";

/** What one sends the other has at once. */
export function channelPair(protocol: string, a: PeerId, b: PeerId): readonly [ChannelHandle, ChannelHandle] {
  const ends: ChannelHandle[] = [];
  const end = (mine: number, peer: PeerId): ChannelHandle =>
    new ChannelHandle(protocol, peer, {
      send: (message) => {
        const bytes = message.slice();
        ends[1 - mine]?.handleMessages({ messages: [bytes], memory: [], bytes: bytes.length });
        return true;
      },
      consumed: () => {},
      finish: () => {
        ends[1 - mine]?.handleFinished();
        ends[mine]?.handleDelivered();
      },
      reset: () => ends[1 - mine]?.end({ by: "peer", reason: "reset" }),
    });
  const [first, second] = [end(0, b), end(1, a)];
  ends.push(first, second);
  return [first, second];
}
