/**
 * Which way leads to a contact now, judged from what an endpoint says of itself. Words for it have whoever asks: what a
 * person can do about it is another thing at a machine and in a page.
 *
 * @module
 */
import type { NearbyPeer, PathView, RelayView, SessionView } from "../api.ts";
import type { Contact } from "../trust-api.ts";

/** What a running endpoint says of itself. */
export interface NodeAsSeen {
  readonly contacts: readonly Pick<Contact, "peer" | "name" | "isBlocked">[];
  readonly sessions: readonly Pick<SessionView, "peer" | "path">[];
  readonly nearby: readonly Pick<NearbyPeer, "peer">[];
  readonly relays: readonly Pick<RelayView, "host" | "state">[];
}

export type ContactWay =
  | { readonly at: "straight"; readonly kind: Exclude<PathView["kind"], "relayed" | "routed"> }
  /** `relay`: its host, if it is known. `isNear`: and yet it is on this network. */
  | { readonly at: "relayed"; readonly relay: string | undefined; readonly isNear: boolean }
  | { readonly at: "routed"; readonly isNear: boolean }
  | { readonly at: "lost" } //          a session that waits for a way
  | { readonly at: "near" } //          seen on this network, and no session
  | { readonly at: "no-relay" }
  | { readonly at: "relays-away" }
  | { readonly at: "absent" }; //       relays are there, and it is not

export function wayOfContact(peer: Contact["peer"], { sessions, nearby, relays }: NodeAsSeen): ContactWay {
  const session = sessions.find((one) => one.peer === peer);
  const isNear = nearby.some((one) => one.peer === peer);
  if (session === undefined) {
    if (isNear) return { at: "near" };
    if (relays.length === 0) return { at: "no-relay" };
    return { at: relays.some(({ state }) => state === "ready") ? "absent" : "relays-away" };
  }
  const { path } = session;
  if (path === undefined) return { at: "lost" };
  if (path.kind === "routed") return { at: "routed", isNear };
  if (path.kind !== "relayed") return { at: "straight", kind: path.kind };
  // The relay's name, without the key after it.
  return { at: "relayed", relay: /^relay (\S+)/.exec(path.remote)?.[1], isNear };
}
