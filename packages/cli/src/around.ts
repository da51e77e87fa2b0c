/**
 * Everybody within reach: who is near, and whoever a session leads to by another way, as a relay.
 *
 * @module
 */
import type { NearbyPeer, PathView } from "@kith/sdk";
import type { Kith } from "./kith.ts";

export interface AroundPeer extends NearbyPeer {
  /** How its session goes; without times, which change all the time. */
  readonly path?: Pick<PathView, "kind" | "remote">;
}

export function around(kith: Pick<Kith, "nearby" | "openSessions">): readonly AroundPeer[] {
  const sessions = new Map(kith.openSessions.get().map((session) => [session.peer, session]));
  const nearby = kith.nearby.get().map((one): AroundPeer => {
    const path = one.peer && sessions.get(one.peer)?.path;
    if (one.peer !== undefined) sessions.delete(one.peer);
    return path === undefined ? one : { ...one, path: { kind: path.kind, remote: path.remote } };
  });
  const others = [...sessions.values()].map(
    ({ peer, name, isContact, path, openedAt }): AroundPeer => ({
      key: peer,
      ...{ peer, isContact, hints: [], session: "open", seenAt: openedAt },
      ...(name !== undefined && { name }),
      ...(path !== undefined && { path: { kind: path.kind, remote: path.remote } }),
    }),
  );
  return [...nearby, ...others];
}
