/** Links into rooms, where nothing but a relay is between who made them and who has them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex, hours, peerIdToBytes, type RoomId } from "@kith/core";
import { type RoomPerson, RoomWorld } from "./room-world.ts";
import type { SimRelay } from "./sim-relay.ts";

const NAMES = ["ada", "ben", "mal"];
const [LOGIN, WATCH, UNWATCH, ARRIVED] = [0x02, 0x12, 0x13, 0x93];
const [KEY_BYTES, TAG_BYTES] = [32, 16];
/** Three days of one link. */
const TAGS_OF_LINK = 3;

interface Scene {
  readonly world: RoomWorld;
  readonly relay: SimRelay;
  readonly room: RoomId;
  readonly ada: RoomPerson;
  readonly ben: RoomPerson;
  readonly mal: RoomPerson;
}

function scene(privacy: "open" | "contacts" | "hidden" = "contacts"): Scene {
  const world = new RoomWorld(NAMES, { relays: 1, privacy });
  for (const [index, one] of NAMES.entries()) world.part([one], NAMES.slice(index + 1));
  const [relay] = world.relays;
  assert.ok(relay !== undefined);
  const room = world.create("ada", "garden");
  world.run(5_000); // all are at the relay
  return { world, relay, room, ada: world.person("ada"), ben: world.person("ben"), mal: world.person("mal") };
}

/** As a page makes it: it names the relay, and no address. */
function linkOf({ relay, room, ada }: Scene, kind: "invitation" | "knock" = "invitation"): string {
  const ways = { hints: [], relays: [{ scheme: "wss", host: relay.address, key: new Uint8Array(KEY_BYTES) }] } as const;
  const terms = { uses: 1, lifetime: hours(24), role: "member", ...ways } as const;
  const made = ada.ask((rooms, at) =>
    kind === "knock" ? rooms.knockLink(room, ways, at) : rooms.invite(room, terms, at),
  );
  assert.ok(typeof made !== "string");
  return "link" in made ? made.link : (made.links[0] ?? "");
}

/** What the relay hears of tags, by connection. */
function watchers(relay: SimRelay): Map<string, Set<number>> {
  const byTag = new Map<string, Set<number>>();
  relay.onHeard = (message, from) => {
    if (message[0] !== WATCH && message[0] !== UNWATCH) return;
    for (let at = message.length % TAG_BYTES; at < message.length; at += TAG_BYTES) {
      const tag = bytesToHex(message.slice(at, at + TAG_BYTES));
      const those = byTag.get(tag) ?? new Set<number>();
      if (message[0] === WATCH) byTag.set(tag, those.add(from));
      else if (those.delete(from) && those.size === 0) byTag.delete(tag);
    }
  };
  return byTag;
}

for (const privacy of ["open", "contacts", "hidden"] as const)
  test(`[MEE-14] a link leads into the room over the relay that it names, and is watched for no longer (${privacy})`, () => {
    const all = scene(privacy);
    const { world, room, ada, ben } = all;
    const tags = watchers(all.relay);
    const link = linkOf(all);
    world.run(1_000);
    assert.equal(tags.size, TAGS_OF_LINK, "ada waits");
    const request = world.join("ben", link);
    world.until("ben is in", () => world.joinEnd("ben", request) === room, 10_000);
    world.run(1_000);
    assert.equal(tags.size, TAGS_OF_LINK, "what is watched now is the pair's");
    assert.deepEqual(
      [...tags.values()].map((those) => those.size),
      [2, 2, 2],
    );
    ben.say(room, "in");
    world.until("ada hears ben", () => ada.heard(room).includes("in"));
    assert.equal(world.person("mal").of("sessionOpened").length, 0);
  });

test("[MEE-14] whoever made the link may come to the relay later than the guest, from a process of later", () => {
  const all = scene();
  const { world, room } = all;
  const link = linkOf(all);
  world.run(1_000);
  all.ada.host.kill(false);
  const request = world.join("ben", link);
  world.run(15_000);
  assert.equal(world.joinEnd("ben", request), undefined);
  world.start("ada");
  world.until("ben is in", () => world.joinEnd("ben", request) === room, 10_000);
});

test("[MEE-14] a knock leads to whoever made it, and its yes into the room", () => {
  const all = scene();
  const { world, room, ada, ben } = all;
  const request = world.join("ben", linkOf(all, "knock"));
  world.until("ben waits", () => ada.endpoint.rooms.requestsOf(room).length === 1, 10_000);
  ada.ask((rooms, at) => rooms.approve(room, ben.id, at));
  world.until("ben is in", () => world.joinEnd("ben", request) === room, 10_000);
});

test("[MEE-14] a link that was taken back is not watched for, and one whose maker is away leads nowhere, in time", () => {
  const all = scene();
  const { world, room, ada } = all;
  const tags = watchers(all.relay);
  const link = linkOf(all);
  world.run(1_000);
  ada.ask((rooms, at) => rooms.revokeInvitations(room, at));
  world.run(1_000);
  assert.equal(tags.size, 0);
  const request = world.join("ben", link);
  world.run(1_000);
  assert.equal(tags.size, TAGS_OF_LINK, "ben looks for ada");
  world.until("it is over", () => world.joinEnd("ben", request) === "unreachable", 35_000);
  world.run(1_000);
  assert.equal(tags.size, 0, "and no longer");
});

test("[MEE-14] [JOI-3] whom a relay brings instead of the link's maker learns nothing of the guest", () => {
  const all = scene("open");
  const { world, room, relay, ben, mal } = all;
  const keys = new Map<number, Uint8Array>();
  mal.host.kill(false);
  relay.onHeard = (message, from) => {
    if (message[0] === LOGIN) keys.set(from, message.slice(1, 1 + KEY_BYTES));
  };
  world.start("mal");
  world.run(5_000);
  const [key] = keys.values();
  assert.ok(key !== undefined && keys.size === 1);
  let lies = 0;
  relay.misdeed = (message) => {
    if (message[0] !== ARRIVED) return [message];
    lies += 1;
    const changed = message.slice();
    changed.set(key, 1 + TAG_BYTES);
    return [changed];
  };
  const link = linkOf(all);
  const request = world.join("ben", link);
  world.until("it is over", () => world.joinEnd("ben", request) === "unreachable", 60_000);
  assert.ok(lies > 0 && ben.of("dial").some(({ hints }) => hints[0]?.endsWith(bytesToHex(key))), "ben dialled mal");
  assert.equal(mal.of("sessionOpened").length, 0, "no session, and so nobody's identity");
  const kept = Buffer.concat(mal.host.store.entries.map(({ value }) => Buffer.from(value)));
  assert.equal(kept.indexOf(Buffer.from(peerIdToBytes(ben.id))), -1);
  relay.misdeed = undefined;
  const again = world.join("ben", link);
  world.until("and then all is well", () => world.joinEnd("ben", again) === room, 10_000);
});

test("[MEE-14] a relay that makes up arrivals is dialled a few times, and not for long", () => {
  const all = scene();
  const { world, relay, ben } = all;
  let made = 0;
  relay.misdeed = (message) => {
    if (message[0] !== ARRIVED) return [message];
    return Array.from({ length: 64 }, () => {
      made += 1;
      const changed = message.slice();
      changed.fill(made & 0xff, 1 + TAG_BYTES);
      changed[1 + TAG_BYTES] = made >> 8;
      return changed;
    });
  };
  const link = linkOf(all);
  const request = world.join("ben", link);
  world.until("it is over", () => world.joinEnd("ben", request) === "unreachable", 60_000);
  const dials = ben.of("dial").filter(({ hints }) => hints[0]?.startsWith("relay:"));
  assert.ok(made >= 64);
  assert.ok(dials.length > 1 && dials.length <= 8, `${dials.length} dials`);
});
