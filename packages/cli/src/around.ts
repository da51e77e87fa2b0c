/**
 * Everybody within reach: who is near, and whoever a session leads to by another way, as a relay.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { NearbyPeer, PathView } from "@kith/sdk";
import type { Kith } from "./kith.ts";

export interface AroundPeer extends NearbyPeer {
  /** How its session goes; without times, which change all the time. */
  readonly path?: Pick<PathView, "kind" | "remote"> & {
    /** Name of the member who passes it on, where that is known. */
    readonly through?: string;
  };
}

/** Who passes on what goes through a room, by whom it goes to: as it is now. */
export async function passersOn(kith: Pick<Kith, "rooms" | "openSessions">): Promise<ReadonlyMap<PeerId, string>> {
  const names = new Map<PeerId, string>();
  if (!kith.openSessions.get().some(({ path }) => path?.kind === "routed")) return names;
  for (const { id } of kith.rooms.all.get()) {
    const members = (await kith.rooms.get(id))?.members.get() ?? [];
    for (const { peer, path } of members) {
      const passer = path.kind === "routed" ? members.find((one) => one.peer === path.through) : undefined;
      if (passer !== undefined) names.set(peer, passer.name);
    }
  }
  return names;
}

export function around(
  kith: Pick<Kith, "nearby" | "openSessions">,
  passers: ReadonlyMap<PeerId, string> = new Map(),
): readonly AroundPeer[] {
  const pathOf = (peer: PeerId, { kind, remote }: PathView): NonNullable<AroundPeer["path"]> => {
    const through = kind === "routed" ? passers.get(peer) : undefined;
    return { kind, remote, ...(through !== undefined && { through }) };
  };
  const sessions = new Map(kith.openSessions.get().map((session) => [session.peer, session]));
  const nearby = kith.nearby.get().map((one): AroundPeer => {
    const path = one.peer && sessions.get(one.peer)?.path;
    if (one.peer !== undefined) sessions.delete(one.peer);
    return path === undefined || one.peer === undefined ? one : { ...one, path: pathOf(one.peer, path) };
  });
  const others = [...sessions.values()].map(
    ({ peer, name, isContact, path, openedAt }): AroundPeer => ({
      key: peer,
      ...{ peer, isContact, hints: [], session: "open", seenAt: openedAt },
      ...(name !== undefined && { name }),
      ...(path !== undefined && { path: pathOf(peer, path) }),
    }),
  );
  return [...nearby, ...others];
}
