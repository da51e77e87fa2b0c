/**
 * A relay that answers for somebody else, and one that only looks: what each gets. docs/threat-model-relay.md has the table.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex, identityFromSeed, peerIdToBytes, Secret } from "@kith/core";
import { createNodeProvider } from "@kith/sdk/node";
import { CALM_PLAN, type Plan } from "./plan.ts";
import type { SimHost } from "./sim-host.ts";
import { SimRandom } from "./sim-random.ts";
import { Trace } from "./trace.ts";
import { World } from "./world.ts";

const HOUR = 3_600_000;
const [LOGIN, WATCH, ARRIVED] = [0x02, 0x12, 0x93];
const [KEY_BYTES, TAG_BYTES] = [32, 16];

const PLAN: Plan = {
  ...CALM_PLAN,
  name: "impostor",
  hosts: [2, 2],
  hasDiscovery: false,
  wallSkew: 0,
  relays: { count: [1, 1], restarts: [0, 0], drains: [0, 0], cuts: [0, 0], apart: 1 },
};

/** A stranger whom the relay names wherever somebody's contact should be. */
function impostor(world: World): SimHost {
  const random = new SimRandom("impostor");
  const identity = identityFromSeed(createNodeProvider({ isSeeded: true }), new Secret(random.bytes(32)));
  const options = { name: "m", identity, address: "10.6.6.6:1", label: "m", privacy: "open" } as const;
  const host = world.net.host({ ...options, relays: world.town?.addresses ?? [] });
  world.net.isApart = (one, other) => ![one, other].some((name) => name.startsWith("r"));
  return host;
}

for (const privacy of ["open", "contacts", "hidden"] as const) {
  test(`[MEE-3] a relay that answers for a contact is shown to be somebody else, and is told nothing (${privacy})`, () => {
    const world = new World({ ...PLAN, privacy: [privacy] }, "1", new Trace(false));
    const [relay] = world.town?.relays ?? [];
    const [ada, ben] = world.people;
    assert.ok(relay !== undefined && ada !== undefined && ben !== undefined);
    const mallory = impostor(world);
    const identities = [ada, ben].map(({ host }) => Buffer.from(peerIdToBytes(host.id)));
    world.watch.mayAlarm = true;
    let key: Uint8Array | undefined;
    relay.onHeard = (message) => {
      if (message[0] === LOGIN && key === undefined) key = message.slice(1, 1 + KEY_BYTES);
    };
    mallory.start(); // the first to log in
    world.net.run(1_000);
    let lies = 0;
    relay.misdeed = (message) => {
      if (message[0] !== ARRIVED || key === undefined) return [message];
      lies += 1;
      const changed = message.slice();
      changed.set(key, 1 + TAG_BYTES);
      return [changed];
    };
    const seen: string[] = [];
    mallory.onOutput = (output) => {
      if (output.type === "sessionOpened" || output.type === "chat" || output.type === "channel")
        seen.push(output.type);
    };
    world.begin();
    ada.say(ben);
    world.net.run(world.net.now + 60_000);
    assert.ok(lies > 0);
    assert.deepEqual(seen, [], "no session, and so nobody's identity");
    assert.equal(world.ledger.texts, 0, "nothing arrived anywhere");
    assert.ok(world.watch.alarms > 0, "and it shows");
    const entries = Buffer.concat(mallory.store.entries.map(({ value }) => Buffer.from(value)));
    for (const identity of identities) assert.equal(entries.indexOf(identity), -1);
    relay.misdeed = undefined;
    relay.restart(1);
    world.settleChats();
    assert.equal(world.ledger.texts, 1, "and then all is well");
  });
}

test("[REL-4] [MEE-1] two relays that compare notes have nothing in common; one of them knows who meets whom, by keys of its own", () => {
  const relays = { ...(PLAN.relays ?? assert.fail()), count: [2, 2] } as const;
  const world = new World({ ...PLAN, name: "observer", hosts: [3, 3], relays }, "1", new Trace(false));
  const notes = (world.town?.relays ?? []).map((relay) => {
    const [keys, days, tags] = [
      new Set<string>(),
      [new Set<string>(), new Set<string>()],
      new Map<string, Set<number>>(),
    ];
    const watches = new Map<number, string>();
    relay.onHeard = (message, from) => {
      if (message[0] === LOGIN) {
        const key = bytesToHex(message.slice(1, 1 + KEY_BYTES));
        keys.add(key);
        watches.set(from, key);
      }
      if (message[0] !== WATCH) return;
      for (let at = message.length % TAG_BYTES; at < message.length; at += TAG_BYTES) {
        const tag = bytesToHex(message.slice(at, at + TAG_BYTES));
        days[world.net.now < HOUR ? 0 : 1]?.add(tag);
        tags.set(tag, (tags.get(tag) ?? new Set()).add(from));
      }
    };
    return { keys, days, tags, watches };
  });
  world.begin();
  world.net.run(25 * HOUR);
  const [one, two] = notes;
  assert.ok(one !== undefined && two !== undefined);
  assert.equal(one.keys.size, 3);
  const own = world.people.map(({ host }) => host.id as string);
  for (const key of one.keys)
    assert.ok(!two.keys.has(key) && !own.includes(key), "a key for each relay, none of them the person's");
  for (const tag of one.tags.keys()) assert.ok(!two.tags.has(tag), "and tags for each relay");
  // What it does learn: three people, each of whom knows both others, today and (by their keys here) tomorrow.
  const pairs = new Set([...one.tags.values()].map((watchers) => [...watchers].sort().join()));
  assert.equal(pairs.size, 3);
  assert.ok([...one.tags.values()].every((watchers) => watchers.size === 2));
  const [today, tomorrow] = one.days;
  assert.equal(today?.size, 9, "three days for each of three pairs");
  assert.equal(
    [...(tomorrow ?? [])].filter((tag) => today?.has(tag)).length,
    0,
    "a tag of another day says nothing of this one",
  );
  assert.equal(tomorrow?.size, 3);
});
