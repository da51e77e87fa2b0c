import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { type Instant, instant } from "../lib/time.ts";
import { NEGOTIATED_HINT, relayHint } from "./hint.ts";
import { Ways } from "./ways.ts";

const SELF = "00".repeat(32) as PeerId;
const BEN = "11".repeat(32) as PeerId;
const AT_RELAY = relayHint(1, "ab".repeat(32));
const NEITHER = { straight: false, negotiated: false, relayed: false };
const [STRAIGHT, RELAYED, NEGOTIATED] = [
  { ...NEITHER, straight: true },
  { ...NEITHER, relayed: true },
  { ...NEITHER, negotiated: true },
];

/** Ways to somebody with an address who has arrived at a relay. */
function rig() {
  let dial = 1;
  const options = { self: SELF, random: (length: number) => new Uint8Array(length), nextDial: () => dial++ };
  const ways = new Ways({ ...options, pinned: () => ["10.0.0.2:1"] });
  ways.relayed.setNearby(new Map([[BEN, [AT_RELAY]]]), instant(0), () => true);
  const dials = (now: Instant): string[] => {
    const all: string[] = [];
    ways.handleTimeout(now);
    for (let order = ways.poll(); order !== undefined; order = ways.poll()) {
      all.push(order.hints[0] ?? "");
      ways.handleDialFailed(order.dial, now);
    }
    return all;
  };
  return { ways, dials };
}

test("Ways: a contact that arrives at a relay is dialled there; its addresses are when something wants it", () => {
  const { ways, dials } = rig();
  assert.deepEqual(dials(instant(0)), [AT_RELAY]);
  ways.want(BEN, "asked", instant(0));
  assert.deepEqual(dials(instant(1)), ["10.0.0.2:1", AT_RELAY]);
});

for (const [name, has] of Object.entries({ "a relay": RELAYED, "a negotiated link": NEGOTIATED }))
  test(`[MEE-12] Ways: while only ${name} carries the session its addresses go on being tried, and once one works nothing is dialled`, () => {
    const { ways, dials } = rig();
    ways.handleLinks(BEN, has, instant(0));
    let tries = 0;
    for (let now = 0; now < 200_000; now += 100) {
      const all = dials(instant(now));
      assert.ok(!all.includes(AT_RELAY));
      tries += all.length;
    }
    assert.ok(tries >= 8 && tries < 20, `${tries} tries`);
    ways.handleLinks(BEN, STRAIGHT, instant(200_000));
    for (let now = 200_000; now < 400_000; now += 1_000) assert.deepEqual(dials(instant(now)), []);
  });

test("Ways: when the straight link goes, the relay is dialled at once", () => {
  const { ways, dials } = rig();
  ways.handleLinks(BEN, STRAIGHT, instant(0));
  assert.deepEqual(dials(instant(10_000)), []);
  ways.handleLinks(BEN, NEITHER, instant(10_000));
  assert.deepEqual(dials(instant(10_000)), [AT_RELAY]);
  ways.handleLinks(BEN, STRAIGHT, instant(20_000));
  ways.handleLinks(BEN, RELAYED, instant(30_000));
  assert.deepEqual(dials(instant(30_000)), ["10.0.0.2:1"]);
});

test("Ways: a session that is over leaves no wish behind but the arrival", () => {
  const { ways, dials } = rig();
  ways.handleLinks(BEN, RELAYED, instant(0));
  ways.handleOver(BEN);
  ways.handleDown(BEN, instant(20_000));
  ways.relayed.setNearby(new Map(), instant(20_000));
  for (let now = 20_000; now < 200_000; now += 1_000) assert.deepEqual(dials(instant(now)), []);
});

test("[SIG-2] Ways: a better link is negotiated while there is none and both can, with pauses, and no more once there is", () => {
  const { ways, dials } = rig();
  const only = (now: number): number => dials(instant(now)).filter((hint) => hint === NEGOTIATED_HINT).length;
  ways.handleNegotiable(BEN, false, "lesser", instant(0));
  assert.equal(only(0), 0);
  ways.handleNegotiable(BEN, true, "lesser", instant(0));
  let tries = 0;
  for (let now = 0; now < 200_000; now += 100) tries += only(now);
  assert.ok(tries >= 8 && tries < 20, `${tries} tries`);
  ways.handleNegotiable(BEN, true, "direct", instant(200_000));
  for (let now = 200_000; now < 400_000; now += 1_000) assert.equal(only(now), 0);
  ways.handleNegotiable(BEN, true, "lesser", instant(400_000));
  assert.equal(only(400_000), 1);
  ways.handleNegotiable(BEN, true, "none", instant(401_000));
  for (let now = 401_000; now < 500_000; now += 1_000) assert.equal(only(now), 0);
  assert.equal(ways.negotiated.size, 0);
});
