/** Which part of an endpoint takes channels of a protocol that peers open; the rest is for the program. */
import { PROTOCOL } from "@kith/core";
import type { LateCards } from "./card/late-cards.ts";
import type { Channel } from "./channel-api.ts";
import type { LateFacts } from "./fact/late-facts.ts";
import type { PeerSession } from "./session-api.ts";

export function channelTaker(
  { cards, facts }: { readonly cards: LateCards; readonly facts: LateFacts },
  protocol: string,
  session: PeerSession,
): ((channel: Channel) => boolean) | undefined {
  if (protocol === PROTOCOL.card) return (channel) => cards.handleChannel(channel);
  return protocol === PROTOCOL.credential ? (channel) => facts.handleChannel(channel, session) : undefined;
}
