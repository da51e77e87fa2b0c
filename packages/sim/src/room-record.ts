/**
 * What happened in a {@link RoomWorld}, for tests that count: packets on all links, presence on the network, and whom
 * each person saw come, go online and go offline.
 *
 * @module
 */
import type { PeerId, RoomId } from "@kith/core";
import type { Watcher } from "./network.ts";
import type { RoomWorld } from "./room-world.ts";

/** Every packet of a world, and everything that presence announced. */
export class PacketRecord implements Watcher {
  readonly packets: { readonly bytes: Uint8Array; readonly from: string; readonly to: string }[] = [];
  readonly announced: Uint8Array[] = [];
  readonly #world: RoomWorld;

  constructor(world: RoomWorld) {
    this.#world = world;
    world.net.watcher = this;
  }

  handlePacket(bytes: Uint8Array, from: string, to: string): void {
    this.packets.push({ bytes: bytes.slice(), from, to });
  }

  handleLife(): void {}

  /** Shows everybody to everybody, as multicast does, and keeps what was shown. */
  announce(): void {
    for (const { host } of this.#world.people.values()) {
      const what = host.endpoint?.presence.announcement(host.at.wall);
      if (what === undefined) continue;
      this.announced.push(...what.hints, new TextEncoder().encode(what.name ?? ""));
    }
    this.#world.net.announce();
  }

  between(one: string, other: string): number {
    return this.packets.filter(({ from, to }) => (from === one && to === other) || (from === other && to === one))
      .length;
  }

  /** Whether these bytes left anybody's machine, on a link or in presence. */
  shows(bytes: Uint8Array): boolean {
    const needle = Buffer.from(bytes);
    const all = [...this.packets.map((packet) => packet.bytes), ...this.announced];
    return all.some((each) => Buffer.from(each.buffer, each.byteOffset, each.byteLength).includes(needle));
  }

  /** As {@link shows}, for a text: also in capitals. */
  showsText(text: string): boolean {
    const forms = [text, text.toUpperCase()].map((form) => new TextEncoder().encode(form));
    return forms.some((form) => this.shows(form));
  }
}

export interface Coming {
  readonly who: PeerId;
  readonly what: "arrived" | "gone" | "online" | "offline";
}

/** What each person's view of one room told, in order: looked at after every turn. */
export class Comings {
  readonly #seen = new Map<string, Coming[]>();

  constructor(world: RoomWorld, room: RoomId) {
    for (const { name, host } of world.people.values()) {
      const told: Coming[] = [];
      let before = new Map<PeerId, boolean>();
      this.#seen.set(name, told);
      host.onTurn = ({ rooms }) => {
        const now = new Map(rooms.membersOf(room).map(({ peer, isOnline }) => [peer, isOnline]));
        for (const [who, isOnline] of now) {
          if (!before.has(who)) told.push({ who, what: "arrived" });
          if ((before.get(who) ?? false) !== isOnline) told.push({ who, what: isOnline ? "online" : "offline" });
        }
        for (const who of before.keys()) if (!now.has(who)) told.push({ who, what: "gone" });
        before = now;
      };
    }
  }

  /** How often `name` was told this of `who`. */
  count(name: string, what: Coming["what"], who: PeerId): number {
    return (this.#seen.get(name) ?? []).filter((each) => each.what === what && each.who === who).length;
  }
}

/** Pairs that have a link, by names, sorted: also of those that are in no room. */
export function linkedPairs(world: RoomWorld): readonly string[] {
  const pairs = new Set<string>();
  for (const { host } of world.people.values())
    for (const cable of host.cables) if (cable.isUp) pairs.add([cable.nameOf(0), cable.nameOf(1)].sort().join("-"));
  return [...pairs].sort();
}
