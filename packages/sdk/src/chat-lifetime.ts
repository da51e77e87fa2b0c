/** Lifetimes of messages, between what people see and what is on the wire. */
import { type Conversations, isLifetime, LIFETIME_OFF, LIFETIME_UNTIL_CLOSED, type PeerId } from "@kith/core";
import type { ChatLifetime, ChatLifetimeView } from "./chat-api.ts";
import { EndpointError } from "./endpoint-error.ts";

export const shownLifetime = (seconds: number): ChatLifetime =>
  seconds === LIFETIME_OFF ? "off" : seconds === LIFETIME_UNTIL_CLOSED ? "until-closed" : seconds;

/** Of a message, which has none when it stays. */
export const messageLifetime = (seconds: number): "until-closed" | number =>
  seconds === LIFETIME_UNTIL_CLOSED ? "until-closed" : seconds;

export function wireLifetime(lifetime: ChatLifetime): number {
  if (lifetime === "off") return LIFETIME_OFF;
  if (lifetime === "until-closed") return LIFETIME_UNTIL_CLOSED;
  if (isLifetime(lifetime) && lifetime > LIFETIME_UNTIL_CLOSED) return lifetime;
  throw new EndpointError("ERR_ARGUMENT", "Cannot agree on that lifetime: 60 to 86,400 seconds, or until closed");
}

export function lifetimeView(conversations: Conversations, peer: PeerId): ChatLifetimeView {
  const { lifetime, ours, theirs } = conversations.agreement(peer);
  const open = ours.at(-1);
  return {
    agreed: shownLifetime(lifetime),
    ...(open !== undefined && { proposed: shownLifetime(open.lifetime) }),
    ...(theirs !== undefined && { asked: shownLifetime(theirs.lifetime) }),
  };
}
