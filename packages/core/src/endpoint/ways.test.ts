import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { type Instant, instant } from "../lib/time.ts";
import { relayHint } from "./hint.ts";
import { Ways } from "./ways.ts";

const SELF = "00".repeat(32) as PeerId;
const BEN = "11".repeat(32) as PeerId;
const AT_RELAY = relayHint(1, "ab".repeat(32));
const [STRAIGHT, RELAYED, NEITHER] = [
  { straight: true, relayed: false },
  { straight: false, relayed: true },
  { straight: false, relayed: false },
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

test("[MEE-12] Ways: while only a relay carries the session its addresses go on being tried, and once one works nothing is dialled", () => {
  const { ways, dials } = rig();
  ways.handleLinks(BEN, RELAYED, instant(0));
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
