import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex } from "../lib/hex.ts";
import { seconds } from "../lib/time.ts";
import { type RelayGuest, RelayRig } from "./relay-server-fixture.test.ts";

const tagOf = (number: number): Uint8Array => {
  const tag = new Uint8Array(16);
  new DataView(tag.buffer).setUint32(0, number);
  return tag;
};
const many = { connectionsPerSource: 5_000, loginsPerMinute: 5_000, toll: { quiet: 0, busy: 0 } };
const watch = (guest: RelayGuest, ...tags: number[]): void => guest.say({ type: "watch", tags: tags.map(tagOf) });

test("[MEE-1] who watches the same tags hears of each other, and of nobody else", () => {
  const rig = new RelayRig();
  const [ada, ben, eve] = [rig.login(), rig.login(), rig.login()];
  watch(ada, 1, 2);
  watch(eve, 3);
  watch(ben, 2, 4);
  assert.deepEqual(ada.heard, [{ type: "arrived", tag: tagOf(2), key: ben.key }]);
  assert.deepEqual(ben.heard, [{ type: "arrived", tag: tagOf(2), key: ada.key }]);
  assert.deepEqual(eve.heard, []);
});

test("who watches once more is told again, and troubles nobody else", () => {
  const rig = new RelayRig();
  const [ada, ben] = [rig.login(), rig.login()];
  for (const guest of [ada, ben]) watch(guest, 1);
  ada.take("arrived");
  ben.take("arrived");
  for (let i = 0; i < 10; i++) {
    ben.say({ type: "unwatch", tags: [tagOf(1)] });
    watch(ben, 1);
  }
  assert.deepEqual(ada.heard, []);
  assert.equal(ben.take("arrived").length, 10);
  rig.pass(seconds(120));
  assert.deepEqual(ada.heard, []);
});

test("a tag that is not watched any more is left after a minute", () => {
  const rig = new RelayRig();
  const [ada, ben] = [rig.login(), rig.login()];
  for (const guest of [ada, ben]) watch(guest, 1);
  ada.take("arrived");
  ben.say({ type: "unwatch", tags: [tagOf(1), tagOf(9)] });
  rig.pass(seconds(59));
  assert.deepEqual(ada.heard, []);
  const eve = rig.login();
  watch(eve, 1);
  assert.deepEqual(
    eve.take("arrived").map(({ key }) => bytesToHex(key)),
    [bytesToHex(ada.key)],
  );
  rig.pass(seconds(1));
  assert.deepEqual(ada.take("left"), [{ type: "left", tag: tagOf(1), key: ben.key }]);
});

test("watchers go in any order, and those who stay are told of each", () => {
  const rig = new RelayRig();
  const [a, b, c, d] = [rig.login(), rig.login(), rig.login(), rig.login()];
  for (const guest of [a, b, c, d]) watch(guest, 1);
  for (const guest of [a, b, c, d]) guest.take("arrived");
  const going = [a, d, b, c];
  for (const guest of going.splice(0, 3)) {
    rig.drop(guest);
    rig.pass(seconds(60));
    assert.deepEqual(c.take("left"), [{ type: "left", tag: tagOf(1), key: guest.key }]);
  }
  rig.drop(c);
  rig.pass(seconds(60));
  assert.deepEqual([rig.server.gauges.watches, rig.server.gauges.tags], [0, 0]);
});

test("[MEE-2] of a thousand that watch a tag a newcomer is told of 32, at random, and they of it", () => {
  const rig = new RelayRig(many);
  const crowd = Array.from({ length: 1_026 }, () => rig.login());
  for (const guest of crowd) {
    watch(guest, 1);
    for (const other of crowd) other.heard.length = 0;
  }
  assert.equal(rig.server.gauges.watches, 1_024);
  const told = (): Set<string> => {
    const guest = rig.login();
    watch(guest, 1);
    const keys = guest.take("arrived").map(({ key }) => bytesToHex(key));
    assert.equal(new Set(keys).size, 32);
    const knowing = crowd.filter((other) =>
      other.take("arrived").some(({ key }) => bytesToHex(key) === bytesToHex(guest.key)),
    );
    assert.deepEqual(knowing.map(({ key }) => bytesToHex(key)).sort(), keys.sort());
    return new Set(keys);
  };
  const [first, second] = [told(), told()];
  assert.ok([...first].filter((key) => second.has(key)).length < 16, "others each time");
  assert.equal(rig.server.gauges.watches, 1_024);
});

test("[REL-11] one key watches 4,096 tags, and a flood of tags is crowded out", () => {
  const rig = new RelayRig();
  const ada = rig.login();
  for (let i = 0; i < 4; i++) watch(ada, ...Array.from({ length: 1_024 }, (_, n) => 1_024 * i + n));
  assert.deepEqual(ada.heard, []);
  assert.equal(rig.server.gauges.watches, 4_096);
  watch(ada, 9_000);
  assert.equal(ada.take("refused")[0]?.reason, "crowded");
  assert.equal(ada.closing, 1008);
  rig.pass(seconds(61));
  assert.deepEqual([rig.server.gauges.watches, rig.server.gauges.tags], [0, 0]);
  const seed = new Uint8Array(32).fill(5);
  const first = rig.login(seed);
  watch(first, 1, 2, 3);
  rig.drop(first);
  const again = rig.login(seed);
  watch(again, 1, 2, 3);
  for (let i = 0; i < 4; i++) watch(again, ...Array.from({ length: 1_023 }, (_, n) => 2_000 + 1_023 * i + n));
  assert.equal(again.closing, undefined);
  watch(again, 9_000, 9_001);
  assert.equal(again.closing, 1008);
  const eve = rig.login();
  for (let i = 0; eve.closing === undefined; i++) {
    assert.ok(i < 9, "9,216 tags a minute are too many");
    const tags = Array.from({ length: 1_024 }, (_, n) => 1_024 * i + n);
    watch(eve, ...tags);
    if (eve.closing === undefined) eve.say({ type: "unwatch", tags: tags.map(tagOf) });
  }
  assert.equal(eve.take("refused")[0]?.reason, "crowded");
});

test("one source, and all together, watch a bounded number of tags", () => {
  const rig = new RelayRig({ watchesMax: 10, watchesPerSourceMax: 6 });
  const [ada, ben, eve] = [rig.login(), rig.login(), rig.login(undefined, "198.51.100.1")];
  watch(ada, 1, 2, 3, 4);
  watch(ben, 1, 2);
  assert.equal(ben.closing, undefined);
  watch(ben, 3);
  assert.equal(ben.closing, 1008);
  watch(eve, 1, 2, 3, 4, 5);
  assert.equal(eve.closing, 1008);
  rig.pass(seconds(60));
  assert.equal(rig.server.gauges.watches, 4);
});
